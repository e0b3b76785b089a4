import Foundation
import HardwareIO
import LinearAlgebra
import Robotics
import Supervisor

/// What a seed stands for: a robot, a host that runs some episodes on it, what goes wrong meanwhile,
/// and an operator who connects again after each fault.
public struct Scenario {
  /// The seed.
  public let seed: UInt64

  private let world: SimulatedWorld
  private let schedule: FaultSchedule
  private let robot: Robot
  private let sink: SampleSink
  private let speed: Double
  private let plannedEpisodes: Int
  /// The operator's sign in the session at hand.
  private var confirmation = OperatorConfirmation()
  private var random: RandomStream
  private var result: ScenarioResult

  /// The host's process is gone.
  private struct HostKilled: Error {}

  /// - Parameters:
  ///   - seed: Any number.
  ///   - kinds: The kinds of faults to choose from.
  ///   - storePath: Where a real store is to be; nil for none.
  /// - Throws: `StoreError` when it can't be made.
  public init(
    seed: UInt64, kinds: [FaultKind] = FaultKind.allCases, storePath: String? = nil
  ) throws {
    self.seed = seed
    var random = RandomStream(seed: seed, path: [0x50AC])
    robot = SoakRobots.random(&random)
    let episodes = 1 + (random.nextUniform() < 0.25 ? 1 : 0) + (random.nextUniform() < 0.1 ? 1 : 0)
    plannedEpisodes = episodes
    let task = robot.tasks[0]
    let ticks = Int((task.horizonSeconds * robot.link.controlRateHertz).rounded())
    let stepsPerTick = robot.link.controlPeriodSeconds / (robot.virtualRobot?.stepSeconds ?? 0.005)
    let faultCount = random.nextUniform() < 0.1 ? 0 : 1 + Int(random.nextUniform() * 3)
    let chosen =
      kinds.isEmpty
      ? [] : (0..<faultCount).map { _ in kinds[Int(random.nextUniform() * Double(kinds.count))] }
    schedule = FaultSchedule.random(
      kinds: chosen, robot: robot,
      moments: Int(Double((ticks + 20) * episodes) * stepsPerTick * 1.2), ticks: ticks, &random)
    speed = random.nextUniform() < 0.15 ? 20 : 1
    world = try SimulatedWorld(description: robot, schedule: schedule, speed: speed, seed: seed)
    sink = try SampleSink(
      robot: robot, errorAfterSamples: schedule.diskErrorAfterSamples, path: storePath)
    self.random = random
    result = ScenarioResult(seed: seed)
  }

  /// Runs it to its end.
  public mutating func run() -> ScenarioResult {
    do {
      var connections = 0
      var mustClearFault = false
      while result.episodes < plannedEpisodes, connections < 10 {
        connections += 1
        mustClearFault = try runSession(clearFault: mustClearFault)
        // The operator looks, and takes a while.
        world.advance(robotSeconds: random.nextUniform(in: 0, 0.3))
      }
      if let loss = try sink.close() { world.monitor.fail(loss) }
    } catch {
      world.monitor.fail("the scenario ended with \(error)")
    }
    result.strikes = world.monitor.strikes
    result.violations = world.monitor.violations
    result.digest = world.monitor.digest
    return result
  }

  // MARK: - A session

  /// One process of the host, from its connecting to its end.
  ///
  /// - Returns: Whether the operator must clear a fault before the next.
  private mutating func runSession(clearFault: Bool) throws -> Bool {
    let latched = isLatchedForOperator
    world.reopen()
    let stopSwitch = StopSwitch()
    world.stopSwitchBox.stopSwitch = stopSwitch
    let line = WorldLine(world: world, sessionSalt: UInt32(truncatingIfNeeded: random.next()))
    let link = SerialRobotLink(
      port: SerialPort(line: line, path: "simulated", baud: robot.link.baud), speed: speed)
    let (motors, robot) = (world.motors, robot)
    link.motorReadingSource = (
      [.temperature, .current, .voltage], { motors.fill($0, robot: robot) }
    )
    let controls = OperatorControls()
    confirmation = controls.confirmation
    let supervised = try SupervisedRobot(
      link: link, robot: robot, stopSwitch: stopSwitch, controls: controls)
    do {
      try supervised.connect(clearFault: clearFault)
    } catch {
      checkAfterHost("a connection that failed")
      // A stop of the session before may only now have come through a slow line.
      if case SupervisorError.faultLatched = error,
        latched || isLatchedForOperator || !world.monitor.struck.isEmpty
      {
        return true
      }
      if !world.isHostDead || world.isHanging { note(objectionTo: error) }
      return false
    }
    // A reset on the way takes what was latched with it.
    if latched && !clearFault
      && world.monitor.struck.isDisjoint(with: [.firmwareReset, .powerLoss])
    {
      world.monitor.fail("connected over a latched fault")
    }
    while result.episodes < plannedEpisodes {
      do {
        guard try runEpisode(supervised, stopSwitch) else { break }
      } catch is HostKilled {
        result.reasons["host-killed", default: 0] += 1
        checkAfterHost("the host's end")
        if let loss = try sink.lossAfterKill() { world.monitor.fail(loss) }
        return false
      }
    }
    supervised.disconnect()
    checkAfterHost("a session")
    return world.robot.logic.mode.isLatched && random.nextUniform() < 0.5
  }

