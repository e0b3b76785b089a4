import ArgumentParser
import Experiment
import Foundation
import Reporting
import Supervisor

/// `handful doctor`: what to know before the first trial.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Checks a robot, its link and this machine before the first trial.",
    discussion: """
      The robot is armed twice at zero effort: once to see its watchdog turn it off when this program \
      falls silent, once to see its emergency stop latch. Nothing is driven; a limb held up by hand \
      may be let go. With --stop-button you are asked to press the robot's own stop button and to \
      release it.

      Exit codes: 0 healthy (warnings included), 1 something must be mended, 2 bad input.
      """)

  @OptionGroup var robotOptions: RobotOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "The robot's port: auto, a device such as /dev/ttyACM0, or sim for a virtual robot.",
      valueName: "port"))
  var port = "auto"

  @Flag(help: "Clear a fault that the firmware has latched; look at the robot first.")
  var clearFault = false

  @Flag(help: "Try the robot's own stop button too: you are asked to press and release it.")
  var stopButton = false

  func run() throws {
    let stopSwitch = StopSwitch()
    SignalListener.start(pressing: stopSwitch)
    let console = Console.shared
    let robot = try robotOptions.load()
    try robotOptions.placing {
      try RobotCheck.verify(robot, prior: PriorModels.knownModel(of: robot))
    }
    let doctor = Doctor(
      robot: robot, robotFile: robotOptions.file,
      executable: CommandLine.executablePath, clearFault: clearFault,
      stopButtonSeconds: stopButton ? 30 : nil)
    let diagnosis = try robotOptions.placing {
      try doctor.examine(
        port: port, stopSwitch: stopSwitch,
        ask: { request in
          switch request {
          case .press: console.line("\nPress the robot's stop button and keep it pressed (30 s).")
          case .release: console.line("Now release it (30 s).\n")
          }
        },
        observe: { console.line($0.paragraph(console)) })
    }
    let failed = diagnosis.findings.filter { $0.verdict == .failed }.map(\.check.rawValue)
    console.line(
      diagnosis.isHealthy
        ? "\n'\(diagnosis.robot)' is ready for a trial."
        : "\n'\(diagnosis.robot)' is not ready: mend \(failed.joined(separator: ", ")) first.")
    if output.json { try JSONOutput.write(diagnosis) }
    throw diagnosis.isHealthy ? HandfulExit.success : HandfulExit.failed
  }
}

extension Finding {
  /// The finding for a person: verdict, check, what was found, and what to do.
  fileprivate func paragraph(_ console: Console) -> String {
    let style: Console.Style =
      switch verdict {
      case .healthy: .green
      case .warning: .yellow
      case .failed: .red
      case .skipped: .faint
      }
    let margin = String(repeating: " ", count: 25)
    var lines =
      console.styled(verdict.rawValue.padded(to: 9), style) + check.rawValue.padded(to: 16)
      + wrapped(summary, width: 75, margin: margin)
    for echo in echoes ?? [] { lines += "\n" + echo.drawing(margin: margin) }
    if let remedy { lines += "\n" + margin + wrapped("→ " + remedy, width: 75, margin: margin) }
    return lines
  }

  private func wrapped(_ text: String, width: Int, margin: String) -> String {
    var lines: [String] = [""]
    for word in text.split(separator: " ") {
      if let last = lines.last, !last.isEmpty, last.count + word.count + 1 > width {
        lines.append(String(word))
      } else {
        lines[lines.count - 1] += (lines.last?.isEmpty == true ? "" : " ") + word
      }
    }
    return lines.joined(separator: "\n" + margin)
  }
}

extension EchoFinding {
  /// The histogram of one rate: a line a bar.
  fileprivate func drawing(margin: String) -> String {
    let most = measurement.histogram.map(\.count).max() ?? 1
    let bars = measurement.histogram.map { bucket in
      let length = bucket.count == 0 ? 0 : max(1, bucket.count * 30 / most)
      let bound = "≤ \(Int(bucket.upToMicroseconds)) µs"
      return margin + "  " + bound + String(repeating: " ", count: max(1, 14 - bound.count))
        + String(repeating: "█", count: length) + " \(bucket.count)"
    }
    return (["\(margin)echoes at \(Int(rateHertz)) Hz:"] + bars).joined(separator: "\n")
  }
}
