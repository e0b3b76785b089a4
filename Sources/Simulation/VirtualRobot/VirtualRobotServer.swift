import CPlatform
import Glibc
import Robotics

/// A virtual robot on a pseudo-terminal: what a host opens in a real robot's place.
///
///     let server = try VirtualRobotServer(robot: robot, seed: 1, speed: 1)
///     print(server.portPath)
///     server.run(until: { isInterrupted })
///
/// At speed 1 the robot's clock is the wall's. At a higher speed the world runs that many times
/// faster, but holds its clock at the time at which the answer to a state takes effect until that
/// answer has come, and reads what comes at those times only: so no decision depends on the speed,
/// nor on how long the host thinks. It holds for ``holdSeconds`` of wall time at most; a host that
/// is silent for longer is not waited for again until it speaks: the world goes on at the wall's
/// speed, and the firmware's watchdog, in the robot's clock, does what it must
/// (`firmware-protocol/PROTOCOL.md`, 'Worlds that aren't at wall speed').
///
/// A world that comes late, since the machine was busy, doesn't hurry to catch up; its clock falls
/// behind the wall's instead, which no host can tell from a slow crystal.
public final class VirtualRobotServer {
  /// Why a server ended.
  public enum End: Sendable, Equatable {
    /// It was told to.
    case stopped
    /// Its robot died, as ``VirtualRobotFaults/dieAtTick`` says; the port has hung up.
    case died
  }

  /// The path of the port to open, such as `/dev/pts/3`.
  public let portPath: String
  /// How many times faster than the wall's clock the robot's runs.
  public let speed: Double
  /// How long the world waits for an answer, in seconds of wall time; one second unless set
  /// otherwise, so that a busy machine doesn't trip a watchdog that runs in the robot's clock.
  public var holdSeconds: Double
  /// The robot behind the port; not to be touched while the server runs.
  public let robot: VirtualRobot

  private let terminal: PseudoTerminal
  private let faults: VirtualRobotFaults
  private let heldClock: HeldClock
  private var fromHost: ByteNoise
  private var toHost: ByteNoise
  private var hasFrozen = false
  /// The host didn't answer in time and hasn't spoken since.
  private var isHostSilent = false

  /// Waits shorter than this aren't worth a system call, in nanoseconds.
  private static let leastWaitNanoseconds = 50_000.0

  /// Opens a pseudo-terminal for the robot that a file describes.
  ///
  /// - Parameters:
  ///   - robot: The robot; its `virtualRobot` gives plant, parameters and sensors.
  ///   - seed: The seed of the sensors' noise, and of byte noise.
  ///   - speed: How many times faster than the wall's clock the robot's runs.
  ///   - faults: What goes wrong.
  /// - Throws: ``SimulationError``.
  public init(
    robot: Robot, seed: UInt64, speed: Double, faults: VirtualRobotFaults = .none
  ) throws(SimulationError) {
    guard speed > 0, speed.isFinite else {
      throw .invalidValue(
        what: "speed", value: speed, allowed: "greater than 0, such as 1 for the wall's speed")
    }
    self.robot = try VirtualRobot(robot: robot, seed: seed, faults: faults)
    self.speed = speed
    self.faults = faults
    holdSeconds = 1
    heldClock = HeldClock(link: robot.link)
    fromHost = ByteNoise(faults: faults, seed: seed, direction: 0)
    toHost = ByteNoise(faults: faults, seed: seed, direction: 1)
    terminal = try PseudoTerminal()
    portPath = terminal.path
  }

  /// Runs the world until told to stop, which is asked at every plant step, or until the robot dies.
  ///
  /// At the wall's speed the thread asks for real-time priority, as it stands for a microcontroller
  /// that nothing else keeps busy; without the right to it, the robot is late when the machine is.
  @discardableResult
  public func run(until isStopped: () -> Bool) -> End {
    _ = platform_set_timer_slack(1)
    if speed <= 1 { _ = platform_set_fifo_priority(40) }
    defer { if speed <= 1 { _ = platform_set_ordinary_scheduling() } }
    // When the moment at hand is due.
    var due = VirtualRobotServer.wallNanoseconds()
    while !isStopped() {
      wait(until: &due)
      robot.beginMoment()
      if strike() { return .died }
      flush()
      if holdsClock { hold() }
      robot.finishMoment()
      flush()
      due += robot.stepSeconds * 1e9 / pace
    }
    robot.concludeEpisode()
    return .stopped
  }