  /// Whether the firmware holds what only an operator may clear.
  private var isLatchedForOperator: Bool {
    let firmware = world.robot.logic
    return firmware.mode == .emergencyStopped
      || (firmware.mode == .faulted && firmware.fault != .watchdog)
  }

  private var expectations: OutcomeExpectations {
    OutcomeExpectations(
      struck: world.monitor.struck, glitchCount: world.monitor.strikes[.glitch, default: 0])
  }

  private func note(objectionTo error: any Error) {
    if world.isHanging {
      world.monitor.fail("the host hangs")
    } else if let objection = expectations.objection(toConnectionError: error) {
      world.monitor.fail(objection)
    }
  }

  /// Lets the watchdog's time pass without a host, and looks whether the actuators are off.
  private func checkAfterHost(_ what: String) {
    world.monitor.endEpisode()
    world.advance(robotSeconds: world.monitor.longestArmedSeconds)
    world.monitor.checkOff(world.robot.logic, after: what)
  }

  // MARK: - An episode

  /// - Returns: Whether another episode may follow on the same connection.
  private mutating func runEpisode(
    _ supervised: SupervisedRobot, _ stopSwitch: StopSwitch
  ) throws -> Bool {
    let policy = SoakPolicy(
      robot: robot, schedule: schedule,
      random: RandomStream(seed: seed, path: [0x9017, UInt64(result.episodes)]))
    let plan = TrialPlan(policy: policy, robot: robot, task: robot.tasks[0])
    result.episodes += 1
    try sink.beginTrial(seed: seed, periodSeconds: robot.link.controlPeriodSeconds)
    world.monitor.beginEpisode()
    var startTick: UInt32?
    var random = random
    defer { self.random = random }
    // How often the operator looks until he says that the robot is home, more or less when it is.
    var looks = schedule.isOperatorAbsent ? Int.max : 1 + Int(random.nextUniform() * 120)
    let confirmation = confirmation
    let episode: EpisodeResult
    do {
      episode = try supervised.runEpisodeOnCallingThread(
        plan,
        betweenTicks: { moment in
          if world.isHostDead { throw HostKilled() }
          world.monitor.note(moment.state)
          if policy.hasBegun && startTick == nil { startTick = moment.streamTick }
          looks -= 1
          if looks == 0 { confirmation.confirm() }
          return random.nextUniform() < 0.2
        },
        onSamples: { samples in
          if world.isHostDead { throw HostKilled() }
          try sink.append(samples)
        })
    } catch {
      if world.isHanging { world.monitor.fail("the host hangs") }
      if world.isHostDead {
        try checkSamples(startTick: startTick, outcome: nil)
        throw HostKilled()
      }
      note(objectionTo: error)
      try sink.endTrial(.fault(code: "not-started", reason: "\(error)"))
      return false
    }
    if world.isHostDead { throw HostKilled() }
    try check(episode, startTick: startTick, askedForNaN: policy.hasAskedForNaN)
    if episode.storeError != nil { return false }
    let outcome = episode.outcome
    if outcome.machine.state != .settled {
      world.monitor.note(outcome.machine.state)
      refusesAnother(supervised, plan)
      return false
    }
    return stopSwitch.pressed == .none
  }

  private mutating func check(
    _ episode: EpisodeResult, startTick: UInt32?, askedForNaN: Bool
  ) throws {
    let outcome = episode.outcome
    let monitor = world.monitor
    result.reasons[outcome.stopReason?.code ?? "completed", default: 0] += 1
    if outcome.isDisarmVerified && world.robot.logic.mode == .armed {
      monitor.fail("the host took the actuators for off while they were on")
    }
    if let objection = expectations.objection(to: outcome) {
      monitor.fail(objection)
    }
    if askedForNaN && outcome.stopReason == nil { monitor.fail("a policy's NaN was let pass") }
    if outcome.machine.state.mayBeArmed {
      monitor.fail("an episode ended \(outcome.machine.state)")
    }
    checkAfterHost("an episode that ended with \(outcome.stopReason?.code ?? "its horizon")")
    try checkSamples(startTick: startTick, outcome: outcome)
    if episode.storeError == nil {
      try sink.endTrial(outcome.stopReason?.trialEnd(for: robot) ?? .completed)
    }
  }

  /// After a fault the same session must not begin another episode.
  private func refusesAnother(_ supervised: SupervisedRobot, _ plan: TrialPlan) {
    do {
      _ = try supervised.runEpisodeOnCallingThread(
        plan, betweenTicks: { _ in true }, onSamples: { _ in })
      world.monitor.fail("an episode began after a fault")
    } catch SupervisorError.notPermitted {
    } catch {
      world.monitor.fail("an episode after a fault was refused with \(error)")
    }
  }

