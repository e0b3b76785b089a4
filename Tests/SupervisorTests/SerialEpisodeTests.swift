import CAllocationCounter
import Foundation
import HardwareIO
import Robotics
import Simulation
import Supervisor
import Synchronization
import Testing

@Suite(
  "Episodes over a pseudo-terminal, with the virtual robot's firmware at the other end", .serialized
)
struct SerialEpisodeTests {
  /// A virtual robot that serves on a thread of its own until the test ends.
  final class Served: Sendable {
    let path: String
    private let isOver = Atomic<Bool>(false)

    init(_ robot: Robot, seed: UInt64 = 1, speed: Double, faults: VirtualRobotFaults = .none) throws
    {
      let server = try VirtualRobotServer(robot: robot, seed: seed, speed: speed, faults: faults)
      path = server.portPath
      nonisolated(unsafe) let moved = server
      let thread = Thread { [self] in moved.run(until: { isOver.load(ordering: .relaxed) }) }
      thread.start()
    }

    func end() { isOver.store(true, ordering: .relaxed) }
  }

  private static let robotFile = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("calibration/pendulum/robot.yaml").path

  private func episodes(
    _ count: Int = 1, speed: Double, faults: VirtualRobotFaults = .none,
    pauseSeconds: Double = 0, policy: () -> any Policy
  ) throws -> [(EpisodeResult, [Sample])] {
    var robot = try Robot(contentsOf: Self.robotFile)
    if speed == 1 {
      // So patient that a busy machine ends no trial, only what a test provokes does.
      robot.link.watchdogSeconds = 0.6
      robot.link.sampleAgeLimitSeconds = 0.5
      robot.link.lossBudget = 25
    }
    let served = try Served(robot, speed: speed, faults: faults)
    defer { served.end() }
    let link = try SerialRobotLink(path: served.path, robot: robot, speed: speed)
    let supervised = try SupervisedRobot(link: link, robot: robot, stopSwitch: StopSwitch())
    defer { supervised.disconnect() }
    try supervised.connect()
    var all: [(EpisodeResult, [Sample])] = []
    for _ in 0..<count {
      var samples: [Sample] = []
      let plan = TrialPlan(policy: policy(), robot: robot, task: robot.tasks[0])
      let result = try supervised.runEpisode(plan) { samples += $0 }
      all.append((result, samples))
      Thread.sleep(forTimeInterval: pauseSeconds)
    }
    return all
  }

  /// Pushes one way and then the other, so that the pendulum swings.
  private static func swing() -> ClosurePolicy {
    ClosurePolicy { step, _ in step % 20 < 10 ? 2 : -2 }
  }

  @Test("Two episodes give the same samples at any speed and after any pause, bit for bit")
  func sameAtAnySpeed() throws {
    let slow = try episodes(2, speed: 4, policy: Self.swing)
    let fast = try episodes(2, speed: 100, pauseSeconds: 0.3, policy: Self.swing)
    for (a, b) in zip(slow, fast) {
      #expect(a.0.outcome.stopReason == nil && b.0.outcome.stopReason == nil)
      #expect(a.1.count == 401)
      let sameCourse = a.1.map(\.state) == b.1.map(\.state)
      let sameCommands = a.1.map(\.sentAction) == b.1.map(\.sentAction)
      #expect(sameCourse && sameCommands)
      #expect(a.0.outcome.lateCommands == 0 && b.0.outcome.lateCommands == 0)
    }
    #expect(slow[1].0.outcome.resetDrove)
  }

  @Test(
    "At the wall's speed an idle machine answers in time, and the samples are those of any speed")
  func wallSpeed() throws {
    let wall = try episodes(1, speed: 1, policy: Self.swing)[0]
    let fast = try episodes(1, speed: 50, policy: Self.swing)[0]
    print("loop at 100 Hz: \(wall.0.outcome.timing)")
    #expect(wall.0.outcome.stopReason == nil)
    #expect(wall.1.count == 401)
    // A machine that is busy with other tests may be late now and then; then only is a sample's
    // course another.
    if wall.0.outcome.lateCommands == 0 && wall.1.allSatisfy({ !$0.flags.contains(.afterLoss) }) {
      let sameCourse = wall.1.map(\.state) == fast.1.map(\.state)
      #expect(sameCourse)
    }
  }

  @Test("From the trial's first decision to its last, the control thread allocates nothing")
  func allocatesNothing() throws {
    let first = Mutex<UInt64>(0)
    let last = Mutex<UInt64>(0)
    let (result, samples) = try episodes(1, speed: 20) {
      CountingPolicy(
        begun: { first.withLock { $0 = allocation_count_of_this_thread() } },
        ended: { last.withLock { $0 = allocation_count_of_this_thread() } })
    }[0]
    #expect(result.outcome.stopReason == nil)
    #expect(samples.count == 401)
    let allocations = last.withLock { $0 } - first.withLock { $0 }
    #expect(allocations == 0)
  }

  /// Swings, and reads the thread's allocation count at its first and its last decision.
  private final class CountingPolicy: Policy {
    private let begun: () -> Void
    private let ended: () -> Void

    init(begun: @escaping () -> Void, ended: @escaping () -> Void) {
      self.begun = begun
      self.ended = ended
    }

    func begin() {}

    func decide(
      step: Int, state: UnsafeBufferPointer<Double>, action: UnsafeMutableBufferPointer<Double>
    ) {
      if step == 0 { begun() }
      action[0] = step % 20 < 10 ? 2 : -2
      if step == 39 { ended() }
    }
  }

  @Test("Corrupted and lost bytes within the budget are survived")
  func noisyLine() throws {
    var faults = VirtualRobotFaults()
    faults.byteCorruption = 0.0002
    let (result, samples) = try episodes(1, speed: 1, faults: faults, policy: Self.swing)[0]
    #expect(result.outcome.stopReason == nil, "\(String(describing: result.outcome.stopReason))")
    #expect(samples.count > 380)
  }

  @Test("A robot that freezes longer than the budget ends the trial, and its watchdog disarms it")
  func frozen() throws {
    var faults = VirtualRobotFaults()
    faults.freeze = .init(tick: 100, seconds: 0.6)
    let (result, samples) = try episodes(1, speed: 1, faults: faults, policy: Self.swing)[0]
    #expect(result.outcome.stopReason?.code == "samples-lost")
    #expect(samples.count >= 95 && samples.count < 110)
    #expect(!result.outcome.machine.state.mayBeArmed)
  }

  @Test(
    "A firmware that restarts in the middle of a trial is noticed, and never silently continued")
  func rebooted() throws {
    var faults = VirtualRobotFaults()
    faults.rebootAtTick = 100
    let (result, samples) = try episodes(1, speed: 1, faults: faults, policy: Self.swing)[0]
    #expect(result.outcome.stopReason?.code == "rebooted")
    #expect(samples.count >= 95 && samples.count <= 101)
  }

  @Test("A robot that dies is noticed within two control periods")
  func died() throws {
    var faults = VirtualRobotFaults()
    faults.dieAtTick = 100
    let began = Date()
    let (result, samples) = try episodes(1, speed: 1, faults: faults, policy: Self.swing)[0]
    #expect(result.outcome.stopReason?.code == "disconnected")
    #expect(samples.count >= 97 && samples.count <= 101)
    #expect(Date().timeIntervalSince(began) < 5)
  }
}
