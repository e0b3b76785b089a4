import Foundation
import Robotics
import Testing

@Suite struct PendulumFileTests {
  let robot: Robot

  init() throws {
    robot = try Robot(contentsOf: PackagePaths.calibration("pendulum/robot.yaml"))
  }

  @Test("The pendulum's joint turns without end and has the limits of its file, in SI units")
  func joint() {
    #expect(robot.name == "pendulum")
    #expect(
      robot.joints == [
        Joint(
          name: "shoulder", kind: .revolute, isActuated: true, isContinuous: true,
          limits: JointLimits(velocity: 25, effort: 2.5, brakingDeceleration: 5),
          stopBehaviour: .limp)
      ])
    #expect(robot.stateDimensions == 2)
    #expect(robot.actionLimits == [2.5])
  }

  @Test("The pendulum's link times are in seconds, to the last bit")
  func link() {
    #expect(robot.link == LinkSettings(sampleAgeLimitSeconds: 0.05, lossBudget: 4))
  }

  @Test("The pendulum's reset, virtual robot, prior and recording are those of its file")
  func sections() {
    #expect(robot.reset.positionTolerances == [2 * Double.pi / 180])
    #expect(robot.reset.velocityTolerances == [0.05])
    #expect(robot.reset.effortLimits == [1])
    #expect(robot.virtualRobot?.plant == "pendulum")
    #expect(
      robot.virtualRobot?.parameters == [
        "mass": 1, "length": 1, "damping": 0.01, "friction": 0, "gravity": 9.82,
      ])
    #expect(robot.virtualRobot?.encoderCounts == [16384])
    #expect(robot.virtualRobot?.positionNoise == [0.0005])
    #expect(
      robot.prior?.parameters.first
        == PriorParameter(name: "mass", unit: "kg", nominal: 1, lower: 0.4, upper: 2))
    #expect(
      robot.prior?.parameters.last
        == PriorParameter(
          name: "gravity", unit: "m/s^2", nominal: 9.82, lower: 9.82, upper: 9.82,
          isTunable: false))
    #expect(
      robot.recording?.joints == [
        RecordingColumns.JointColumns(
          position: "position_rad", velocity: "velocity_rad_per_s", effort: "torque_Nm")
      ])
  }

  @Test("The pendulum's swing-up is the literature's: 40 decisions, width 0.5, 10 degrees for 1 s")
  func task() throws {
    let task = try #require(robot.task(named: "swing-up"))
    #expect(task.stepCount == 40)
    #expect(
      task.reward == Reward(distances: [.unitCircle(joint: 0, targetRadians: .pi)], width: 0.5))
    #expect(
      task.success
        == SuccessCriterion(
          conditions: [.init(joint: 0, target: .pi, tolerance: .pi / 18, isContinuous: true)],
          holdSeconds: 1))
    #expect(task.velocityScales == [8])
  }
}
