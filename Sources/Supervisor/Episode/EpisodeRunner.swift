import FirmwareProtocol
@_spi(SafetyEnvelope) import HardwareIO
import Robotics

/// One episode on the control thread: reset, trial, stop.
///
/// Everything is allocated in `init`. From the first tick to the last, `run` allocates nothing, takes
/// no lock, writes no log and touches no disk: samples leave through a ring, the operator's wish
/// comes in through an atomic. Each tick is one sample in and one answer out.
final class EpisodeRunner: @unchecked Sendable {
  private let link: any RobotLink
  private let robot: Robot
  private let plan: TrialPlan
  private let stopSwitch: StopSwitch
  private let controls: OperatorControls
  private let actuated: [Int]

  private var machine: EpisodeMachine
  private var envelope: SafetyEnvelope
  private var reset: ResetSequence
  private var stopController: StopController
  private var pacer: ControlPacer
  private var recorder: TrialRecorder
  private let timing: EpisodeTiming

  private let sample: LinkSample
  private let efforts: UnsafeMutableBufferPointer<Double>
  private let observed: ObservedState
  private let action: UnsafeMutableBufferPointer<Double>
  private let turnOffsets: UnsafeMutableBufferPointer<Double>

  private var stopReason: StopReason?
  private var isDisarmVerified = false
  private var isFirstSample = true
  private var previousTick: UInt32 = 0
  private var previousRobotTime: Int64 = 0
  private var previousLateCommands = 0
  private var armAttempts = 0
  private var disarmAttempts = 0
  private var timeoutsInARow = 0
  private var decisions = 0
  private var use = RobotUse()
  private let readings: MotorReadings?
  private let timeoutNanoseconds: Int64
  private let periodSeconds: Double

  /// Attempts at arming or disarming before it is a fault: half a second at 100 Hz.
  private static let attemptLimit = 50

  /// - Parameters:
  ///   - machine: The episode, in `resetting`.
  ///   - keepsTiming: Whether to record how well the loop keeps its time.
  init(
    link: any RobotLink, robot: Robot, plan: TrialPlan, stopSwitch: StopSwitch, ring: SampleRing,
    machine: EpisodeMachine, controls: OperatorControls = OperatorControls(),
    keepsTiming: Bool = true
  ) {
    precondition(machine.state == .resetting, "an episode begins with a reset")
    self.link = link
    self.robot = robot
    self.plan = plan
    self.stopSwitch = stopSwitch
    self.controls = controls
    recorder = TrialRecorder(robot: robot, ring: ring)
    self.machine = machine
    timing = EpisodeTiming(isKept: keepsTiming)
    actuated = robot.actuatedJoints
    envelope = SafetyEnvelope(robot: robot)
    reset = ResetSequence(robot: robot, confirmation: controls.confirmation)
    stopController = StopController(robot: robot)
    periodSeconds = robot.link.controlPeriodSeconds
    pacer = ControlPacer(
      periodSeconds: periodSeconds, speed: link.speed, clock: link.clock)
    sample = LinkSample(jointCount: robot.joints.count)
    readings =
      link.motorReadings.isEmpty
      ? nil
      : MotorReadings(
        temperatures: sample.temperatures, currents: sample.currents, voltages: sample.voltages)
    efforts = .allocate(capacity: robot.joints.count)
    efforts.initialize(repeating: 0)
    observed = ObservedState(robot: robot, previousActions: plan.previousActions)
    action = .allocate(capacity: max(1, robot.actionDimensions))
    action.initialize(repeating: 0)
    turnOffsets = .allocate(capacity: robot.joints.count)
    turnOffsets.initialize(repeating: 0)
    // A world that runs faster than the wall waits for its host, but on a busy machine its process
    // may wait for a turn: only a wall time well beyond that says that it is gone.
    let wallSeconds = link.speed > 1 ? 2 : periodSeconds
    timeoutNanoseconds = Int64(wallSeconds * 1e9)
  }

  deinit {
    efforts.deallocate()
    action.deallocate()
    turnOffsets.deallocate()
  }

  /// Runs the episode to its end. Its last sample is left without an answer: what ends the stream
  /// comes in that answer's place, so that a world which waits for answers stops just there.
  func run() -> EpisodeOutcome {
    while tick() {}
    return finish()
  }

  /// Where the episode stands between two ticks.
  var moment: EpisodeMoment { EpisodeMoment(state: machine.state, streamTick: sample.tick) }

