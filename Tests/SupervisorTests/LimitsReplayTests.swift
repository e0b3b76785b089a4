import Foundation
import Robotics
import Supervisor
import Testing

@Suite("Today's limits against an old log")
struct LimitsReplayTests {
  /// A trial of the double, logged by the supervisor itself under the limits that it had.
  private func logged(_ effort: Double = 2) throws -> Trial {
    try RobotDouble(robot: pendulum()).loggedTrial(
      number: 7, policy: ClosurePolicy { step, _ in step % 2 == 0 ? effort : -effort })
  }

  @Test("Under the limits that it was logged with, nothing is stopped and nothing changed")
  func same() throws {
    let verdict = LimitsReplay.judge(try logged(), robot: pendulum())
    #expect(verdict.sampleCount == 101 && verdict.trial == 7)
    #expect(verdict.stops.isEmpty && verdict.clamps.isEmpty && verdict.changedCount == 0)
  }

  @Test("A lower velocity limit names the joint, the first time past it, and how often")
  func velocity() throws {
    let trial = try logged()
    let fastest = trial.samples.map { abs($0.velocities[0]) }.max() ?? 0
    let limit = 0.5 * fastest
    let past = trial.samples.indices.filter { abs(trial.samples[$0].velocities[0]) > limit }
    let verdict = LimitsReplay.judge(trial, robot: pendulum(velocityLimit: limit))
    let stop = try #require(verdict.stops.first { $0.rule == "velocity-limit" })
    #expect(stop.joint == "shoulder" && stop.unit == "rad/s" && stop.limit == limit)
    #expect(stop.count == past.count)
    #expect(stop.firstSample == past[0])
    #expect(stop.firstSeconds == trial.samples[past[0]].robotTimeSeconds)
    #expect(stop.value == trial.samples[past[0]].velocities[0])
    #expect(stop.sentence.contains("velocity_limit"))
  }

  @Test("A lower effort limit stops nothing; it says how many efforts it would have changed")
  func effort() throws {
    let trial = try logged()
    var robot = pendulum()
    robot.joints[0].limits.effort = 1.5
    let verdict = LimitsReplay.judge(trial, robot: robot)
    #expect(verdict.stops.isEmpty)
    // Each of the hundred answers asked for 2 N m; the last sample has none.
    #expect(verdict.changedCount == 100)
    let clamp = try #require(verdict.clamps.first)
    #expect(clamp.count == 100 && clamp.rule == "effort-limit" && clamp.allowed.magnitude == 1.5)
  }

  @Test("A smaller loss budget finds the samples that are missing in the log")
  func loss() throws {
    var trial = try logged()
    trial.samples.removeSubrange(40..<42)
    var robot = pendulum()
    #expect(LimitsReplay.judge(trial, robot: robot).stops.isEmpty)
    robot.link.lossBudget = 1
    let stop = try #require(LimitsReplay.judge(trial, robot: robot).stops.first)
    #expect(stop.rule == "samples-lost" && stop.firstSample == 40 && stop.count == 1)
    #expect(stop.value == 2 && stop.limit == 1)
  }

  @Test(
    "An effort that the port refused then changes nothing, and the next is judged by the one before"
  )
  func notSent() throws {
    var trial = try logged()
    // Asked for at sample 50, refused; what was sent at 49 stayed.
    trial.samples[50].flags.insert(.notSent)
    trial.samples[50].sentAction = trial.samples[49].sentAction
    let verdict = LimitsReplay.judge(trial, robot: pendulum())
    #expect(trial.samples[50].askedAction != trial.samples[50].sentAction)
    #expect(verdict.changedCount == 0 && verdict.clamps.isEmpty && verdict.stops.isEmpty)
  }

  @Test("An action that is not a number is found at its sample")
  func notANumber() throws {
    var trial = try logged()
    trial.samples[33].askedAction = [.nan]
    let stop = try #require(LimitsReplay.judge(trial, robot: pendulum()).stops.first)
    #expect(stop.rule == "non-finite-action" && stop.firstSample == 33)
  }
}
