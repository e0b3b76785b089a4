import FirmwareProtocol
import HardwareIO
import Robotics

/// A robot under supervision: the only way from the host to the actuators.
///
/// Every command passes the ``SafetyEnvelope``; every episode follows the ``EpisodeMachine``'s
/// table. Whatever ends an episode, the actuators are off when `runEpisode` returns, or the firmware
/// can't be reached and its own watchdog has turned them off.
///
///     let robot = try SupervisedRobot(link: link, robot: description, stopSwitch: stopSwitch)
///     try robot.connect()
///     let outcome = try robot.runEpisode(plan) { samples in try store.append(samples) }
///     robot.disconnect()
public final class SupervisedRobot {
  let link: any RobotLink
  let robot: Robot
  let stopSwitch: StopSwitch
  private let controls: OperatorControls
  var machine = EpisodeMachine()

  /// What the machine does not permit the control thread, in a sentence; known after an episode.
  public private(set) var schedulingWarning: String?

  /// A robot behind a link.
  ///
  /// - Throws: ``SupervisorError`` when the description would not be safe to run.
  public init(
    link: any RobotLink, robot: Robot, stopSwitch: StopSwitch,
    controls: OperatorControls = OperatorControls()
  ) throws(SupervisorError) {
    try RobotCheck.verify(robot)
    try RobotCheck.verifyReadings(robot, reported: link.motorReadings)
    self.controls = controls
    self.link = link
    self.robot = robot
    self.stopSwitch = stopSwitch
  }

  /// Where the episode stands.
  public var state: EpisodeState { machine.state }

  /// Greets and checks the robot: the right one, actuators off, limits written and read back.
  ///
  /// A latched fault is cleared only when the operator says so, but for that of the watchdog: it
  /// tells no more than that a host went away, and starting anew is the operator's answer to it.
  /// A joint that stands outside its limits is refused: either it must be moved back, or its sensor's
  /// zero is wrong and the limits guard the wrong places.
  ///
  /// - Parameter clearFault: Whether the operator has looked at the robot and wants a latched fault
  ///   cleared.
  /// - Throws: `LinkError`, ``SupervisorError/faultLatched(code:)``,
  ///   ``SupervisorError/misplacedJoint(problem:)``.
  @discardableResult
  public func connect(clearFault: Bool = false) throws -> RobotHello {
    guard machine.handle(.opened) else {
      throw SupervisorError.notPermitted(what: "connecting", state: machine.state)
    }
    do {
      let hello = try link.check(robot: robot)
      try verifyAtRest(clearFault: clearFault)
      machine.handle(.checkPassed)
      return hello
    } catch {
      disconnect()
      throw error
    }
  }

  /// Sees that nothing is latched and that every joint stands where it may, by two samples in a row:
  /// one may be a glitch.
  private func verifyAtRest(clearFault: Bool) throws {
    try link.startStream()
    let sample = LinkSample(jointCount: robot.joints.count)
    let timeout = Int64(max(0.5, 4 * robot.link.controlPeriodSeconds) * 1e9)
    var wasMisplaced = false
    for _ in 0..<20 {
      guard link.receive(into: sample, timeoutNanoseconds: timeout) == .sample else {
        throw LinkError.noAnswer(
          what: "the start of its samples", waitedSeconds: Double(timeout) * 1e-9)
      }
      if sample.mode == .disarmed {
        guard let problem = misplacement(sample) else {
          try link.stopStream()
          return
        }
        if wasMisplaced { throw SupervisorError.misplacedJoint(problem: problem) }
        wasMisplaced = true
        _ = link.sendHeartbeat()
        continue
      }
      guard clearFault || (sample.mode == .faulted && sample.fault == .watchdog) else {
        throw SupervisorError.faultLatched(code: latchedCode(sample))
      }
      _ = link.sendClearFault()
      _ = link.sendHeartbeat()
    }
    throw SupervisorError.faultLatched(code: latchedCode(sample))
  }

  /// What holds the robot, by name: an emergency stop by message has no fault's code.
  private func latchedCode(_ sample: LinkSample) -> String {
    sample.mode == .emergencyStopped && sample.fault == .none
      ? "an emergency stop" : "\(sample.fault)"
  }

  private func misplacement(_ sample: LinkSample) -> String? {
    for (joint, position) in zip(robot.joints, sample.positions) {
      if let problem = PowerUpRange.problem(of: joint, at: position) { return problem }
    }
    return nil
  }

  /// Runs one episode: brings the robot home, runs the trial, brings the robot to a stand and turns
  /// its actuators off. The trial's samples are handed over on the calling thread while it runs.
  ///
  /// An episode that the envelope, the firmware or the operator ended is not an error: the outcome
  /// says so.
  ///
  /// - Parameters:
  ///   - plan: What the trial shall do.
  ///   - onSamples: Takes the next samples, in order; called until the last one. When it throws, the
  ///     robot is stopped safely and the outcome says `storeFailed`; `onSamples` is not called again.
  /// - Throws: ``SupervisorError`` or `LinkError` when the episode could not begin. An error of
  ///   `onSamples` is in `EpisodeResult.storeError`.
  public func runEpisode(
    _ plan: TrialPlan, onSamples: ([Sample]) throws -> Void
  ) throws -> EpisodeResult {
    let (runner, ring, format) = try beginEpisode(plan, keepsTiming: true)
    let box = OutcomeBox()
    let thread = ControlThread { box.outcome = runner.run() }
    do {
      try startStream()
    } catch {
      thread.abandon()
      throw error
    }
    thread.begin()
    var storeError: (any Error)?
    var isDone = false
    while !isDone {
      isDone = thread.wait(milliseconds: 20)
      handOver(Self.drain(ring, format), to: onSamples, noting: &storeError)
    }
    schedulingWarning = thread.schedulingWarning
    guard let outcome = box.outcome else {
      preconditionFailure("the control thread ended without an outcome")
    }
    endEpisode(outcome)
    return EpisodeResult(outcome: outcome, storeError: storeError)
  }

