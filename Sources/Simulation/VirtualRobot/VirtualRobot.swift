import FirmwareProtocol
import Robotics

/// A plant, its sensors and its firmware: a whole robot without a wire or a wall clock.
///
/// The world goes on a plant step at a time. At each moment between two steps
///
///     robot.beginMoment()          // reads the sensors; once a control period, the state goes out
///     robot.receive(bytes, ...)    // what came from the host
///     robot.finishMoment()         // commands that are due, watchdog; then the plant goes on
///
/// A command takes effect on the first plant step that begins at its time or later. Start and
/// course depend on nothing but the robot, the seed and the bytes' times in the robot's clock.
///
/// The plant keeps its physical state over sessions, streams and reboots, and **moves only while
/// states stream** (and until the answer to the last one would have taken effect): a host that
/// learns between two episodes takes a time that no two machines share, and what the plant did
/// meanwhile, unseen, would make every later trial depend on it. The robot's clock always goes on.
/// ``world`` is what goes on in another process.
public final class VirtualRobot {
  /// The firmware.
  public private(set) var logic: FirmwareLogic
  /// The plant's state: positions (rad or m), then velocities (rad/s or m/s).
  public private(set) var plantState: [Double]
  /// Where it was at first.
  private let startState: [Double]
  /// The plant's integration step, in seconds: a whole fraction of the control period.
  public let stepSeconds: Double
  /// The number of plant steps of a control period.
  public let stepsPerPeriod: Int
  /// Counts the plant steps since the robot was made.
  public private(set) var stepCount = 0
  /// The number of states sent while armed, since the robot was made.
  public private(set) var armedStateCount = 0

  /// What the plant does in a step: its equations of motion.
  private let simulator: any PriorModel
  /// The plant's parameters, in its simulator's order, in SI units.
  public let parameters: [Double]
  private let actuatedJoints: [Int]
  private let description: FirmwareDescription
  private let faults: VirtualRobotFaults
  private let answerDelayMicroseconds: UInt64
  private let seed: UInt64
  private var sensors: JointSensors
  private var action: [Double]
  /// The efforts on their way to the plant, a ring of plant steps; empty when they act at once.
  private var underway: [Double]
  private var nextUnderway = 0
  private var bootCount: UInt32 = 1
  /// The step at which the firmware's clock was 0.
  private var bootStep = 0
  /// The plant steps since the stream's last state was due.
  private var streamStep = 0
  /// The stream that `streamStep` counts for, by the firmware's count.
  private var knownStream: UInt64 = 0
  /// Counts how often the actuators were turned on. With the tick, it names a state's noise: a
  /// stream that had to be asked for twice changes neither.
  private var armCount: UInt64 = 0
  private var wasArmed = false
  /// Counts the streams since the robot was made.
  private var streamTotal: UInt64 = 0
  private var hasRebooted = false
  /// Whether the plant made a step since the encoders were read.
  private var hasMoved = false
  private var episodes = 0
  /// Whether the robot was armed in the stream at hand, or in the last one, whose end is still felt.
  private var wasArmedInStream = false
  /// Told of the world after each episode, once its last effort is out.
  public var onEpisodeEnd: ((VirtualWorld) -> Void)?

