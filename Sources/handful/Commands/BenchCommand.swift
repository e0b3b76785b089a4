import ArgumentParser
import Experiment
import Foundation
import HardwareIO
import Learner
import Robotics
import Supervisor

/// `handful bench`: how fast an algorithm learns a task, over many seeds.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures how many trials an algorithm needs for a task, over many seeds.",
    discussion: """
      Each seed is a learning experiment of its own on a virtual robot, in a process of its own, one \
      a core: through the same supervisor and the same bytes as 'handful run', but in a time that \
      passes only while the robot moves. A sample of the seeds is repeated with 'handful run --port \
      sim' and must be the same, bit for bit. What is finished is kept in the folder and not run \
      again: after Ctrl-C or a power cut the same command goes on.

      Exit codes: 0 done, 1 failed or not the same over the serial line, 2 bad input, 130 \
      interrupted.
      """)

  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "The task: ROBOT or ROBOT/TASK of the folder 'calibration', such as cart-pole/swing-up; with "
        + "--robot, one of its tasks.", valueName: "name"))
  var task: String?

  @Option(help: ArgumentHelp("The robot's description.", valueName: "file"))
  var robot: String?

  @OptionGroup var learning: LearningOptions

  @Option(
    help: ArgumentHelp(
      "The shape of the policy to search (\(PolicyShape.forms)); the task's own when not given.",
      valueName: "shape"))
  var policy: String?

  @Option(
    help: ArgumentHelp(
      "The prior: none, nominal, wrong30, wrong50 (wrongN: each tunable parameter up to N % off), "
        + "partial, misleading, or a file priors/NAME.yaml beside the robot's description.",
      valueName: "name"))
  var prior = "none"

  @Option(help: ArgumentHelp("The seeds, such as 1-20.", valueName: "A-B"))
  var seeds = "1-20"

  @Option(help: "How many trials a seed has at most; the random one counts.")
  var trials = 8

  @Option(
    help: ArgumentHelp(
      "The folder where results are kept and found; named by what is measured when not given.",
      valueName: "folder"))
  var out: String?

  @Flag(help: "Throw away what the folder holds, and begin anew.")
  var restart = false

  @Option(help: "How many seeds run at a time; as many as there are cores when not given.")
  var processes: Int?

  @Option(
    help: ArgumentHelp(
      "How many seeds to repeat over the serial line; one in ten, and at least one, when not given.",
      valueName: "count"))
  var serial: Int?

  func validate() throws {
    _ = try seedList()
    guard trials > 0, trials <= 1000 else {
      throw ValidationError("--trials is \(trials); it must be from 1 to 1000.")
    }
    if let processes, !(1...256).contains(processes) {
      throw ValidationError("--processes is \(processes); it must be from 1 to 256.")
    }
    if let serial, serial < 0 {
      throw ValidationError("--serial is \(serial); it must be 0 or more.")
    }
    if task == nil && robot == nil {
      throw ValidationError("say what to learn with --task, such as --task pendulum.")
    }
  }

  func run() throws {
    let chosen = try BenchTask(task: task, robotPath: robot)
    let plan = try makePlan(chosen)
    let list = try seedList()
    let folder = BenchFolder(path: out ?? defaultFolder(chosen, plan))
    try folder.lock()
    try folder.prepare(for: plan, restarts: restart)
    let stopSwitch = StopSwitch()
    let count = processes ?? ProcessInfo.processInfo.activeProcessorCount
    let progress = BenchProgress(
      title: "\(chosen.robotName) · \(plan.task) · \(plan.settings.algorithm.rawValue) · prior "
        + plan.prior, seedCount: list.count, processes: count)
    let bench = BenchRun(
      folder: folder, plan: plan, executable: CommandLine.executablePath, processes: count,
      observe: { progress.observe($0) })
    SignalListener.start(pressing: stopSwitch) { _ in bench.cancel() }
    progress.begin()
    defer { progress.end() }
    let failure = Result {
      try bench.run(seeds: list, repeating: Array(list.prefix(serial ?? max(1, list.count / 10))))
    }
    progress.end()
    let report = try conclude(folder, plan, list, robot: chosen.robotName)
    try failure.get()
    if bench.wasCancelled {
      Console.shared.line("interrupted; the same command goes on from here")
      throw HandfulExit.interrupted
    }
    if !report.agreesWithSerialLine { throw HandfulExit.failed }
  }

  private func makePlan(_ chosen: BenchTask) throws -> BenchPlan {
    let shape = try policy.map { text in
      guard let shape = PolicyShape(text) else {
        throw Failure.BadInput(
          message: "'\(text)' is no shape of a policy; it must be \(PolicyShape.forms)")
      }
      return shape
    }
    let own = try Robot(contentsOf: chosen.robotFile).task(named: chosen.task)?.policy
    let settings = try learning.settings(hasPrior: prior != "none", shape: shape ?? own)
    return try BenchPlan(
      robotFile: chosen.robotFile, task: chosen.task, settings: settings, prior: prior,
      trialCount: trials,
      program: BenchPlan.programDigest(
        path: CommandLine.executablePath, version: Handful.version))
  }

  private func defaultFolder(_ chosen: BenchTask, _ plan: BenchPlan) -> String {
    "bench/\(chosen.robotName)-\(plan.task)-\(plan.settings.algorithm.rawValue)-\(plan.prior)"
  }

  private func seedList() throws -> [UInt64] {
    let parts = seeds.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { UInt64($0) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count),
      let first = numbers.first, let last = numbers.last, first <= last, last - first < 10_000
    else {
      throw ValidationError(
        "--seeds is '\(seeds)'; write the first and the last, such as 1-20, at most 10000 of them.")
    }
    return Array(first...last)
  }

  /// Writes what came of the seeds that are finished.
  private func conclude(
    _ folder: BenchFolder, _ plan: BenchPlan, _ list: [UInt64], robot: String
  ) throws -> BenchReport {
    let report = BenchReport(
      plan: plan, robot: robot, seeds: try list.compactMap { try folder.result(seed: $0) },
      repetitions: try list.compactMap { try folder.repetition(seed: $0) })
    guard !report.seeds.isEmpty else { return report }
    try report.write(to: folder)
    Console.shared.line()
    Console.shared.line(report.text)
    Console.shared.line(
      "kept in \(folder.path): results.json, learning-curves.svg, a store each seed")
    if output.json { try JSONOutput.write(report) }
    return report
  }
}

/// `handful bench-seed`: one seed of a bench, as `handful bench` starts it.
struct BenchSeedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-seed", abstract: "Runs one seed of a bench; started by 'handful bench'.",
    shouldDisplay: false)

  @Option var folder: String
  @Option var seed: UInt64

  func run() throws {
    // The bench holds the other end of standard input: this process ends with it, however it ends.
    Thread {
      var byte: UInt8 = 0
      while read(STDIN_FILENO, &byte, 1) > 0 {}
      Foundation.exit(HandfulExit.interrupted.rawValue)
    }.start()
    try BenchSeed(folder: BenchFolder(path: folder), seed: seed).run(version: Handful.version)
  }
}
