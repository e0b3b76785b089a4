import HardwareIO
import Robotics
import Simulation

/// A virtual robot at the other end of a line within this process, in a time that passes only while
/// the host waits: trials as fast as they can be computed, through the same supervisor, the same
/// protocol and the same bytes as over a pseudo-terminal.
///
/// The robot's clock is held for each answer by the rule that a virtual robot's process keeps
/// (``HeldClock``), so a seed gives the same trials here and there, bit for bit. A study uses it;
/// `handful run` never does.
///
///     let world = try LockstepWorld(robot: robot, seed: 1)
///     let supervised = try SupervisedRobot(link: world.makeLink(), robot: robot, stopSwitch: stop)
///
/// The link belongs to one thread at a time, and with it the world.
public final class LockstepWorld: HostClock, @unchecked Sendable {
  /// How fast the robot's clock is said to run against the host's. Any speed above 1 makes the host
  /// leave the timing to the robot; nothing else depends on it.
  public static let speed = 100.0

  private let description: Robot
  private let robot: VirtualRobot
  private let heldClock: HeldClock
  /// The world after each episode, as a virtual robot's process keeps them in a file.
  private var worlds: [VirtualWorld] = []
  private let momentNanoseconds: Int64
  /// The host's clock, in nanoseconds.
  private var now: Int64 = 1_000_000_000
  private var toRobot: [UInt8] = []
  private var toHost: [UInt8] = []
  /// Since when the clock has been held for the host; nil while it isn't.
  private var heldSince: Int64?
  /// The host didn't answer in time and hasn't spoken since.
  private var isHostSilent = false
  private let stopsWaitingAfterNanoseconds: Int64 = 1_000_000_000

  /// What stands for the time that a system call takes, so that no loop of the host's can stop the
  /// clock.
  private static let callNanoseconds: Int64 = 1000

  /// The world of the virtual robot that a description has.
  ///
  /// - Parameters:
  ///   - robot: The description.
  ///   - seed: The seed of the sensors' noise, as for `handful simulate`.
  ///   - world: Where another of the same robot and seed has ended, its robot since brought back to its
  ///     start by an operator; nil for a new one.
  /// - Throws: `SimulationError`, ``ExperimentError/noVirtualRobot(robot:)``.
  public init(robot: Robot, seed: UInt64, after world: VirtualWorld? = nil) throws {
    guard robot.virtualRobot != nil else {
      throw ExperimentError.noVirtualRobot(robot: robot.name)
    }
    description = robot
    self.robot = try VirtualRobot(robot: robot, seed: seed)
    heldClock = HeldClock(link: robot.link)
    momentNanoseconds = max(1, Int64(self.robot.stepSeconds * 1e9 / Self.speed))
    if let world {
      self.robot.restore(world)
      self.robot.bringHome()
    }
    self.robot.onEpisodeEnd = { [unowned self] in worlds.append($0) }
  }

  /// Ends the world, once its last host is gone.
  ///
  /// - Returns: What there was of it after each episode, for another to go on with.
  public func end() -> [VirtualWorld] {
    takeFromHost()
    robot.concludeEpisode()
    return worlds
  }

  /// A link to the robot, as over a serial port that has just been opened.
  public func makeLink() -> any RobotLink {
    SerialRobotLink(
      port: SerialPort(line: Line(world: self), path: "lockstep", baud: description.link.baud),
      speed: Self.speed)
  }

  // MARK: Time

  /// The host's clock, which stands while the host computes.
  public func nowNanoseconds() -> Int64 { now }

  /// Lets that much time pass for the host; the world waits for it where it holds its clock.
  public func sleep(untilNanoseconds deadline: Int64) {
    while now < deadline, goOn() {}
    now = max(now, deadline)
  }

  /// Lets the world go on by one moment, or finish the one that it holds its clock at.
  ///
  /// - Returns: Whether it went on; false while it waits for the host.
  private func goOn() -> Bool {
    if heldSince == nil {
      if !readsOnlyWhenHolding { takeFromHost() }
      robot.beginMoment()
      takeFromRobot()
    }
    if readsOnlyWhenHolding && heldClock.mustHold(robot) {
      takeFromHost()
      if heldClock.mustHold(robot), !hasWaitedEnough {
        heldSince = heldSince ?? now
        return false
      }
    }
    heldSince = nil
    robot.finishMoment()
    takeFromRobot()
    now += momentNanoseconds
    return true
  }

  private var readsOnlyWhenHolding: Bool {
    !isHostSilent && heldClock.readsOnlyWhenHolding(robot)
  }

  private var hasWaitedEnough: Bool {
    guard let heldSince, now - heldSince >= stopsWaitingAfterNanoseconds else { return false }
    isHostSilent = true
    return true
  }

  // MARK: Bytes

  private func takeFromHost() {
    guard !toRobot.isEmpty else { return }
    toRobot.withUnsafeBytes {
      heldClock.receive($0, by: robot, isHostSilent: &isHostSilent)
    }
    toRobot.removeAll(keepingCapacity: true)
    takeFromRobot()
  }

  private func takeFromRobot() {
    if robot.logic.hasOutput { toHost += robot.logic.takeOutput() }
  }

  private func read(into buffer: UnsafeMutableRawBufferPointer) -> SerialPort.ReadOutcome {
    now += Self.callNanoseconds
    let count = min(buffer.count, toHost.count)
    guard count > 0 else { return .nothing }
    for index in 0..<count { buffer[index] = toHost[index] }
    toHost.removeFirst(count)
    return .bytes(count)
  }

  private func wait(nanoseconds: Int64) -> SerialPort.WaitOutcome {
    let deadline = now + max(nanoseconds, Self.callNanoseconds)
    while toHost.isEmpty, now < deadline {
      guard goOn() else {
        // It is the host's turn, and the host waits: until it has had enough, or the world has.
        now = min(deadline, (heldSince ?? now) + stopsWaitingAfterNanoseconds)
        continue
      }
    }
    return toHost.isEmpty ? .timeout : .ready
  }

  private func write(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
    now += Self.callNanoseconds
    toRobot.append(contentsOf: bytes)
    return .sent
  }

  /// One session of a host at the world's line.
  private final class Line: SimulatedLine {
    private let world: LockstepWorld
    private(set) var isOpen = true
    /// One process has one session at a time.
    let sessionSalt: UInt32 = 0

    init(world: LockstepWorld) { self.world = world }

    var clock: any HostClock { world }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> SerialPort.ReadOutcome {
      isOpen ? world.read(into: buffer) : .disconnected(errno: 9)
    }

    func waitForInput(timeoutNanoseconds: Int64) -> SerialPort.WaitOutcome {
      isOpen ? world.wait(nanoseconds: timeoutNanoseconds) : .ready
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
      isOpen ? world.write(bytes) : .disconnected(errno: 9)
    }

    func flushInput() { if isOpen { world.toHost.removeAll(keepingCapacity: true) } }

    func close() { isOpen = false }
  }
}