  /// The virtual robot that a robot file describes, at the initial state of its first task.
  ///
  /// - Parameters:
  ///   - robot: The robot; its `virtualRobot` gives plant, parameters and sensors.
  ///   - seed: The seed of the sensors' noise.
  ///   - faults: What goes wrong.
  /// - Throws: ``SimulationError``.
  public init(
    robot: Robot, seed: UInt64, faults: VirtualRobotFaults = .none
  ) throws(SimulationError) {
    guard let settings = robot.virtualRobot else {
      throw .noVirtualRobot(robot: robot.name)
    }
    (simulator, parameters) = try VirtualRobot.simulator(of: settings)
    if settings.mujoco == nil {
      try VirtualRobot.checkJoints(robot, Plants.named(settings.plant))
    }
    guard settings.stepSeconds > 0, settings.stepSeconds <= 0.01 else {
      throw .invalidValue(
        what: "virtual robot's step in seconds", value: settings.stepSeconds,
        allowed: "greater than 0 and at most 0.01, such as 0.001")
    }
    let period = robot.link.controlPeriodSeconds
    guard period > 0, period.isFinite else {
      throw .invalidValue(
        what: "control rate in hertz", value: robot.link.controlRateHertz,
        allowed: "greater than 0, such as 100")
    }
    answerDelayMicroseconds = UInt64((robot.link.commandDelaySeconds * 1e6).rounded())
    stepsPerPeriod = RungeKutta4.stepCount(
      periodSeconds: period, stepSeconds: settings.stepSeconds)
    stepSeconds = period / Double(stepsPerPeriod)

    var description = FirmwareDescription(robot: robot)
    if let name = faults.robotName { description.robotName = name }
    if let version = faults.protocolVersion { description.protocolVersion = version }
    self.description = description
    self.faults = faults
    self.seed = seed
    logic = FirmwareLogic(
      description: description, bootCounter: VirtualRobot.bootCounter(seed: seed, boot: 1))
    actuatedJoints = robot.actuatedJoints
    action = Array(repeating: 0, count: actuatedJoints.count)
    let delaySteps = Int((settings.effortDelaySeconds / stepSeconds).rounded())
    underway = Array(repeating: 0, count: delaySteps * actuatedJoints.count)
    let start = robot.tasks.first?.initialState ?? []
    startState =
      start.count == robot.stateDimensions
      ? start : Array(repeating: 0, count: robot.stateDimensions)
    plantState = startState
    sensors = JointSensors(
      robot: robot, settings: settings, seed: seed, stepSeconds: stepSeconds,
      stepsPerPeriod: stepsPerPeriod, wrapsPositions: faults.wrapsPositions)
    sensors.reset(plantState: plantState)
  }

  /// Goes on where another virtual robot of the same description and seed was between two episodes.
  public func restore(_ world: VirtualWorld) {
    guard world.plantState.count == plantState.count, sensors.accepts(world) else { return }
    episodes = world.episodes
    plantState = world.plantState
    armCount = world.armCount
    sensors.restore(world)
  }

  /// Puts the robot at rest where it was at first, as an operator's hand does between two episodes.
  public func bringHome() {
    plantState = startState
    sensors.reset(plantState: plantState)
  }

  /// The world as it is; complete between two episodes only.
  public var world: VirtualWorld {
    VirtualWorld(
      episodes: episodes, plantState: plantState, sensorReadings: sensors.readings,
      newestReading: sensors.newest, armCount: armCount)
  }

  /// Lets an episode that its host has ended come to its end, when the process is about to.
  public func concludeEpisode() {
    guard !logic.isStreaming else { return }
    while isWatched {
      finishMoment()
      beginMoment()
    }
    beginMoment()
  }

  private func endEpisode() {
    guard wasArmedInStream else { return }
    wasArmedInStream = false
    episodes += 1
    onEpisodeEnd?(world)
  }

  /// What a description's plant does, and its parameters in the simulator's order.
  ///
  /// - Throws: ``SimulationError`` when there is no such plant or parameter, or a MuJoCo model can't be
  ///   used.
  public static func simulator(
    of settings: VirtualRobotSettings
  ) throws(SimulationError) -> (any PriorModel, parameters: [Double]) {
    guard let file = settings.mujoco else {
      let prior = try PlantPrior(plantName: settings.plant, stepSeconds: settings.stepSeconds)
      return (prior, try prior.plant.parameterValues(settings.parameters))
    }
    let names = settings.parameters.keys.sorted()
    let prior = try MuJoCoPrior(
      file: file, parameterNames: names, stepSeconds: settings.stepSeconds, section: "virtual")
    return (prior, names.map { settings.parameters[$0] ?? 0 })
  }

  private static func checkJoints(
    _ robot: Robot, _ plant: some Plant
  ) throws(SimulationError) {
    func list(_ kinds: [Joint.Kind], _ actuated: [Int]) -> String {
      kinds.indices.map { "\(kinds[$0])\(actuated.contains($0) ? " with motor" : "")" }
        .joined(separator: ", ")
    }
    let found = list(robot.joints.map(\.kind), robot.actuatedJoints)
    let expected = list(plant.jointKinds, plant.actuatedJoints)
    guard found == expected else {
      throw .jointsDiffer(
        robot: robot.name, plant: plant.name, found: found, expected: expected)
    }
  }

  /// Differs between boots and, all but certainly, between virtual robots of different seeds.
  private static func bootCounter(seed: UInt64, boot: UInt32) -> UInt32 {
    (UInt32(truncatingIfNeeded: (seed &* 0x9E37_79B9_7F4A_7C15) >> 40) << 8) &+ boot
  }

  // MARK: The world

  /// The robot's clock at the moment at hand, in microseconds since its boot.
  public var nowMicroseconds: UInt64 {
    UInt64((Double(stepCount - bootStep) * stepSeconds * 1e6).rounded())
  }

