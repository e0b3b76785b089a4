import FirmwareProtocol
import Foundation
import Robotics
import Simulation
import Synchronization

/// A virtual robot that serves a pseudo-terminal on a thread of this process, and whose actuators
/// are watched at every step of its plant.
///
///     let watched = try WatchedRobot(robot, speed: 1)
///     defer { watched.end() }
///     // a host opens watched.path ...
///     #expect(watched.account.secondsToOff! <= robot.link.watchdogSeconds + 0.001)
///
/// Times are those of the robot's world: seconds since it was made, whatever its firmware's clock
/// was set back to by a reboot.
public final class WatchedRobot: Sendable {
  /// What was seen so far.
  public struct Account: Sendable {
    /// A change of the firmware's mode.
    public struct Change: Sendable {
      /// When it was seen.
      public var seconds: Double
      /// The mode from then on.
      public var mode: RobotMode
      /// The fault latched then.
      public var fault: FaultCode
    }

    /// The world's clock.
    public var seconds = 0.0
    /// Every change of mode.
    public var changes: [Change] = []
    /// When a command or heartbeat for a new tick arrived last.
    public var heardAtSeconds = 0.0
    /// When an effort was in force last.
    public var effortAtSeconds = 0.0
    /// The number of states sent while armed.
    public var armedStates = 0
    /// The greatest effort that was ever in force (N m or N).
    public var greatestEffort = 0.0
    /// Whether an effort was ever in force that wasn't finite, or while not armed.
    public var hadForbiddenEffort = false
    /// The highest position of the plant's first joint while armed (rad or m).
    public var highestPosition = -Double.infinity
    /// Whether the robot's world has ended.
    public var isOver = false
    fileprivate var heardTick = FirmwareLogic.noTick

    /// The mode now.
    public var mode: RobotMode { changes.last?.mode ?? .disarmed }
    /// How often the actuators were turned on.
    public var armings: Int { changes.count { $0.mode == .armed } }
    /// When the actuators were turned off last; nil when they never were on or are on.
    public var offAtSeconds: Double? {
      guard mode != .armed, let on = changes.lastIndex(where: { $0.mode == .armed }) else {
        return nil
      }
      return changes[on + 1].seconds
    }
    /// What the firmware latched when the actuators went off last.
    public var faultAtOff: FaultCode? {
      changes.lastIndex { $0.mode == .armed }.flatMap {
        $0 + 1 < changes.count ? changes[$0 + 1].fault : nil
      }
    }
    /// From the last sign of the host while armed to actuators off, in seconds.
    public var secondsFromSilenceToOff: Double? {
      offAtSeconds.map { $0 - min(heardAtSeconds, $0) }
    }
  }

  /// The path of the port.
  public let path: String
  private let accountSoFar = Mutex(Account())
  private let isOver = Atomic<Bool>(false)
  private let ended = DispatchSemaphore(value: 0)

  /// Starts serving.
  ///
  /// - Parameters:
  ///   - robot: The robot; its `virtualRobot` gives plant and sensors.
  ///   - seed: The seed of its sensors' noise.
  ///   - speed: How fast its clock runs against the wall's.
  ///   - faults: What goes wrong with it.
  public init(
    _ robot: Robot, seed: UInt64 = 1, speed: Double = 1, faults: VirtualRobotFaults = .none
  ) throws {
    let server = try VirtualRobotServer(robot: robot, seed: seed, speed: speed, faults: faults)
    path = server.portPath
    nonisolated(unsafe) let moved = server
    let thread = Thread { [self] in
      moved.run(until: {
        look(at: moved.robot)
        return isOver.load(ordering: .relaxed)
      })
      look(at: moved.robot)
      accountSoFar.withLock { $0.isOver = true }
      ended.signal()
    }
    thread.start()
  }

  /// What was seen so far.
  public var account: Account { accountSoFar.withLock { $0 } }

  /// Waits until what was seen satisfies a condition.
  ///
  /// - Returns: Whether it came to that in time.
  public func wait(
    timeoutSeconds: Double = 30, until isMet: (Account) -> Bool
  ) -> Bool {
    let deadline = Date().addingTimeInterval(timeoutSeconds)
    while !isMet(account) {
      guard Date() < deadline else { return false }
      usleep(1_000)
    }
    return true
  }

  /// Waits until the robot has sent so many states while armed: a moment in the middle of a trial.
  public func waitForArmedStates(_ count: Int, timeoutSeconds: Double = 30) -> Bool {
    wait(timeoutSeconds: timeoutSeconds) { $0.armedStates >= count }
  }

  /// Ends the robot's world, and waits until it has.
  public func end() {
    guard !isOver.exchange(true, ordering: .relaxed) else { return }
    _ = ended.wait(timeout: .now() + 5)
  }

  private func look(at robot: VirtualRobot) {
    let logic = robot.logic
    accountSoFar.withLock { account in
      account.seconds = Double(robot.stepCount) * robot.stepSeconds
      if account.mode != logic.mode {
        account.changes.append(
          .init(seconds: account.seconds, mode: logic.mode, fault: logic.fault))
      }
      if logic.heardTick != FirmwareLogic.noTick, logic.heardTick != account.heardTick {
        account.heardAtSeconds = account.seconds
      }
      account.heardTick = logic.heardTick
      account.armedStates = robot.armedStateCount
      for effort in logic.efforts where effort != 0 {
        account.effortAtSeconds = account.seconds
        account.greatestEffort = max(account.greatestEffort, Double(abs(effort)))
        if !effort.isFinite || logic.mode != .armed { account.hadForbiddenEffort = true }
      }
      if logic.mode == .armed {
        account.highestPosition = max(account.highestPosition, robot.plantState[0])
      }
    }
  }
}
