import Robotics

/// The safety envelope: what every sample and every command must pass.
///
/// Pure and allocation-free: it knows a robot's limits and the sample before, nothing else. Each
/// rule has a file of its own.
///
/// - ``EncoderTurns``: an encoder's wrap-around is added up, not taken for motion;
/// - ``SensorPlausibility``: one jump of an encoder is marked and bridged, a second stops the robot;
/// - ``StuckSensor``: an encoder that stops dead while its joint is driven stops the robot;
/// - ``VelocityLimit``: a joint that moves too fast stops the robot;
/// - ``BrakingDistance``: a joint that could not be stopped before its limit stops the robot;
/// - ``TemperatureLimit``, ``CurrentLimit``, ``VoltageLimit``: a motor past its hard limits stops the
///   robot, past its soft ones its driving effort shrinks; ``MotorReadingAge``: so does one whose
///   readings stay away;
/// - ``TipLimit``: an arm whose tip could not be stopped inside its box stops;
/// - ``EnergyLimit``: actuators that have done their work in an episode stop;
/// - ``SoftLimits``: past a joint's soft limits no effort leads further;
/// - ``EffortRange``: an effort too great is clamped; ``EffortRate``: so is one that changes too fast;
/// - an effort that is not a number stops the robot and is never sent.
///
/// Of several reasons to stop, the first joint's first one is told. What was clamped is counted by
/// ``ClampLog``, rule by rule.
public struct SafetyEnvelope: ~Copyable {
  /// The joints that the envelope guards.
  public let joints: [Joint]
  /// The control loop's period, in seconds of the robot's clock.
  public let periodSeconds: Double
  /// How long it takes until braking acts: a period and the command's delay, in seconds.
  public let latencySeconds: Double
  /// The efforts sent last, in joint order (N m or N).
  public let lastEfforts: UnsafeMutableBufferPointer<Double>
  /// The efforts sent before those judged last.
  private let priorEfforts: UnsafeMutableBufferPointer<Double>
  private let turns: UnsafeMutableBufferPointer<EncoderTurns>
  private let plausibility: UnsafeMutableBufferPointer<SensorPlausibility>
  private let stuck: UnsafeMutableBufferPointer<StuckSensor>
  private let limits: UnsafeMutableBufferPointer<JointLimits>
  private let extremes: UnsafeMutableBufferPointer<JointExtremes>
  /// What the last sample said, as judged.
  private let lastPositions: UnsafeMutableBufferPointer<Double>
  private let lastVelocities: UnsafeMutableBufferPointer<Double>
  private let motors: UnsafeMutableBufferPointer<MotorGuard?>
  private var tip: TipLimit?
  private var energy: EnergyLimit?
  private let clamps: ClampLog
  /// The robot's time since the trial began, by its samples.
  private var trialSeconds = 0.0

  /// The envelope of a robot.
  public init(robot: Robot) {
    joints = robot.joints
    periodSeconds = robot.link.controlPeriodSeconds
    latencySeconds = robot.link.controlPeriodSeconds + robot.link.commandDelaySeconds
    lastEfforts = .allocate(capacity: joints.count)
    lastEfforts.initialize(repeating: 0)
    priorEfforts = .allocate(capacity: joints.count)
    priorEfforts.initialize(repeating: 0)
    plausibility = .allocate(capacity: joints.count)
    plausibility.initialize(repeating: SensorPlausibility())
    stuck = .allocate(capacity: joints.count)
    stuck.initialize(repeating: StuckSensor())
    turns = .allocate(capacity: joints.count)
    extremes = .allocate(capacity: joints.count)
    extremes.initialize(repeating: JointExtremes())
    limits = .allocate(capacity: joints.count)
    for (index, joint) in joints.enumerated() {
      turns.initializeElement(at: index, to: EncoderTurns(joint: joint))
      limits.initializeElement(at: index, to: joint.limits)
    }
    lastPositions = .allocate(capacity: joints.count)
    lastPositions.initialize(repeating: 0)
    lastVelocities = .allocate(capacity: joints.count)
    lastVelocities.initialize(repeating: 0)
    motors = .allocate(capacity: joints.count)
    _ = motors.initialize(from: joints.map { $0.limits.motor.map(MotorGuard.init) })
    tip = robot.safety?.tipBox.map { [count = joints.count] in TipLimit(box: $0, jointCount: count)
    }
    energy = robot.safety?.energyJoules.map(EnergyLimit.init)
    clamps = ClampLog(jointCount: joints.count)
  }

