import Experiment
import Foundation
import HardwareIO
import Learner
import Robotics
import Supervisor
import Testing

@Suite("A robot whose time passes only while its host waits")
struct LockstepWorldTests {
  private func robot(_ name: String) throws -> Robot {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try Robot(
      contentsOf: package.appendingPathComponent("calibration/\(name)/robot.yaml").path)
  }

  private func trial(
    _ robot: Robot, task: Robotics.Task, seed: UInt64, between: () -> Void = {}
  ) throws -> [Sample] {
    let world = try LockstepWorld(robot: robot, seed: seed)
    let supervised = try SupervisedRobot(
      link: world.makeLink(), robot: robot, stopSwitch: StopSwitch())
    defer { supervised.disconnect() }
    try supervised.connect()
    var samples: [Sample] = []
    for round in 0..<2 {
      let policy = RandomPolicy(actionLimits: robot.actionLimits, seed: seed &+ UInt64(round))
      let result = try supervised.runEpisode(
        TrialPlan(policy: policy, robot: robot, task: task)
      ) { samples += $0 }
      #expect(result.outcome.stopReason == nil)
      between()
    }
    return samples
  }

  @Test("A trial takes far less than its time, and the same seed gives the same samples")
  func quickAndSeeded() throws {
    let robot = try robot("pendulum")
    let task = robot.tasks[0]
    let began = ContinuousClock.now
    let samples = try trial(robot, task: task, seed: 3)
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    #expect(samples.count == 2 * 401)
    // Two trials of 4 s and their resets of about 10 s.
    #expect(seconds < 4, "took \(seconds) s")
    // What a host does between trials, however long it takes, is nothing to the robot.
    let again = try trial(robot, task: task, seed: 3, between: { usleep(200_000) })
    #expect(again.map(\.positions) == samples.map(\.positions))
    #expect(again.map(\.velocities) == samples.map(\.velocities))
    let other = try trial(robot, task: task, seed: 4)
    #expect(other.map(\.positions) != samples.map(\.positions))
  }

  @Test(
    "Wherever random actions leave a robot, its reset brings it home in half of its time",
    arguments: [
      "pendulum", "mountain-car", "planar-arm-2", "planar-arm-3", "planar-arm-4", "planar-arm-5",
    ])
  func comesHome(_ name: String) throws {
    let robot = try robot(name)
    let world = try LockstepWorld(robot: robot, seed: 2)
    let supervised = try SupervisedRobot(
      link: world.makeLink(), robot: robot, stopSwitch: StopSwitch())
    defer { supervised.disconnect() }
    try supervised.connect()
    for seed: UInt64 in 1...3 {
      let policy = RandomPolicy(actionLimits: robot.actionLimits, seed: seed)
      let result = try supervised.runEpisode(
        TrialPlan(policy: policy, robot: robot, task: robot.tasks[0])
      ) { _ in }
      #expect(result.outcome.stopReason == nil)
      #expect(result.outcome.resetSeconds < robot.reset.timeLimitSeconds / 2)
    }
  }

  @Test("A host that falls silent finds its robot stopped by the watchdog")
  func silentHost() throws {
    let robot = try robot("pendulum")
    let world = try LockstepWorld(robot: robot, seed: 1)
    let link = world.makeLink()
    _ = try link.check(robot: robot)
    try link.startStream()
    let sample = LinkSample(jointCount: 1)
    try #require(link.receive(into: sample, timeoutNanoseconds: 1_000_000_000) == .sample)
    _ = link.sendHeartbeat()
    _ = link.sendArm()
    var wasArmed = false
    var modes: [String] = []
    for _ in 0..<100 {
      guard link.receive(into: sample, timeoutNanoseconds: 2_000_000_000) == .sample else {
        continue
      }
      if sample.mode == .armed { wasArmed = true }
      if modes.last != "\(sample.mode)" { modes.append("\(sample.mode)") }
      if !wasArmed { _ = link.sendHeartbeat() }
    }
    #expect(
      modes == ["disarmed", "armed", "faulted"] || modes == ["armed", "faulted"], "\(modes)")
    #expect(sample.fault == .watchdog)
    link.stop()
  }

  @Test("A description without a virtual robot is refused with what to add")
  func noVirtualRobot() throws {
    var robot = try robot("pendulum")
    robot.virtualRobot = nil
    #expect(throws: ExperimentError.noVirtualRobot(robot: "pendulum")) {
      try LockstepWorld(robot: robot, seed: 1)
    }
  }
}