  /// The same on the calling thread, tick by tick: for a simulation, whose every turn a seed decides.
  ///
  /// - Parameters:
  ///   - plan: What the trial shall do.
  ///   - betweenTicks: Called after each tick; whether samples shall be handed over now. An error
  ///     that it throws leaves the episode as it stands, as the end of the process would.
  ///   - onSamples: As for ``runEpisode(_:onSamples:)``.
  package func runEpisodeOnCallingThread(
    _ plan: TrialPlan, betweenTicks: (EpisodeMoment) throws -> Bool,
    onSamples: ([Sample]) throws -> Void
  ) throws -> EpisodeResult {
    let (runner, ring, format) = try beginEpisode(plan, keepsTiming: false)
    try startStream()
    var storeError: (any Error)?
    while runner.tick() {
      if try betweenTicks(runner.moment) {
        handOver(Self.drain(ring, format), to: onSamples, noting: &storeError)
      }
    }
    _ = try betweenTicks(runner.moment)
    let outcome = runner.finish()
    handOver(Self.drain(ring, format), to: onSamples, noting: &storeError)
    endEpisode(outcome)
    return EpisodeResult(outcome: outcome, storeError: storeError)
  }

  private func beginEpisode(
    _ plan: TrialPlan, keepsTiming: Bool
  ) throws -> (EpisodeRunner, SampleRing, SampleRecord) {
    guard machine.handle(.resetBegun) else {
      throw SupervisorError.notPermitted(what: "an episode", state: machine.state)
    }
    let format = SampleRecord(robot: robot)
    // Room for the whole trial: a disk that stalls costs memory, not samples.
    let ring = SampleRing(stride: format.size, minimumCapacity: plan.lastTick + 256)
    let runner = EpisodeRunner(
      link: link, robot: robot, plan: plan, stopSwitch: stopSwitch, ring: ring, machine: machine,
      controls: controls, keepsTiming: keepsTiming)
    return (runner, ring, format)
  }

  /// Starts the stream once all is ready for it: samples that wait grow stale.
  private func startStream() throws {
    do {
      try link.startStream()
    } catch {
      machine.handle(.fault)
      throw error
    }
  }

  private func endEpisode(_ outcome: EpisodeOutcome) {
    machine = outcome.machine
    if case .disconnected = outcome.stopReason {} else { try? link.stopStream() }
  }

  /// Does everything but arm: watches whether the robot is home and asks the policy for its actions
  /// on what the sensors say, for the length of a trial. Nothing but heartbeats goes to the robot.
  ///
  /// - Throws: ``SupervisorError`` when the robot isn't checked; `LinkError`.
  public func rehearse(_ plan: TrialPlan) throws -> RehearsalReport {
    guard machine.state == .checked else {
      throw SupervisorError.notPermitted(what: "a rehearsal", state: machine.state)
    }
    try link.startStream()
    let report = Rehearsal(link: link, robot: robot, plan: plan, stopSwitch: stopSwitch).run()
    if case .disconnected = report.stopReason {} else { try? link.stopStream() }
    return report
  }

  /// Turns everything off and closes the link; safe to call at any time, more than once.
  public func disconnect() {
    guard machine.state != .disconnected else { return }
    link.stop()
    machine.handle(.closed)
  }

  /// Hands samples over, until that fails for the first time: then the robot is to stop.
  private func handOver(
    _ samples: [Sample], to onSamples: ([Sample]) throws -> Void, noting error: inout (any Error)?
  ) {
    guard !samples.isEmpty, error == nil else { return }
    do {
      try onSamples(samples)
    } catch let failure {
      error = failure
      stopSwitch.press(.storeFailed)
    }
  }

  private static func drain(_ ring: SampleRing, _ format: SampleRecord) -> [Sample] {
    var samples: [Sample] = []
    withUnsafeTemporaryAllocation(of: Double.self, capacity: format.size) { row in
      while ring.pop(into: row) {
        if let base = row.baseAddress { samples.append(format.sample(base)) }
      }
    }
    return samples
  }
}

/// Where an episode stands between two ticks.
package struct EpisodeMoment {
  /// The episode's state.
  package var state: EpisodeState
  /// The tick of the last sample in its stream.
  package var streamTick: UInt32
}

/// How an episode went, and what went wrong with storing it.
public struct EpisodeResult {
  /// How the episode went.
  public var outcome: EpisodeOutcome
  /// The error of the closure that took the samples.
  public var storeError: (any Error)?
}

/// Where the control thread leaves its outcome; read only after the thread has ended.
private final class OutcomeBox: @unchecked Sendable {
  var outcome: EpisodeOutcome?
}