  deinit {
    lastPositions.deallocate()
    lastVelocities.deallocate()
    motors.deallocate()
    tip?.deallocate()
    clamps.deallocate()
    lastEfforts.deallocate()
    priorEfforts.deallocate()
    turns.deallocate()
    plausibility.deallocate()
    stuck.deallocate()
    limits.deallocate()
    extremes.deallocate()
  }

  /// Forgets the sample and the command before, as at the start of a stream.
  public mutating func reset() {
    lastEfforts.update(repeating: 0)
    forgetSamples()
    resetMargins()
  }

  /// Forgets the sample before, where nothing is known of how the joints got where they are.
  public mutating func forgetSamples() {
    for joint in plausibility.indices {
      turns[joint].reset()
      plausibility[joint].reset()
      stuck[joint].reset()
    }
  }

  /// Whether every joint's position has been confirmed by a second sample; see
  /// ``SensorPlausibility``. A robot arms only then.
  public var believesSensors: Bool { doubtedJoint == nil }

  /// The first joint whose position no second sample has confirmed.
  var doubtedJoint: Int? { plausibility.firstIndex { !$0.isBelieved } }

  /// The position of a joint's sample before, which the next one is compared with (rad or m).
  package func expectedPosition(joint: Int) -> Double { plausibility[joint].comparedPosition }

  /// Begins a new account of how close each limit comes, as at the start of a trial.
  public mutating func resetMargins() {
    extremes.update(repeating: JointExtremes())
    for joint in motors.indices { motors[joint]?.resetExtremes() }
    tip?.resetExtremes()
    clamps.reset()
    trialSeconds = 0
  }

  /// How close each joint came to each of its limits, in joint order. Allocates: for after a trial.
  public var jointMargins: [JointMargins] {
    joints.indices.map {
      JointMargins(joint: joints[$0], extremes: extremes[$0], motor: motors[$0])
    }
  }

  /// How close each kind of limit came, over all joints. Allocates: for after a trial.
  public var margins: SafetyMargins { SafetyMargins(jointMargins) }

  /// How close the robot as a whole came to its limits. Allocates: for after a trial.
  public var robotMargins: RobotMargins { RobotMargins(tip: tip, energy: energy) }

  /// What was clamped, rule by rule. Allocates: for after a trial.
  public var clampSummaries: [ClampSummary] { clamps.summaries(joints: joints) }

  /// Judges a sample; in place, adds up an encoder's turns and replaces a glitched position and
  /// velocity by a prediction.
  ///
  /// - Parameters:
  ///   - positions: The joints' positions (rad or m).
  ///   - velocities: The joints' velocities (rad/s or m/s).
  ///   - elapsedSeconds: The robot's time since the sample before.
  ///   - readings: What the link reports of the motors; nil for a link that reports nothing.
  /// - Returns: `pass`; `clamp` when a glitch was bridged; or `stop`.
  public mutating func judgeSample(
    positions: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>,
    elapsedSeconds: Double, readings: MotorReadings? = nil
  ) -> SafetyDecision {
    trialSeconds += elapsedSeconds
    let decision = judgeJoints(
      positions: positions, velocities: velocities, elapsedSeconds: elapsedSeconds)
    for joint in limits.indices {
      lastPositions[joint] = positions[joint]
      lastVelocities[joint] = velocities[joint]
    }
    // Every rule takes every sample, whatever another says of it.
    let motorReason = judgeMotors(readings, elapsedSeconds: elapsedSeconds)
    let tipReason = tip?.judge(
      positions: positions, velocities: velocities, limits: limits, latencySeconds: latencySeconds)
    let energyReason = energy?.judge(
      efforts: lastEfforts, velocities: velocities, elapsedSeconds: elapsedSeconds)
    if case .stop = decision { return decision }
    if let motorReason { return .stop(motorReason) }
    if let tipReason { return .stop(tipReason) }
    if let energyReason { return .stop(energyReason) }
    return decision
  }

  private mutating func judgeMotors(
    _ readings: MotorReadings?, elapsedSeconds: Double
  ) -> StopReason? {
    guard let readings else { return nil }
    var first: StopReason?
    for joint in motors.indices where motors[joint] != nil {
      let reason = motors[joint]?.judge(
        joint: joint, celsius: readings.temperatures[joint], amperes: readings.currents[joint],
        volts: readings.voltages[joint], elapsedSeconds: elapsedSeconds)
      first = first ?? reason
    }
    return first
  }