  /// Whether the moment at hand is one at which the stream's next state is due.
  public var isStateDue: Bool {
    logic.isStreaming && (streamStep == 0 || logic.streamCount != knownStream)
  }

  /// Begins a moment: reads the sensors and, when one is due, sends the stream's next state.
  public func beginMoment() {
    if hasMoved { sensors.read(plantState: plantState) }
    hasMoved = false
    guard logic.isStreaming else {
      // Limits are watched while armed only, and nothing is armed without a stream.
      if !isWatched { endEpisode() }
      return
    }
    if logic.streamCount != knownStream {
      endEpisode()
      knownStream = logic.streamCount
      streamTotal += 1
      streamStep = 0
      // Nothing was sent between two streams.
      for place in underway.indices { underway[place] = 0 }
      nextUnderway = 0
    }
    if streamStep == 0 { measure() }
    streamStep = streamStep + 1 == stepsPerPeriod ? 0 : streamStep + 1
  }

  private func measure() {
    logic.advance(toMicroseconds: nowMicroseconds)
    if logic.mode == .armed { strike() }
    // A reboot ends the stream.
    guard logic.isStreaming else { return }
    let glitch = faults.glitch.flatMap {
      logic.mode == .armed && $0.ticks.contains(armedStateCount) ? $0 : nil
    }
    if logic.mode == .armed && !wasArmed { armCount += 1 }
    if logic.mode == .armed { wasArmedInStream = true }
    wasArmed = logic.mode == .armed
    sensors.measure(arming: armCount, tick: logic.nextTick, glitch: glitch)
    logic.measure(positions: sensors.positions, velocities: sensors.velocities)
    if logic.mode == .armed { armedStateCount += 1 }
  }

  /// Takes bytes from the host, cut anywhere.
  ///
  /// - Parameters:
  ///   - bytes: What came.
  ///   - microsecondsBeforeMoment: How long before the moment at hand they came; less than a step.
  public func receive(_ bytes: UnsafeRawBufferPointer, microsecondsBeforeMoment: UInt64 = 0) {
    let now = nowMicroseconds
    logic.receive(bytes, atMicroseconds: now - min(now, microsecondsBeforeMoment))
  }

  /// Ends a moment: what is due takes effect, and the plant goes on by one step.
  public func finishMoment() {
    logic.advance(toMicroseconds: nowMicroseconds)
    for (entry, joint) in actuatedJoints.enumerated() {
      action[entry] = delayed(Double(logic.efforts[joint]))
    }
    if isWatched {
      goOn()
      hasMoved = true
    }
    stepCount += 1
  }

  /// Sends an effort on its way to the plant, and gives the one that arrives.
  private func delayed(_ effort: Double) -> Double {
    guard !underway.isEmpty else { return effort }
    let arriving = underway[nextUnderway]
    underway[nextUnderway] = effort
    nextUnderway = nextUnderway + 1 == underway.count ? 0 : nextUnderway + 1
    return arriving
  }

  /// Whether a stream runs, or the answer to its last state has yet to take effect. Its first two
  /// states don't count while the robot isn't armed: who looks once or twice, as a check does, leaves
  /// the world as it was.
  private var isWatched: Bool {
    guard wasArmedInStream || logic.mode == .armed || logic.nextTick > 2 else { return false }
    if logic.isStreaming { return true }
    return streamTotal > 0 && nowMicroseconds < logic.stateMicroseconds + answerDelayMicroseconds
  }

  private func goOn() {
    plantState.withUnsafeMutableBufferPointer { state in
      guard let state = state.baseAddress else { return }
      simulator.advance(
        count: 1, stride: 1, states: state, actions: action, parameters: parameters,
        periodSeconds: stepSeconds, next: state)
    }
  }

  // MARK: Faults

  /// Lets the faults strike that are due with the state at hand.
  private func strike() {
    if let stuck = faults.stuckSensor, armedStateCount == stuck.tick {
      sensors.stick(joint: stuck.joint)
    }
    if faults.pressStopButtonAtTick == armedStateCount { logic.pressStopButton() }
    if faults.rebootAtTick == armedStateCount, !hasRebooted {
      hasRebooted = true
      reboot()
    }
  }

  /// Restarts the firmware; the plant goes on where it is, without effort.
  public func reboot() {
    bootCount += 1
    bootStep = stepCount
    knownStream = 0
    logic = FirmwareLogic(
      description: description,
      bootCounter: VirtualRobot.bootCounter(seed: seed, boot: bootCount))
  }
}
