import Foundation
import Robotics
import Supervisor
import Testing

@Suite("A key that must be held while the actuators are on")
struct DeadManTests {
  @Test("One press is not a held key; two in a row are; a pause lets go")
  func holding() {
    let key = DeadManSwitch(windowSeconds: 0.2)
    #expect(!key.isHeld)
    key.press()
    #expect(!key.isHeld)
    key.press()
    #expect(key.isHeld)
    Thread.sleep(forTimeInterval: 0.25)
    #expect(!key.isHeld)
    key.press()
    #expect(!key.isHeld)
  }

  @Test("Without the key nothing turns on: heartbeats only, and an end when the time is up")
  func neverHeld() throws {
    let key = DeadManSwitch()
    let double = RobotDouble(robot: pendulum())
    double.onTick = { tick in if tick == 10 { key.press() } }
    let (result, samples) = try run(double, key)
    #expect(result.outcome.stopReason?.code == "not-confirmed")
    #expect(double.armedAt.isEmpty && double.sentEfforts.isEmpty && samples.isEmpty)
    #expect(double.heartbeats > 1000)
  }

  @Test("A key that is held lets the trial run; the key may come late")
  func held() throws {
    let key = DeadManSwitch()
    let double = RobotDouble(robot: pendulum())
    double.onTick = { tick in if tick >= 200 { key.press() } }
    let (result, samples) = try run(double, key)
    #expect(result.outcome.stopReason == nil)
    #expect(double.armedAt.first.map { $0 >= 200 && $0 <= 203 } == true)
    #expect(samples.count == 101)
  }

  @Test("A key that is let go stops the robot once the window is over, actuators off")
  func released() throws {
    let key = DeadManSwitch(windowSeconds: 0.2)
    let double = RobotDouble(robot: pendulum())
    double.onTick = { tick in
      if tick < 200 { key.press() } else { usleep(200) }
    }
    let (result, samples) = try run(double, key, decisions: 500)
    #expect(result.outcome.stopReason == .deadManReleased(windowSeconds: 0.2))
    #expect(result.outcome.machine.state == .settled)
    #expect(double.mode == .disarmed)
    #expect(samples.count > 100 && samples.count < 4000)
    #expect(
      result.outcome.stopReason?.trialEnd(for: double.robot)
        == .interrupted(
          reason:
            "the dead-man's key was let go: no key came for 0.2 s; hold a key down while the robot's "
            + "actuators are on"))
  }

  private func run(
    _ double: RobotDouble, _ key: DeadManSwitch, decisions: Int? = nil
  ) throws -> (EpisodeResult, [Sample]) {
    let robot = try SupervisedRobot(
      link: double, robot: double.robot, stopSwitch: StopSwitch(),
      controls: OperatorControls(deadMan: key))
    try robot.connect()
    var samples: [Sample] = []
    let plan = TrialPlan(
      policy: ClosurePolicy { _, _ in 0 }, robot: double.robot, task: double.robot.tasks[0],
      decisionCount: decisions)
    let result = try robot.runEpisode(plan) { samples += $0 }
    return (result, samples)
  }
}