  // MARK: Time

  /// How many times faster than the wall's clock the robot's runs now: the wall's speed at most
  /// while a host that should speak is silent, so that it has the watchdog's full time once more.
  private var pace: Double { isHostSilent ? min(speed, 1) : speed }

  /// How late a moment may begin before the world's clock gives way, in nanoseconds. At the wall's
  /// speed it is less than a command's way to the robot, so that no hurry makes a command late; a
  /// world that can hold its clock may hurry, and so keeps its speed on average.
  private var slackNanoseconds: Double { pace > 1 ? 50e6 : 0.25e6 }

  private static func wallNanoseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
  }

  /// Takes what the host sends until the moment is due.
  private func wait(until due: inout Double) {
    // Between a state and the next nothing can be seen from outside, so only states need be in time.
    if readsOnlyWhenHolding && !robot.isStateDue { return }
    while true {
      let ahead = due - VirtualRobotServer.wallNanoseconds()
      if ahead < -slackNanoseconds { due = due - ahead - slackNanoseconds }
      let isEarly = ahead >= VirtualRobotServer.leastWaitNanoseconds
      if readsOnlyWhenHolding {
        if isEarly { VirtualRobotServer.sleep(nanoseconds: Int64(ahead)) }
        return
      }
      if !isEarly {
        take(microsecondsBeforeMoment: 0)
        return
      }
      if terminal.waitForBytes(nanoseconds: Int64(ahead)) {
        take(microsecondsBeforeMoment: remainingMicroseconds(due))
      }
    }
  }

  private static func sleep(nanoseconds: Int64) {
    var rest = timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, nil)
  }

  /// How far the robot's clock is from the moment that is due, in its microseconds.
  private func remainingMicroseconds(_ due: Double) -> UInt64 {
    let ahead = due - VirtualRobotServer.wallNanoseconds()
    let most = robot.stepSeconds * 1e6 - 1
    return UInt64(max(0, min(ahead * pace * 1e-3, most)))
  }

  // MARK: The held clock

  /// Whether the world reads only where it holds its clock: never at the wall's speed.
  private var readsOnlyWhenHolding: Bool {
    speed > 1 && !isHostSilent && heldClock.readsOnlyWhenHolding(robot)
  }

  /// Whether the moment at hand is one at which the clock may not go on without an answer.
  private var holdsClock: Bool { readsOnlyWhenHolding && heldClock.mustHold(robot) }

  private func hold() {
    let end = VirtualRobotServer.wallNanoseconds() + holdSeconds * 1e9
    while !heldClock.hasAnswer(robot), robot.logic.isStreaming {
      let left = end - VirtualRobotServer.wallNanoseconds()
      guard left > 0, terminal.waitForBytes(nanoseconds: Int64(left)) else {
        if left <= 0 { isHostSilent = true }
        if isHostSilent { return }
        continue
      }
      take(microsecondsBeforeMoment: 0)
    }
  }

  // MARK: Bytes

  private func take(microsecondsBeforeMoment: UInt64) {
    let bytes = fromHost.passed(terminal.read())
    guard !bytes.isEmpty else { return }
    bytes.withUnsafeBytes {
      heldClock.receive(
        $0, microsecondsBeforeMoment: microsecondsBeforeMoment, by: robot,
        isHostSilent: &isHostSilent)
    }
    flush()
  }

  private func flush() {
    guard robot.logic.hasOutput else { return }
    terminal.write(toHost.passed(robot.logic.takeOutput()))
  }

  // MARK: Faults

  /// Lets the faults of the whole process strike; true when it is to end.
  private func strike() -> Bool {
    if let tick = faults.dieAtTick, robot.armedStateCount > tick {
      terminal.hangUp()
      return true
    }
    if let freeze = faults.freeze, !hasFrozen, robot.armedStateCount > freeze.tick {
      hasFrozen = true
      VirtualRobotServer.sleep(nanoseconds: Int64(freeze.seconds * 1e9))
    }
    return false
  }
}
