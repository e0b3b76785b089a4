import Experiment
import Foundation
import Learner
import Robotics
import Supervisor
import Testing
import TrialStore

@Suite("What would only be found out after the robot has moved is refused before")
struct RunCheckTests {
  private func configuration() throws -> RunConfiguration {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let robot = try Robot(
      contentsOf: package.appendingPathComponent("calibration/pendulum/robot.yaml").path)
    return RunConfiguration(
      robot: robot, robotFileText: "", task: robot.tasks[0], settings: LearningSettings(),
      trialCount: 1, seed: 1)
  }

  /// A reward that isn't a number beyond an angle.
  private struct Root: StepReward {
    let name = "root"
    var limit: Double
    func values(of batch: RewardBatch, into values: UnsafeMutablePointer<Double>) {
      for b in 0..<batch.count { values[b] = (limit - abs(batch.state(0, b))).squareRoot() }
    }
  }

  @Test("The tasks of the folder calibration pass")
  func passes() throws { try configuration().check() }

  @Test("A reward that is NaN somewhere within the limits is told with the state")
  func rewardIsNaN() throws {
    var configuration = try configuration()
    configuration.task.reward = Reward(terms: [.init(.custom(CustomReward(Root(limit: 2))))])
    #expect {
      try configuration.check()
    } throws: {
      let text = "\($0)"
      return text.hasPrefix(
        "the reward of task 'swing-up' is NaN where the state is shoulder at ")
        && text.contains(" rad/s; a reward must be a finite number everywhere")
    }
  }

  @Test("A reward that is NaN where nobody looked is told with the trial, which is kept")
  func rewardIsNaNInTrial() throws {
    var configuration = try configuration()
    // Some seeds of the check try no speed below 0.3 rad/s; a swing has many.
    struct Late: StepReward {
      let name = "late"
      func values(of batch: RewardBatch, into values: UnsafeMutablePointer<Double>) {
        for b in 0..<batch.count {
          let isTried = batch.state(1, b) == 0 || abs(batch.state(1, b)) > 0.3
          values[b] = isTried ? 0 : .nan
        }
      }
    }
    configuration.task.reward = Reward(terms: [.init(.custom(CustomReward(Late())))])
    configuration.seed = try #require(
      (1...100).first { seed in
        configuration.seed = seed
        return (try? configuration.check()) != nil
      })
    print("seed \(configuration.seed)")
    let path = NSTemporaryDirectory() + "handful-nan-\(UUID().uuidString).sqlite"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let store = try TrialStore.create(
      at: path, experiment: configuration.experimentRecord(version: "test"))
    let world = try LockstepWorld(robot: configuration.robot, seed: 1)
    let stopSwitch = StopSwitch()
    let robot = try SupervisedRobot(
      link: world.makeLink(), robot: configuration.robot, stopSwitch: stopSwitch)
    defer { robot.disconnect() }
    try robot.connect()
    #expect {
      _ = try LearningRun(
        configuration: configuration, store: store, robot: robot, stopSwitch: stopSwitch,
        observe: { _ in }
      ).run()
    } throws: {
      "\($0)".hasPrefix("the reward of task 'swing-up' is NaN in trial 1, where the state is ")
    }
    #expect(try store.trial(1).samples.count == 401)
    try store.close()
  }

  @Test("A horizon of zero is refused with what to change")
  func emptyHorizon() throws {
    var configuration = try configuration()
    configuration.task.horizonSeconds = 0
    #expect {
      try configuration.check()
    } throws: {
      "\($0)".contains("horizon of 0.0 s") && "\($0)".contains("at least one period")
    }
  }

  @Test("A policy for another robot is refused")
  func otherPolicy() throws {
    var configuration = try configuration()
    var other = configuration.robot
    other.name = "arm"
    configuration.policy = PolicyParameters(kind: .linear, robot: other, task: other.tasks[0])
    #expect(throws: LearnerError.policyForAnotherRobot(policy: "arm", robot: "pendulum")) {
      try configuration.check()
    }
  }
}
