import CHandfulRobot
import FirmwareProtocol
import Simulation

/// The C reference and the virtual robot's firmware, given the same bytes at the same times, and
/// compared after each step.
final class FirmwarePair {
  let reference: ReferenceRobot
  let logic: FirmwareLogic
  /// The robot's clock, in microseconds.
  private(set) var now: UInt64 = 0
  /// Where the two differ; nil while they don't.
  private(set) var difference: String?
  /// What happened, so that a test can tell that it happened at all.
  private(set) var seen = Seen()

  /// Counts of what scripts reached.
  struct Seen {
    var armings = 0
    var states = 0
    var bytes = 0
    var lateCommands = 0
    var appliedCommands = 0
    var faults = [Int](repeating: 0, count: 8)
    var results = [Int](repeating: 0, count: 8)
    var rejectedFrames = 0

    mutating func add(_ other: Seen) {
      armings += other.armings
      states += other.states
      bytes += other.bytes
      lateCommands += other.lateCommands
      appliedCommands += other.appliedCommands
      rejectedFrames += other.rejectedFrames
      for index in faults.indices {
        faults[index] += other.faults[index]
        results[index] += other.results[index]
      }
    }
  }

  init(_ description: FirmwareDescription, bootCounter: UInt32) {
    reference = ReferenceRobot(description, bootCounter: bootCounter)
    logic = FirmwareLogic(description: description, bootCounter: bootCounter)
    compare("boot")
  }

  // MARK: Steps

  /// Lets the time go on.
  func advance(by microseconds: UInt64) {
    now += microseconds
    logic.advance(toMicroseconds: now)
    handful_robot_advance(reference.robot, now)
    compare("advance")
  }

  /// Gives both the bytes one by one, each `gap` later than the one before.
  func receive(_ bytes: [UInt8], gap: UInt64 = 0) {
    for byte in bytes {
      now += gap
      logic.advance(toMicroseconds: now)
      handful_robot_advance(reference.robot, now)
      withUnsafeBytes(of: byte) { logic.receive($0, atMicroseconds: now) }
      handful_robot_receive_byte(reference.robot, byte, now)
      compare("byte")
      if difference != nil { return }
    }
    seen.bytes += bytes.count
  }

  func measure(_ positions: [Float], _ velocities: [Float]) {
    logic.measure(positions: positions, velocities: velocities)
    reference.measure(positions, velocities, atMicroseconds: now)
    compare("measure")
  }

  func setStopButton(_ isPressed: Bool) {
    if isPressed { logic.pressStopButton() } else { logic.releaseStopButton() }
    handful_robot_set_stop_button(reference.robot, isPressed, now)
    compare("stop button")
  }

  // MARK: Comparison

  private func compare(_ step: String) {
    guard difference == nil else { return }
    let state = reference.robot
    if handful_robot_pending_bytes(state) > 0 || logic.hasOutput { compareOutput(step) }
    check(step, "mode", logic.mode.rawValue, state.pointee.mode)
    check(step, "fault", logic.fault.rawValue, state.pointee.fault)
    check(step, "answered tick", logic.answeredTick, state.pointee.answered_tick)
    check(step, "late commands", logic.lateCommands, state.pointee.late_commands)
    check(step, "next tick", logic.nextTick, state.pointee.next_tick)
    check(step, "streaming", logic.isStreaming, state.pointee.is_streaming)
    check(step, "has limits", logic.limits != nil, state.pointee.has_limits)
    check(step, "motor on", logic.mode == .armed, reference.isMotorOn)
    for joint in logic.efforts.indices {
      check(
        step, "effort \(joint)", logic.efforts[joint].bitPattern,
        reference.motorEfforts[joint].bitPattern)
    }
    if logic.answeredTick != FirmwareLogic.noTick { seen.appliedCommands += 1 }
    seen.rejectedFrames = Int(state.pointee.receiver.frames_rejected)
  }

  private func check<Value: Equatable>(
    _ step: String, _ what: @autoclosure () -> String, _ expected: Value, _ found: Value
  ) {
    if expected != found && difference == nil {
      difference = "\(step) at \(now): \(what()) \(found) instead of \(expected)"
    }
  }

  private func compareOutput(_ step: String) {
    let found = reference.takeOutput()
    var expected = logic.takeOutput()
    let messages: [RobotMessage]
    do {
      messages = try robotMessages(in: expected)
    } catch {
      difference = "\(error)"
      return
    }
    note(messages)
    // The two have room for frames of different lengths, and say so.
    if messages.contains(where: { if case .hello = $0 { true } else { false } }) {
      expected = messages.flatMap { message -> [UInt8] in
        guard case .hello(var hello) = message else { return message.frame() }
        hello.maximumFrameBytes = reference.robot.pointee.receiver.capacity
        return RobotMessage.hello(hello).frame()
      }
    }
    if found != expected {
      difference = "\(step) at \(now): sent \(found) instead of \(messages), \(expected)"
    }
  }

  private func note(_ messages: [RobotMessage]) {
    for message in messages {
      switch message {
      case .state(let state):
        seen.states += 1
        if state.lateCommands > 0 { seen.lateCommands += 1 }
      case .fault(let report): seen.faults[Int(report.code.rawValue)] += 1
      case .acknowledgement(let answer):
        seen.results[Int(answer.result.rawValue)] += 1
        if answer.messageType == 4 && answer.result == .accepted { seen.armings += 1 }
      default: break
      }
    }
  }
}