  /// Hands over the last row, and tells how the episode went; after the last tick.
  func finish() -> EpisodeOutcome {
    if !recorder.flush() { wantStop(.storeTooSlow) }
    let lateCommands = recorder.lateCommands(of: previousLateCommands)
    return EpisodeOutcome(
      stopReason: stopReason, machine: machine, isDisarmVerified: isDisarmVerified,
      resetSeconds: reset.seconds, resetDrove: reset.isDriving, sampleCount: recorder.sampleCount,
      lateCommands: lateCommands,
      timing: timing.report(
        missed: lateCommands, overruns: pacer.overruns, isWallTime: link.speed == 1),
      link: link.statistics, jointMargins: envelope.jointMargins, use: use,
      startMonotonicSeconds: recorder.startMonotonicSeconds, robotMargins: envelope.robotMargins,
      clamps: envelope.clampSummaries)
  }

  // MARK: - One tick

  /// - Returns: Whether the episode goes on.
  func tick() -> Bool {
    timing.recordLateness(pacer.waitForNextSample())
    switch link.receive(into: sample, timeoutNanoseconds: timeoutNanoseconds) {
    case .sample:
      timeoutsInARow = 0
      pacer.noteSample(
        robotTimeNanoseconds: sample.robotTimeNanoseconds,
        hostTimeNanoseconds: sample.hostTimeNanoseconds)
      return onSample()
    case .timeout:
      pacer.noteSilence()
      return onTimeout()
    case .disconnected(let errno):
      fail(.disconnected(errno: errno))
      return false
    case .rebooted:
      fail(.rebooted)
      // A firmware that has just booted has its actuators off; say it again all the same.
      _ = link.sendDisarm()
      return false
    }
  }

  private func onTimeout() -> Bool {
    timeoutsInARow += 1
    switch machine.state {
    case .faulted, .emergencyStopped:
      _ = machine.state == .faulted ? link.sendDisarm() : link.sendEmergencyStop()
      disarmAttempts += 1
      return disarmAttempts < Self.attemptLimit
    default:
      if stopSwitch.pressed == .emergencyStop {
        emergencyStop()
      } else if timeoutsInARow > (link.speed > 1 ? 1 : robot.link.lossBudget) {
        fail(.samplesLost(count: timeoutsInARow, budget: robot.link.lossBudget))
        _ = link.sendDisarm()
      }
      return true
    }
  }

  private func onSample() -> Bool {
    let elapsedSeconds =
      isFirstSample
      ? periodSeconds : Double(sample.robotTimeNanoseconds - previousRobotTime) * 1e-9
    let lost = isFirstSample ? 0 : Int(sample.tick &- previousTick) - 1
    if sample.lateCommands > previousLateCommands { recorder.markLate() }
    previousTick = sample.tick
    previousRobotTime = sample.robotTimeNanoseconds
    previousLateCommands = sample.lateCommands
    isFirstSample = false
    var flags: Sample.Flags = lost > 0 ? .afterLoss : []

    // What the firmware says of itself outranks everything.
    if sample.mode == .faulted || sample.mode == .emergencyStopped {
      isDisarmVerified = true
      if machine.state != .faulted && machine.state != .emergencyStopped {
        stopReason = stopReason ?? .firmwareFault(code: sample.fault.rawValue)
        machine.handle(sample.mode == .faulted ? .fault : .emergencyStop)
      }
      return false
    }

    switch stopSwitch.pressed {
    case .none: break
    case .emergencyStop: if machine.state != .emergencyStopped { emergencyStop() }
    case .stop: wantStop(.operatorStop)
    case .storeFailed: wantStop(.storeFailed)
    }
    if sample.mode == .armed, let deadMan = controls.deadMan, !deadMan.isHeld {
      wantStop(.deadManReleased(windowSeconds: deadMan.windowSeconds))
    }
    if lost > robot.link.lossBudget {
      fail(.samplesLost(count: lost, budget: robot.link.lossBudget))
    }
    if let reason = staleness() { fail(reason) }

    // The envelope judges a limp robot's sensors too, but only what moves under its own power is
    // stopped: a hand may push a robot that is off.
    switch envelope.judgeSample(
      positions: sample.positions, velocities: sample.velocities, elapsedSeconds: elapsedSeconds,
      readings: readings)
    {
    case .pass: break
    case .clamp: flags.insert(.glitch)
    case .stop(let reason):
      if sample.mode != .armed {
        // A limp robot's sensors may begin anew: a glitch in its first sample must not make all
        // that follow look wrong.
        if case .implausibleSensor = reason { envelope.forgetSamples() }
      } else {
        // Nothing can be steered to a stand by a sensor that isn't believed.
        switch reason {
        case .implausibleSensor, .stuckSensor: fail(reason)
        default: wantStop(reason)
        }
      }
    }

    if sample.mode == .armed {
      use.record(
        efforts: sample.efforts, velocities: sample.velocities, elapsedSeconds: elapsedSeconds)
    }
    if machine.state == .resetting { stepReset(elapsedSeconds) }
    if machine.state == .ready { stepReady() }
    if machine.state == .running { stepTrial(flags, elapsedSeconds) }
    switch machine.state {
    case .stopping: return stepStop(elapsedSeconds)
    case .faulted, .emergencyStopped: return stepFaulted()
    default: return true
    }
  }

