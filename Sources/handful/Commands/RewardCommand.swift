import ArgumentParser
import Foundation
import Learner
import Robotics

/// `handful reward`: learns a task's reward from samples.
struct RewardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reward",
    abstract: "Learns a reward from states that someone has valued.",
    discussion: """
      The samples are a CSV file whose columns are named as 'handful export --format csv' names them, \
      such as shoulder_position_rad and shoulder_velocity_rad_per_s, and 'reward': export a trial, \
      keep the states and columns that matter, and say what each is worth. A Gaussian process is fitted \
      to them, and its mean written as a term for the list below 'reward:' of a task in the robot file.
      """)

  @OptionGroup var robotOptions: RobotOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The samples.")
  var samples: String

  @Option(help: ArgumentHelp("Where to write the term.", valueName: "file"))
  var out: String

  @Option(help: "The seed of the fit's starting points.")
  var seed: UInt64 = 1

  /// What `--json` writes.
  private struct Summary: Encodable {
    var samples: Int
    var leaveOneOutError: Double
    var rewardDeviation: Double
    var noiseDeviation: Double
    var lengthscales: [Double]
  }

  func run() throws {
    let robot = try robotOptions.load()
    let found = try RewardSamples(contentsOf: samples, joints: robot.joints)
    let fit = try RewardFit.fit(found, seed: seed)
    try OutputFile.write(fit.reward.yaml(joints: robot.joints), to: out)
    func number(_ value: Double) -> String { String(format: "%.3g", value) }
    Console.shared.line(
      "\(fit.sampleCount) samples, rewards ± \(number(fit.deviation)); each is foretold by the others "
        + "to ± \(number(fit.leaveOneOutError)), noise ± \(number(fit.noiseDeviation))")
    if fit.leaveOneOutError > 0.5 * fit.deviation {
      Console.shared.warn(
        "the samples say little of each other: give more of them, or columns that tell good states "
          + "from bad ones")
    }
    Console.shared.line("wrote \(out): put it below 'reward:' of a task in \(robotOptions.file)")
    if output.json {
      try JSONOutput.write(
        Summary(
          samples: fit.sampleCount, leaveOneOutError: fit.leaveOneOutError,
          rewardDeviation: fit.deviation, noiseDeviation: fit.noiseDeviation,
          lengthscales: fit.reward.lengthscales))
    }
  }
}
