import Robotics

/// Where a world whose clock isn't the wall's waits for its host: at the last moment at which the
/// answer to a state can still take effect in time.
///
/// Such a world reads what the host sends at those moments only, so that no decision depends on how
/// fast it runs or how long the host thinks (`firmware-protocol/PROTOCOL.md`, 'Worlds that aren't at
/// wall speed'). ``VirtualRobotServer`` keeps it over a pseudo-terminal and ``LockstepWorld`` within
/// the process; the same answers then give the same course, bit for bit.
package struct HeldClock: Sendable {
  private let commandDelayMicroseconds: UInt64

  package init(link: LinkSettings) {
    commandDelayMicroseconds = UInt64((link.commandDelaySeconds * 1e6).rounded())
  }

  /// Whether the world reads only where it holds its clock: while it streams and has sent a state.
  package func readsOnlyWhenHolding(_ robot: VirtualRobot) -> Bool {
    robot.logic.isStreaming && robot.logic.nextTick > 0
  }

  /// Whether the moment at hand is one at which the clock may not go on without an answer.
  package func mustHold(_ robot: VirtualRobot) -> Bool {
    guard readsOnlyWhenHolding(robot), !hasAnswer(robot) else { return false }
    let logic = robot.logic
    let stepMicroseconds = UInt64((robot.stepSeconds * 1e6).rounded())
    let delay = min(commandDelayMicroseconds, logic.answerDelayMicroseconds ?? .max)
    // At the last moment that isn't past the time of effect, and before the next state.
    let latest = min(delay, UInt64(robot.stepsPerPeriod) * stepMicroseconds - 1)
    let next = robot.nowMicroseconds + stepMicroseconds
    return next > logic.stateMicroseconds + latest
  }

  /// Takes bytes from the host, and notes when one that had been silent speaks again: it answers a
  /// state, or ends its stream.
  ///
  /// - Parameter isHostSilent: Whether the host didn't answer in time and hasn't spoken since.
  package func receive(
    _ bytes: UnsafeRawBufferPointer, microsecondsBeforeMoment: UInt64 = 0, by robot: VirtualRobot,
    isHostSilent: inout Bool
  ) {
    let heard = robot.logic.heardTick
    robot.receive(bytes, microsecondsBeforeMoment: microsecondsBeforeMoment)
    if robot.logic.heardTick != heard || !robot.logic.isStreaming { isHostSilent = false }
  }

  /// Whether the last state has been answered.
  package func hasAnswer(_ robot: VirtualRobot) -> Bool {
    let logic = robot.logic
    return logic.heardTick != FirmwareLogic.noTick && logic.heardTick + 1 >= logic.nextTick
  }
}