  // MARK: - Samples

  /// Compares what was acknowledged with what the robot measured and the host sent.
  private mutating func checkSamples(startTick: UInt32?, outcome: EpisodeOutcome?) throws {
    let monitor = world.monitor
    let samples = sink.acknowledged.last ?? []
    result.samples += samples.count
    if sink.wasUsedAfterFailure { monitor.fail("samples went to a store that had failed") }
    if let outcome, !monitor.struck.contains(.diskError) {
      if samples.count != outcome.sampleCount {
        monitor.fail("\(samples.count) samples came out of \(outcome.sampleCount)")
      }
      let expected = Int((robot.tasks[0].horizonSeconds * robot.link.controlRateHertz).rounded())
      if outcome.stopReason == nil, monitor.struck.isEmpty, samples.count != expected + 1 {
        monitor.fail("\(samples.count) samples of an undisturbed trial of \(expected) periods")
      }
    }
    if let startTick, startTick < monitor.reported.count, !monitor.struck.contains(.stuckSensor) {
      checkHome(monitor.reported[Int(startTick)])
    }
    let isFalsified = !monitor.struck.isDisjoint(with: [.glitch, .glitches, .sensorNaN])
    let actuated = robot.actuatedJoints
    var previous = -1
    var inForce: [Float]?
    for (index, sample) in samples.enumerated() {
      if sample.tick <= previous || (index == 0 && sample.tick != 0) {
        monitor.fail("sample \(sample.tick) came after \(previous)")
      }
      previous = sample.tick
      guard let startTick else { continue }
      let tick = startTick &+ UInt32(sample.tick)
      guard tick < monitor.reported.count else {
        monitor.fail("sample \(sample.tick) was never measured")
        return
      }
      if !isFalsified { check(sample, against: monitor.reported[Int(tick)]) }
      let isLast = index == samples.count - 1
      if sample.flags.contains(.notSent) {
        checkRefused(sample, inForce: inForce, commanded: monitor.commanded[tick])
      } else if let sent = monitor.commanded[tick], !isLast {
        for (entry, joint) in actuated.enumerated()
        where Float(sample.sentAction[entry]) != sent[joint] {
          monitor.fail("sample \(sample.tick) says \(sample.sentAction), the wire \(sent)")
        }
        inForce = sent
      } else if !isLast {
        monitor.fail("sample \(sample.tick) went without a command")
      }
    }
  }

  /// A sample whose command the port refused says so, and has the command before, which stays in
  /// force.
  private func checkRefused(_ sample: Sample, inForce: [Float]?, commanded: [Float]?) {
    let monitor = world.monitor
    if monitor.struck.isDisjoint(with: [.blockedPort, .unplug, .powerLoss, .hostKill]) {
      monitor.fail("sample \(sample.tick) was refused by a port that takes everything")
    }
    if commanded != nil {
      monitor.fail("sample \(sample.tick) was refused, but its command was on the wire")
    }
    guard let inForce else { return }
    for (entry, joint) in robot.actuatedJoints.enumerated()
    where Float(sample.sentAction[entry]) != inForce[joint] {
      monitor.fail("sample \(sample.tick) says \(sample.sentAction), in force was \(inForce)")
    }
  }

  /// A trial begins at home, by the robot's true sensors, whatever the host was made to believe.
  private func checkHome(_ reported: [Float]) {
    for joint in robot.joints.indices {
      let away = Double(reported[2 * joint]) - robot.reset.homePositions[joint]
      let turns = robot.joints[joint].isContinuous ? (away / (2 * .pi)).rounded() : 0
      // It may have drifted for the periods between home and the first armed sample.
      if abs(away - 2 * .pi * turns) > 2 * robot.reset.positionTolerances[joint] {
        world.monitor.fail("a trial began \(away) from home")
      }
    }
  }

  private func check(_ sample: Sample, against reported: [Float]) {
    for joint in robot.joints.indices {
      let away = Double(reported[2 * joint]) - sample.positions[joint]
      let turns = robot.joints[joint].isContinuous ? (away / (2 * .pi)).rounded() : 0
      if abs(away - 2 * .pi * turns) > 1e-9
        || Double(reported[2 * joint + 1]) != sample.velocities[joint]
      {
        world.monitor.fail("sample \(sample.tick) is not what the robot measured")
      }
    }
  }
}

/// How a scenario went.
public struct ScenarioResult: Sendable {
  /// The seed that makes it again.
  public var seed: UInt64
  /// The number of episodes that were begun.
  public var episodes = 0
  /// The number of samples that were acknowledged.
  public var samples = 0
  /// How often each kind of fault struck.
  public var strikes: [FaultKind: Int] = [:]
  /// How often episodes ended for each reason.
  public var reasons: [String: Int] = [:]
  /// What was found wrong; empty when nothing was.
  public var violations: [String] = []
  /// Stands for every byte that the host wrote and every effort.
  public var digest: UInt64 = 0
  /// Whether it wrote a real store.
  public var usedStore = false
  /// Whether it was run twice.
  public var wasRepeated = false
}