  private mutating func judgeJoints(
    positions: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>,
    elapsedSeconds: Double
  ) -> SafetyDecision {
    var decision = SafetyDecision.pass
    // Joints after the one that stops the robot are judged too: their sensors' memory needs every sample.
    var stop: StopReason?
    for joint in limits.indices {
      positions[joint] = turns[joint].unwrapped(
        positions[joint], limits: limits[joint], elapsedSeconds: elapsedSeconds)
      let verdict = plausibility[joint].judge(
        position: positions[joint], velocity: velocities[joint], limits: limits[joint],
        elapsedSeconds: elapsedSeconds, noiseAllowance: 2 * limits[joint].velocity * periodSeconds)
      switch verdict {
      case .plausible:
        if let seconds = stuck[joint].judge(
          position: positions[joint], effort: lastEfforts[joint], limits: limits[joint],
          elapsedSeconds: elapsedSeconds)
        {
          stop =
            stop ?? .stuckSensor(joint: joint, position: positions[joint], seconds: seconds)
          continue
        }
      case .glitch(let standIn):
        clamps.record(
          .glitch, joint: joint, asked: positions[joint], allowed: standIn,
          atSeconds: trialSeconds)
        positions[joint] = standIn
        velocities[joint] = plausibility[joint].standInVelocity
        decision = .clamp
      case .fault(let expected):
        stop =
          stop
          ?? .implausibleSensor(joint: joint, position: positions[joint], expected: expected)
        continue
      }
      if let reason = VelocityLimit.check(
        joint: joint, velocity: velocities[joint], limits: limits[joint])
      {
        stop = stop ?? reason
        continue
      }
      if let reason = BrakingDistance.check(
        joint: joint, position: positions[joint], velocity: velocities[joint],
        limits: limits[joint], latencySeconds: latencySeconds)
      {
        stop = stop ?? reason
        continue
      }
      extremes[joint].record(
        position: positions[joint], velocity: velocities[joint], limits: limits[joint],
        latencySeconds: latencySeconds)
    }
    return stop.map { .stop($0) } ?? decision
  }

  /// Judges efforts, and replaces those over a limit in place.
  ///
  /// - Parameter efforts: The efforts asked for, one a joint (N m or N); what may be sent on return.
  /// - Returns: `pass`; `clamp` when an effort was changed; or `stop`, with every effort zero.
  public mutating func judgeEfforts(_ efforts: UnsafeMutableBufferPointer<Double>) -> SafetyDecision
  {
    var decision = SafetyDecision.pass
    for joint in limits.indices { priorEfforts[joint] = lastEfforts[joint] }
    for joint in limits.indices {
      guard efforts[joint].isFinite else {
        efforts.update(repeating: 0)
        lastEfforts.update(repeating: 0)
        return .stop(.nonFiniteAction(joint: joint))
      }
      let asked = efforts[joint]
      let range = range(joint)
      let narrowed = min(max(asked, range.lower), range.upper)
      let allowed = EffortRate.clamp(
        asked: narrowed, previous: lastEfforts[joint], limits: limits[joint],
        periodSeconds: periodSeconds)
      if allowed != asked {
        var rule = ClampRule.effortRate
        if narrowed != asked { rule = asked > narrowed ? range.upperRule : range.lowerRule }
        clamps.record(rule, joint: joint, asked: asked, allowed: allowed, atSeconds: trialSeconds)
        efforts[joint] = allowed
        decision = .clamp
      }
      lastEfforts[joint] = allowed
      extremes[joint].record(effort: allowed)
    }
    return decision
  }

  /// The efforts that the soft rules leave a joint.
  @inline(__always)
  private func range(_ joint: Int) -> EffortRange {
    var range = EffortRange(limit: limits[joint].effort)
    let velocity = lastVelocities[joint]
    SoftLimits.narrow(
      &range, position: lastPositions[joint], velocity: velocity, limits: limits[joint],
      latencySeconds: latencySeconds)
    motors[joint]?.narrow(
      &range, effortLimit: limits[joint].effort, velocity: velocity,
      slow: StuckSensor.speedFraction * limits[joint].velocity)
    tip?.narrow(&range, joint: joint)
    energy?.narrow(&range, velocity: velocity)
    return range
  }

  /// Takes back the last judgement: its efforts were not sent, and those before are still in force.
  /// Without it, efforts judged twice in a period could change by twice what their rate allows.
  public mutating func noteNotSent() {
    for joint in limits.indices { lastEfforts[joint] = priorEfforts[joint] }
  }
}
