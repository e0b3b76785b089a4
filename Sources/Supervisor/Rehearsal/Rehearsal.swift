import FirmwareProtocol
import HardwareIO
import Robotics

/// A trial without its actuators: the reset is judged and the policy asked on what the sensors say,
/// while the robot stays off.
///
/// It has no way to the actuators: only heartbeats leave it, and this file can't see the command.
final class Rehearsal {
  private let link: any RobotLink
  private let robot: Robot
  private let plan: TrialPlan
  private let stopSwitch: StopSwitch
  private let sample: LinkSample
  private let actuated: [Int]
  private var envelope: SafetyEnvelope
  private var judge: HomeJudge
  private var report: RehearsalReport
  private var previousTick: UInt32?
  private var previousRobotTime: Int64 = 0
  private let observed: ObservedState
  /// The whole turns of each joint at the trial's start, in rad, which the policy doesn't see.
  private let turnOffsets: UnsafeMutableBufferPointer<Double>
  private let action: UnsafeMutableBufferPointer<Double>
  private let efforts: UnsafeMutableBufferPointer<Double>

  init(link: any RobotLink, robot: Robot, plan: TrialPlan, stopSwitch: StopSwitch) {
    self.link = link
    self.robot = robot
    self.plan = plan
    self.stopSwitch = stopSwitch
    sample = LinkSample(jointCount: robot.joints.count)
    actuated = robot.actuatedJoints
    envelope = SafetyEnvelope(robot: robot)
    judge = HomeJudge(settings: robot.reset, joints: robot.joints)
    report = RehearsalReport(largestAsked: actuated.map { _ in 0 })
    observed = ObservedState(robot: robot, previousActions: plan.previousActions)
    turnOffsets = .allocate(capacity: robot.joints.count)
    turnOffsets.initialize(repeating: 0)
    action = .allocate(capacity: max(1, actuated.count))
    action.initialize(repeating: 0)
    efforts = .allocate(capacity: robot.joints.count)
    efforts.initialize(repeating: 0)
  }

  deinit {
    turnOffsets.deallocate()
    action.deallocate()
    efforts.deallocate()
  }

  /// Watches the reset, then asks the policy for the length of a trial.
  func run() -> RehearsalReport {
    watchHome(seconds: robot.reset.patienceSeconds + robot.reset.holdSeconds + 1)
    plan.policy.begin()
    observed.begin()
    var tick = 0
    while tick < plan.lastTick, let elapsed = nextSample() {
      judgeSample(elapsed)
      if tick == 0 { forgetTurns() }
      observe(elapsedSeconds: tick == 0 ? 0 : elapsed)
      if tick >= report.decisionCount * plan.ticksPerDecision { decide() }
      tick += max(1, Int((elapsed / robot.link.controlPeriodSeconds).rounded()))
    }
    return report
  }

  private func watchHome(seconds: Double) {
    var watched = 0.0
    while watched < seconds, !judge.isSettled, let elapsed = nextSample() {
      watched += elapsed
      judgeSample(elapsed)
      judge.judge(positions: sample.positions, velocities: sample.velocities)
      judge.hold(periodSeconds: elapsed)
    }
    if judge.isSettled { report.homeAfterSeconds = watched }
    report.worstJoint = judge.worstJoint
    report.worstPosition = sample.positions[judge.worstJoint]
    report.worstVelocity = sample.velocities[judge.worstJoint]
  }

  /// Waits for a sample and answers it with a heartbeat.
  ///
  /// - Returns: The robot's time since the one before; nil when the rehearsal is over.
  private func nextSample() -> Double? {
    guard report.stopReason == nil else { return nil }
    if stopSwitch.pressed != .none { return end(.operatorStop) }
    var silent = 0
    while true {
      switch link.receive(into: sample, timeoutNanoseconds: 1_000_000_000) {
      case .sample:
        _ = link.sendHeartbeat()
        if sample.mode != .disarmed { return end(.firmwareFault(code: sample.fault.rawValue)) }
        return account()
      case .timeout:
        silent += 1
        if silent > 1 { return end(.samplesLost(count: silent, budget: robot.link.lossBudget)) }
      case .disconnected(let errno): return end(.disconnected(errno: errno))
      case .rebooted: return end(.rebooted)
      }
    }
  }

  private func account() -> Double {
    defer {
      previousTick = sample.tick
      previousRobotTime = sample.robotTimeNanoseconds
    }
    report.sampleCount += 1
    guard let previousTick else { return robot.link.controlPeriodSeconds }
    report.lostSamples += Int(sample.tick &- previousTick) - 1
    return Double(sample.robotTimeNanoseconds - previousRobotTime) * 1e-9
  }

  private func end(_ reason: StopReason) -> Double? {
    report.stopReason = reason
    return nil
  }

  private func judgeSample(_ elapsed: Double) {
    let decision = envelope.judgeSample(
      positions: sample.positions, velocities: sample.velocities, elapsedSeconds: elapsed)
    if case .stop(let reason) = decision { report.wouldStop = report.wouldStop ?? reason }
  }

  private func observe(elapsedSeconds: Double) {
    for j in robot.joints.indices {
      observed.observe(
        joint: j, position: sample.positions[j] - turnOffsets[j], velocity: sample.velocities[j],
        elapsedSeconds: elapsedSeconds)
    }
  }

  /// As a trial does at its start: from there on angles are followed across turns.
  private func forgetTurns() {
    for j in robot.joints.indices where robot.joints[j].isContinuous {
      turnOffsets[j] = 2 * .pi * (sample.positions[j] / (2 * .pi)).rounded()
    }
  }

  private func decide() {
    if report.decisionCount > 0 {
      observed.shiftActions()
      for (index, joint) in actuated.enumerated() {
        observed.note(action: envelope.lastEfforts[joint], entry: index)
      }
    }
    plan.policy.decide(
      step: report.decisionCount, state: UnsafeBufferPointer(observed.values), action: action)
    report.decisionCount += 1
    efforts.update(repeating: 0)
    for (index, joint) in actuated.enumerated() {
      efforts[joint] = action[index]
      report.largestAsked[index] = max(report.largestAsked[index], abs(action[index]))
    }
    switch envelope.judgeEfforts(efforts) {
    case .pass: break
    case .clamp: report.clampedCount += 1
    case .stop(let reason): report.wouldStop = report.wouldStop ?? reason
    }
  }
}