  // MARK: - Reset

  private func stepReset(_ elapsedSeconds: Double) {
    guard envelope.believesSensors else { return awaitSensors(elapsedSeconds) }
    switch reset.decide(
      positions: sample.positions, velocities: sample.velocities, periodSeconds: elapsedSeconds,
      efforts: efforts)
    {
    case .wait: _ = link.sendHeartbeat()
    case .drive where mayArm: driveArmed()
    case .home where mayArm: machine.handle(.home)
    case .drive, .home:
      // The operator does not hold the dead-man's key: nothing turns on, and it is not for ever.
      _ = link.sendHeartbeat()
      if reset.isOverdue { wantStop(.notConfirmed(seconds: reset.seconds)) }
    case .notConfirmed: wantStop(.notConfirmed(seconds: reset.seconds))
    case .failed where !mayArm && robot.reset.strategy != .settle:
      wantStop(.notConfirmed(seconds: reset.seconds))
    case .failed(let joint):
      wantStop(
        .resetFailed(
          seconds: reset.seconds, joint: joint, position: sample.positions[joint],
          velocity: sample.velocities[joint]))
    }
  }

  /// No position is taken for true that no second sample has confirmed: the robot is left alone until
  /// one has, and not for ever.
  private func awaitSensors(_ elapsedSeconds: Double) {
    _ = link.sendHeartbeat()
    reset.wait(periodSeconds: elapsedSeconds)
    guard reset.isOverdue, let joint = envelope.doubtedJoint else { return }
    wantStop(
      .implausibleSensor(
        joint: joint, position: sample.positions[joint],
        expected: envelope.expectedPosition(joint: joint)))
  }

  /// Whether the actuators are on, or the operator lets them be turned on.
  private var mayArm: Bool {
    guard sample.mode != .armed, let deadMan = controls.deadMan else { return true }
    return deadMan.isHeld
  }

  private func stepReady() {
    if sample.mode == .armed {
      beginTrial()
    } else if mayArm {
      efforts.update(repeating: 0)
      driveArmed()
    } else if let deadMan = controls.deadMan {
      wantStop(.deadManReleased(windowSeconds: deadMan.windowSeconds))
    }
  }

  /// Sends the efforts, after turning the actuators on where they are off.
  private func driveArmed() {
    if sample.mode == .disarmed {
      armAttempts += 1
      guard armAttempts <= Self.attemptLimit else {
        fail(.willNotArm)
        return
      }
      _ = link.sendArm()
      efforts.update(repeating: 0)
    }
    sendEfforts()
  }

  // MARK: - Trial

  private func beginTrial() {
    machine.handle(.trialBegun)
    recorder.begin(sample)
    for j in robot.joints.indices where robot.joints[j].isContinuous {
      turnOffsets[j] = 2 * .pi * (sample.positions[j] / (2 * .pi)).rounded()
    }
    envelope.resetMargins()
    timing.begin(overruns: pacer.overruns)
    action.update(repeating: 0)
    observed.begin()
    plan.policy.begin()
  }

