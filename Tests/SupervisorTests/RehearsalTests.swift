import Robotics
import Supervisor
import Testing

@Suite("A rehearsal does everything but arm")
struct RehearsalTests {
  @Test("Only heartbeats go out: as many as samples come in; the policy is asked all the same")
  func onlyHeartbeats() throws {
    let double = RobotDouble(robot: pendulum())
    let report = try rehearse(double) { _, _ in 1.5 }
    #expect(double.armedAt.isEmpty && double.sentEfforts.isEmpty)
    #expect(double.heartbeats == report.sampleCount)
    #expect(report.decisionCount == 10)
    #expect(report.largestAsked == [1.5])
    #expect(report.clampedCount == 0 && report.wouldStop == nil && report.stopReason == nil)
    #expect(report.homeAfterSeconds.map { abs($0 - 0.2) < 0.015 } == true)
    #expect(report.isFine(for: double.robot))
  }

  @Test("A policy that asks too much, or for what is no number, is told before it can do harm")
  func badPolicy() throws {
    let greedy = try rehearse(RobotDouble(robot: pendulum())) { _, _ in -7 }
    #expect(greedy.clampedCount == 10)
    #expect(greedy.largestAsked == [7])
    let broken = try rehearse(RobotDouble(robot: pendulum())) { step, _ in step == 4 ? .nan : 0 }
    #expect(broken.wouldStop == .nonFiniteAction(joint: 0))
    #expect(!broken.isFine(for: pendulum()))
  }

  @Test("The policy sees what the sensors say, turns taken off")
  func sees() throws {
    let double = RobotDouble(robot: pendulum(), position: 4 * .pi + 0.01)
    var seen: [Double] = []
    _ = try rehearse(double) { _, state in
      seen.append(state[0])
      return 0
    }
    #expect(seen.count == 10)
    #expect(seen.allSatisfy { abs($0) < 0.011 })
  }

  @Test("A joint that passes half a turn has no jump for a velocity filter to see")
  func passesHalfATurn() throws {
    var robot = pendulum()
    robot.state.velocityCutoffHertz = 15
    var seen: [Double] = []
    let double = RobotDouble(robot: robot, position: 3, velocity: 4)
    _ = try rehearse(double) { _, state in
      seen.append(state[1])
      return 0
    }
    #expect(seen.count == 10)
    #expect(seen.allSatisfy { abs($0) < 20 }, "\(seen)")
  }

  @Test("A robot that swings would be driven home; one that must settle by itself is a finding")
  func notHome() throws {
    let driven = try rehearse(RobotDouble(robot: pendulum(), position: 1)) { _, _ in 0 }
    #expect(driven.homeAfterSeconds == nil)
    #expect(driven.isFine(for: pendulum()))
    var robot = pendulum()
    robot.reset.strategy = .settle
    let settling = try rehearse(RobotDouble(robot: robot, position: 1)) { _, _ in 0 }
    #expect(!settling.isFine(for: robot))
  }

  @Test("A robot that is unplugged ends it")
  func unplugged() throws {
    let double = RobotDouble(robot: pendulum())
    double.faults.disconnectAt = 60
    let report = try rehearse(double) { _, _ in 0 }
    #expect(report.stopReason?.code == "disconnected")
    #expect(!report.isFine(for: double.robot))
  }

  @Test("Its report names every value with its limit and unit")
  func lines() throws {
    let double = RobotDouble(robot: pendulum())
    let report = try rehearse(double) { _, _ in 2 }
    #expect(
      report.lines(for: double.robot) == [
        "\(report.sampleCount) samples came, 0 were lost",
        "the robot stood still at home after 0.2 s",
        "the policy decided 10 times and asked for at most shoulder 2 of 2.5 N m; 0 would have been "
          + "clamped",
      ])
  }

  private func rehearse(
    _ double: RobotDouble, _ policy: @escaping (Int, UnsafeBufferPointer<Double>) -> Double
  ) throws -> RehearsalReport {
    let robot = try SupervisedRobot(
      link: double, robot: double.robot, stopSwitch: StopSwitch())
    try robot.connect()
    return try robot.rehearse(
      TrialPlan(
        policy: ClosurePolicy(policy), robot: double.robot, task: double.robot.tasks[0]))
  }
}
