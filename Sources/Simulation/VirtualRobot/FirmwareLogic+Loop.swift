import FirmwareProtocol

extension FirmwareLogic {
  /// How many commands may wait for their time.
  static let waitingCapacity = 8

  // MARK: Commands

  /// What becomes of a command that arrives while armed, by the first rule that holds.
  func judge(_ command: Command) {
    guard let limits else { return }
    guard command.efforts.count == description.joints.count else { return fail(.invalidCommand) }
    if let joint = command.efforts.firstIndex(where: \.isNaN) {
      return fail(.invalidCommand, joint: UInt8(joint))
    }
    let now = nowMicroseconds
    let isNew = command.answering < nextTick && acceptedTick.map { command.answering > $0 } ?? true
    let horizon = now + UInt64(limits.watchdogMilliseconds) * 1000
    guard command.expiresAtMicroseconds > now, isNew, command.applyAtMicroseconds <= horizon,
      waitingCommands.count < FirmwareLogic.waitingCapacity
    else { return }
    acceptedTick = command.answering
    watchdogStartMicroseconds = now
    if command.answering + 1 == nextTick, command.applyAtMicroseconds >= stateMicroseconds {
      answerDelayMicroseconds = command.applyAtMicroseconds - stateMicroseconds
    }
    if command.applyAtMicroseconds < now {
      if lateCommands < .max { lateCommands += 1 }
      apply(command, limits)
    } else {
      waitingCommands.append(command)
    }
  }

  private func apply(_ command: Command, _ limits: FirmwareLimits) {
    for joint in efforts.indices {
      let limit = limits.joints[joint].effort
      efforts[joint] = min(max(command.efforts[joint], -limit), limit)
    }
    answeredTick = command.answering
  }

  // MARK: Time

  /// Lets the robot's clock go on: commands whose time has come take effect, and the watchdog turns
  /// the actuators off when no command came in time.
  public func advance(toMicroseconds now: UInt64) {
    nowMicroseconds = max(nowMicroseconds, now)
    guard mode == .armed, let limits else { return }
    if !waitingCommands.isEmpty {
      let due = waitingCommands.filter { $0.applyAtMicroseconds <= nowMicroseconds }
      if let latest = due.max(by: { $0.answering < $1.answering }) {
        waitingCommands.removeAll { $0.applyAtMicroseconds <= nowMicroseconds }
        apply(latest, limits)
      }
    }
    let elapsed = nowMicroseconds - watchdogStartMicroseconds
    if elapsed > UInt64(limits.watchdogMilliseconds) * 1000 {
      fail(.watchdog, value: Float(Double(elapsed) * 1e-6))
    }
  }

  // MARK: Measurements

  /// Takes the sensors' reading of a control period: turns the actuators off when a joint is past a
  /// limit, and while streaming sends the state.
  ///
  /// - Parameters:
  ///   - positions: The measured positions (rad or m); NaN for a sensor known to be wrong.
  ///   - velocities: The velocities (rad/s or m/s).
  public func measure(positions: [Float], velocities: [Float]) {
    check(positions, velocities)
    guard isStreaming else { return }
    let joints = efforts.indices.map {
      JointState(position: positions[$0], velocity: velocities[$0], effort: efforts[$0])
    }
    send(
      .state(
        RobotState(
          tick: nextTick, robotTimeMicroseconds: nowMicroseconds, mode: mode, fault: fault,
          answeredTick: answeredTick, lateCommands: lateCommands, joints: joints)))
    nextTick += 1
    stateMicroseconds = nowMicroseconds
  }

  private func check(_ positions: [Float], _ velocities: [Float]) {
    for joint in positions.indices where positions[joint].isNaN || velocities[joint].isNaN {
      return fail(.sensor, joint: UInt8(joint), value: positions[joint])
    }
    guard mode == .armed, let limits else { return }
    for (index, joint) in limits.joints.enumerated() {
      let (position, velocity) = (positions[index], velocities[index])
      if position < joint.positionLower || position > joint.positionUpper {
        return fail(.positionLimit, joint: UInt8(index), value: position)
      }
      if abs(velocity) > joint.velocity {
        return fail(.velocityLimit, joint: UInt8(index), value: velocity)
      }
    }
  }
}