  private func stepTrial(_ flags: Sample.Flags, _ elapsedSeconds: Double) {
    var flags = flags
    let tick = recorder.tick(of: sample)
    for j in 0..<turnOffsets.count {
      observed.observe(
        joint: j, position: sample.positions[j] - turnOffsets[j], velocity: sample.velocities[j],
        elapsedSeconds: recorder.sampleCount == 0 ? 0 : elapsedSeconds)
    }
    let isLast = tick >= plan.lastTick
    if isLast {
      action.update(repeating: 0)
    } else if tick >= decisions * plan.ticksPerDecision {
      if decisions > 0 {
        observed.shiftActions()
        for (index, joint) in actuated.enumerated() {
          observed.note(action: envelope.lastEfforts[joint], entry: index)
        }
      }
      plan.policy.decide(
        step: decisions, state: UnsafeBufferPointer(observed.values), action: action)
      decisions = tick / plan.ticksPerDecision + 1
      flags.insert(.decision)
    }
    efforts.update(repeating: 0)
    for (index, joint) in actuated.enumerated() { efforts[joint] = action[index] }

    switch envelope.judgeEfforts(efforts) {
    case .pass: break
    case .clamp: flags.insert(.clamped)
    case .stop(let reason): wantStop(reason)
    }
    if isLast || machine.state != .running { envelope.noteNotSent() }
    if isLast {
      machine.handle(.horizonReached)
      stopController.begin(positions: sample.positions)
    } else if machine.state == .running {
      let outcome = link.sendCommand(efforts: UnsafeBufferPointer(efforts))
      timing.recordResponse(
        sent: outcome, at: link.clock.nowNanoseconds(), since: sample.hostTimeNanoseconds)
      if outcome != .sent {
        noteRefusal(outcome)
        // What was not sent must not be taken for what acted: the command before stays in force.
        flags.insert(.notSent)
        for joint in efforts.indices { efforts[joint] = envelope.lastEfforts[joint] }
      }
    }
    timing.recordClock(
      robotTimeNanoseconds: sample.robotTimeNanoseconds,
      hostTimeNanoseconds: sample.hostTimeNanoseconds)
    let hadRoom = recorder.write(
      sample, flags: flags, observed: observed, asked: action, sent: efforts)
    if !hadRoom { wantStop(.storeTooSlow) }
  }

  // MARK: - Stop

  private func stepStop(_ elapsedSeconds: Double) -> Bool {
    if sample.mode == .disarmed {
      isDisarmVerified = true
      machine.handle(.stood)
      return false
    }
    let stands = stopController.decide(
      positions: sample.positions, velocities: sample.velocities, periodSeconds: elapsedSeconds,
      efforts: efforts)
    if stands {
      disarmAttempts += 1
      if disarmAttempts > Self.attemptLimit {
        emergencyStop()
        return true
      }
      _ = link.sendDisarm()
      _ = link.sendHeartbeat()
    } else {
      sendEfforts()
    }
    return true
  }

  private func stepFaulted() -> Bool {
    if sample.mode == .disarmed {
      isDisarmVerified = true
      return false
    }
    disarmAttempts += 1
    _ = machine.state == .faulted ? link.sendDisarm() : link.sendEmergencyStop()
    _ = link.sendHeartbeat()
    return disarmAttempts < 2 * Self.attemptLimit
  }

  private func wantStop(_ reason: StopReason) {
    guard machine.handle(.stopWanted) else { return }
    stopReason = stopReason ?? reason
    stopController.begin(positions: sample.positions)
  }

  private func fail(_ reason: StopReason) {
    guard machine.handle(.fault) else { return }
    stopReason = stopReason ?? reason
  }

  private func emergencyStop() {
    _ = link.sendEmergencyStop()
    machine.handle(.emergencyStop)
    stopReason = stopReason ?? .emergencyStop
  }

  // MARK: - The one door

  /// Passes the efforts through the envelope and sends what it lets through.
  private func sendEfforts() {
    if case .stop(let reason) = envelope.judgeEfforts(efforts) { fail(reason) }
    let outcome = link.sendCommand(efforts: UnsafeBufferPointer(efforts))
    if outcome != .sent { noteRefusal(outcome) }
  }

  /// The port did not take a command whole: the efforts before stay in force, and the next may change
  /// from those only.
  private func noteRefusal(_ outcome: SendOutcome) {
    envelope.noteNotSent()
    if case .disconnected(let errno) = outcome { fail(.disconnected(errno: errno)) }
  }

  /// How old the sample was on arrival beyond an undisturbed one, against the robot file's limit.
  /// Worlds that run faster than the wall wait for their host, so that age means nothing there.
  private func staleness() -> StopReason? {
    guard let age = pacer.lastSampleAgeNanoseconds else { return nil }
    timing.recordAge(nanoseconds: age)
    let ageSeconds = Double(age) * 1e-9
    return ageSeconds > robot.link.sampleAgeLimitSeconds
      ? .staleSample(ageSeconds: ageSeconds, limitSeconds: robot.link.sampleAgeLimitSeconds) : nil
  }
}
