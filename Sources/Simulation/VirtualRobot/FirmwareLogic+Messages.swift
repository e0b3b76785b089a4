import FirmwareProtocol

extension FirmwareLogic {
  func handle(_ message: HostMessage) {
    if !speaksOurVersion {
      switch message {
      case .hello, .emergencyStop: break
      default: return
      }
    }
    switch message {
    case .hello(let hello): beginSession(hello)
    case .configure(let limits): configure(limits)
    case .stream(let isEnabled): stream(isEnabled)
    case .arm(let bootCounter): arm(bootCounter)
    case .disarm:
      if mode == .armed { turnOff(to: .disarmed) }
      acknowledge(.disarm, .accepted)
    case .command(let command):
      hear(command.answering)
      if mode == .armed { judge(command) }
    case .heartbeat(let tick): hear(tick)
    case .emergencyStop:
      turnOff(to: .emergencyStopped)
      acknowledge(.emergencyStop, .accepted)
    case .clearFault: clearFault()
    case .echo(let token):
      send(.echo(token: token, robotTimeMicroseconds: nowMicroseconds))
    }
  }

  // MARK: Session

  /// Begins a session; what is latched stays latched.
  private func beginSession(_ hello: HostHello) {
    if mode == .armed { turnOff(to: .disarmed) }
    isStreaming = false
    limits = nil
    speaksOurVersion = hello.protocolVersion == description.protocolVersion
    send(.hello(self.hello(nonce: hello.nonce)))
  }

  /// The hello that answers a nonce; 0 for the one that a boot sends unasked.
  func hello(nonce: UInt32) -> RobotHello {
    RobotHello(
      protocolVersion: description.protocolVersion, nonce: nonce, bootCounter: bootCounter,
      controlRateHertz: description.controlRateHertz,
      watchdogMilliseconds: description.watchdogMilliseconds,
      maximumFrameBytes: UInt16(ProtocolLimits.maximumFrameBytes),
      robotName: description.robotName, firmwareVersion: description.firmwareVersion,
      joints: description.joints)
  }

  private func configure(_ asked: FirmwareLimits) {
    guard mode != .armed else { return acknowledge(.configure, .armed) }
    guard isEnforceable(asked) else { return acknowledge(.configure, .outOfRange) }
    limits = asked
    send(.limits(asked))
  }

  private func isEnforceable(_ asked: FirmwareLimits) -> Bool {
    let watchdog = Float(asked.watchdogMilliseconds)
    guard asked.joints.count == description.joints.count,
      watchdog * description.controlRateHertz >= 1000,
      asked.watchdogMilliseconds <= max(1000, description.watchdogMilliseconds)
    else { return false }
    // Comparisons with NaN are false.
    return zip(asked.joints, description.joints).allSatisfy { joint, hardware in
      joint.positionLower < joint.positionUpper && joint.velocity > 0 && joint.effort >= 0
        && joint.effort <= (hardware.isActuated ? hardware.effortCapability : 0)
    }
  }

  private func stream(_ isEnabled: Bool) {
    if isEnabled && !isStreaming {
      isStreaming = true
      streamCount += 1
      nextTick = 0
      heardTick = FirmwareLogic.noTick
      lateCommands = 0
    } else if !isEnabled {
      if mode == .armed { turnOff(to: .disarmed) }
      isStreaming = false
    }
    acknowledge(.stream, .accepted)
  }

  private func hear(_ tick: UInt32) {
    guard tick < nextTick else { return }
    if heardTick == FirmwareLogic.noTick || tick > heardTick { heardTick = tick }
  }

  // MARK: On and off

  private func arm(_ counter: UInt32) {
    let result: Acknowledgement.Result =
      if mode == .armed {
        .armed
      } else if mode != .disarmed {
        .faultLatched
      } else if counter != bootCounter {
        .wrongBootCounter
      } else if limits == nil {
        .limitsNotSet
      } else if !isStreaming {
        .notStreaming
      } else {
        .accepted
      }
    if result == .accepted {
      mode = .armed
      acceptedTick = nil
      watchdogStartMicroseconds = nowMicroseconds
    }
    acknowledge(.arm, result)
  }

  private func clearFault() {
    guard mode != .armed else { return acknowledge(.clearFault, .armed) }
    guard !isStopButtonPressed else { return acknowledge(.clearFault, .stopButtonPressed) }
    mode = .disarmed
    fault = .none
    acknowledge(.clearFault, .accepted)
  }

  /// Turns the actuators off and forgets the commands that wait.
  func turnOff(to next: RobotMode) {
    mode = next
    for joint in efforts.indices { efforts[joint] = 0 }
    waitingCommands.removeAll(keepingCapacity: true)
    answeredTick = FirmwareLogic.noTick
  }

  /// Turns the actuators off by itself, latches why, and says so; a fault latched before stays.
  func fail(_ code: FaultCode, joint: UInt8 = 255, value: Float = .nan) {
    turnOff(
      to: code == .emergencyStopButton || mode == .emergencyStopped ? .emergencyStopped : .faulted)
    guard fault == .none else { return }
    fault = code
    send(
      .fault(
        FaultReport(
          code: code, joint: joint, robotTimeMicroseconds: nowMicroseconds, value: value)))
  }

  // MARK: Stop button

  /// Presses the robot's own stop button: the actuators go off and the emergency stop latches.
  public func pressStopButton() {
    isStopButtonPressed = true
    fail(.emergencyStopButton)
  }

  /// Releases the stop button; the emergency stop stays latched.
  public func releaseStopButton() { isStopButtonPressed = false }
}
