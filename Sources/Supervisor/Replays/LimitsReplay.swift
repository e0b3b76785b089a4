import Robotics

/// What a robot's limits, as they are now, would have done in a trial that was logged under others.
///
///     let verdict = LimitsReplay.judge(trial, robot: robot)
///     for stop in verdict.stops { print(stop.sentence) }
///
/// Every sample and every action that the policy asked for passes the same ``SafetyEnvelope`` as on
/// the robot. A log is what it is: a robot that had been held back or stopped would have moved
/// otherwise from there on, so the first stop is what would have happened, and later ones tell how
/// much of the log lies outside the limits. A log holds neither readings of motors nor the age of
/// samples; limits of those can't be judged by it.
public struct LimitsReplay: Sendable, Equatable, Codable {
  /// A rule that would have stopped the robot.
  public struct Stop: Sendable, Equatable, Codable {
    /// The rule's short name, such as `velocity-limit`.
    public var rule: String
    /// The joint; nil for a rule of the robot as a whole.
    public var joint: String?
    /// How many samples it would have stopped the robot at.
    public var count: Int
    /// When first, in seconds since the trial began.
    public var firstSeconds: Double
    /// The first sample's number in the log, from 0.
    public var firstSample: Int
    /// What was found at the first one, in a sentence with its value and limit.
    public var reason: String
    /// The value found there, in `unit`; nil for a rule without one.
    public var value: Double?
    /// The limit, in `unit`; nil for a rule without one.
    public var limit: Double?
    /// The unit of both.
    public var unit: String?

    /// The stop for a person.
    public var sentence: String {
      let times = count == 1 ? "at 1 sample" : "at \(count) samples"
      return
        "\(rule) \(times), first at \(Self.time(firstSeconds)) (sample \(firstSample)): \(reason)"
    }

    private static func time(_ seconds: Double) -> String {
      "\((seconds * 1000).rounded() / 1000) s"
    }
  }

  /// The trial's number.
  public var trial: Int
  /// The number of samples judged.
  public var sampleCount: Int
  /// How long the trial lasted, in seconds.
  public var durationSeconds: Double
  /// The rules that would have stopped the robot, in the order in which they first would have.
  public var stops: [Stop]
  /// The efforts that would have been changed, rule by rule.
  public var clamps: [ClampSummary]
  /// How many samples' efforts would have been sent otherwise than they were, by more than a
  /// millionth of the joint's limit.
  public var changedCount: Int
  /// How close each joint came to each of today's limits, in joint order.
  public var margins: [JointMargins]

  /// Whether the robot would have been stopped.
  public var isStopped: Bool { !stops.isEmpty }

  /// Judges a trial by a robot's limits.
  ///
  /// - Parameters:
  ///   - trial: The trial, of this robot's joints.
  ///   - robot: The robot as its file describes it now. A trial that was imported is judged at its
  ///     own sampling period.
  public static func judge(_ trial: Trial, robot: Robot) -> LimitsReplay {
    var robot = robot
    if trial.origin == .imported, trial.samplePeriodSeconds > 0 {
      robot.link.controlRateHertz = 1 / trial.samplePeriodSeconds
    }
    return LimitsReplayer(robot: robot).judge(trial)
  }
}

/// One pass of a trial through an envelope.
private final class LimitsReplayer {
  private let robot: Robot
  private var envelope: SafetyEnvelope
  private let positions: UnsafeMutableBufferPointer<Double>
  private let velocities: UnsafeMutableBufferPointer<Double>
  private let efforts: UnsafeMutableBufferPointer<Double>
  private var stops: [LimitsReplay.Stop] = []
  private var changedCount = 0

  init(robot: Robot) {
    self.robot = robot
    envelope = SafetyEnvelope(robot: robot)
    func zeros() -> UnsafeMutableBufferPointer<Double> {
      let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: robot.joints.count)
      buffer.initialize(repeating: 0)
      return buffer
    }
    positions = zeros()
    velocities = zeros()
    efforts = zeros()
  }

  deinit {
    positions.deallocate()
    velocities.deallocate()
    efforts.deallocate()
  }

  func judge(_ trial: Trial) -> LimitsReplay {
    envelope.reset()
    var before: Sample?
    for (index, sample) in trial.samples.enumerated() {
      let isLast = index == trial.samples.count - 1
      judgeLoss(sample, after: before, index: index)
      judgeSample(sample, after: before, index: index)
      // What ends a trial comes in place of an answer to its last sample.
      if !isLast { judgeEfforts(sample, index: index) }
      before = sample
    }
    let times = trial.samples.map(\.robotTimeSeconds)
    return LimitsReplay(
      trial: trial.number, sampleCount: trial.samples.count,
      durationSeconds: (times.last ?? 0) - (times.first ?? 0), stops: stops,
      clamps: envelope.clampSummaries, changedCount: changedCount, margins: envelope.jointMargins)
  }

  private func judgeLoss(_ sample: Sample, after before: Sample?, index: Int) {
    guard let before else { return }
    let lost = sample.tick - before.tick - 1
    if lost > robot.link.lossBudget {
      note(.samplesLost(count: lost, budget: robot.link.lossBudget), sample, index)
    }
  }

  private func judgeSample(_ sample: Sample, after before: Sample?, index: Int) {
    let elapsed =
      before.map { sample.robotTimeSeconds - $0.robotTimeSeconds } ?? envelope.periodSeconds
    for joint in robot.joints.indices {
      positions[joint] = sample.positions[joint]
      velocities[joint] = joint < sample.velocities.count ? sample.velocities[joint] : 0
    }
    guard
      case .stop(let reason) = envelope.judgeSample(
        positions: positions, velocities: velocities, elapsedSeconds: elapsed)
    else { return }
    // What comes after a position that isn't believed is not to be held against it.
    if case .implausibleSensor = reason { envelope.forgetSamples() }
    note(reason, sample, index)
  }

  private func judgeEfforts(_ sample: Sample, index: Int) {
    efforts.update(repeating: 0)
    for (entry, joint) in robot.actuatedJoints.enumerated() {
      efforts[joint] = sample.askedAction[entry]
    }
    if case .stop(let reason) = envelope.judgeEfforts(efforts) { note(reason, sample, index) }
    if sample.flags.contains(.notSent) {
      // The port refused it then, so that the effort before it stayed.
      envelope.noteNotSent()
      return
    }
    let isChanged = robot.actuatedJoints.enumerated().contains { entry, joint in
      let scale = max(robot.joints[joint].limits.effort, 1e-12)
      return !(abs(efforts[joint] - sample.sentAction[entry]) <= 1e-6 * scale)
    }
    if isChanged { changedCount += 1 }
  }

  private func note(_ reason: StopReason, _ sample: Sample, _ index: Int) {
    let values = StopValues(reason, robot: robot)
    if let known = stops.firstIndex(where: { $0.rule == values.code && $0.joint == values.joint }) {
      stops[known].count += 1
      return
    }
    stops.append(
      LimitsReplay.Stop(
        rule: values.code, joint: values.joint, count: 1, firstSeconds: sample.robotTimeSeconds,
        firstSample: index, reason: reason.explanation(for: robot), value: values.value,
        limit: values.limit, unit: values.unit))
  }
}
