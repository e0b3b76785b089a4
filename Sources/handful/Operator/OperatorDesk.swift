import Experiment
import Foundation
import Robotics
import Supervisor
import Synchronization

/// Where an operator sits: what the keys mean, and how a trial is allowed.
///
/// Space is the emergency stop, at any time. Enter says yes to what was asked, `q` ends the
/// experiment when a trial is asked for, and any other key is the dead-man's key.
final class OperatorDesk: Sendable {
  let stopSwitch: StopSwitch
  let controls: OperatorControls
  private let console: Console
  private let asksBeforeTrial: Bool
  private let answer = Atomic<UInt8>(Answer.notAsked.rawValue)

  private enum Answer: UInt8 {
    case notAsked
    case asked
    case go
    case end
  }

  init(stopSwitch: StopSwitch, options: OperatorOptions, console: Console = .shared) {
    self.stopSwitch = stopSwitch
    self.console = console
    controls = OperatorControls(deadMan: options.deadMan ? DeadManSwitch() : nil)
    asksBeforeTrial = options.confirm
  }

  /// Takes a key.
  func take(_ key: UInt8) {
    switch key {
    case UInt8(ascii: " "):
      stopSwitch.press(.emergencyStop)
      console.line("\nemergency stop")
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
      if !reply(.go) { controls.confirmation.confirm() }
    case UInt8(ascii: "q") where reply(.end): break
    default: controls.deadMan?.press()
    }
  }

  /// The terminal is gone, and the operator with it.
  func terminalClosed() {
    stopSwitch.press(.stop)
    console.line("\nstopping: the terminal is gone")
  }

  private func reply(_ given: Answer) -> Bool {
    answer.compareExchange(
      expected: Answer.asked.rawValue, desired: given.rawValue, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Whether a trial may begin; asks the operator when that was wanted.
  func allows(trial number: Int) -> Bool {
    guard asksBeforeTrial else { return true }
    answer.store(Answer.asked.rawValue, ordering: .releasing)
    console.line()
    console.line("trial \(number) is next: Enter to go, q to end")
    while stopSwitch.pressed == .none {
      switch Answer(rawValue: answer.load(ordering: .acquiring)) {
      case .go: return true
      case .end: return false
      default: usleep(10_000)
      }
    }
    return false
  }

  /// Says at the beginning which keys there are.
  func greet() {
    console.line(
      "keys: space is the emergency stop, Ctrl-C stops in good order"
        + (controls.deadMan == nil ? "" : "; hold any other key to let the robot move"))
  }

  /// Says what a trial wants of the operator.
  func prompt(for event: RunEvent, robot: Robot) {
    guard case .trialBegins = event else { return }
    if robot.reset.strategy == .operator {
      console.line(
        "bring the robot home by hand and let go of it, then press Enter (within "
          + String(format: "%.0f s)", robot.reset.timeLimitSeconds))
    }
    if controls.deadMan != nil {
      console.line("hold a key down (not space) from now to the end of the trial")
    }
  }
}
