import HardwareIO
import Robotics

/// A cart-pole: a driven slide and a limp hinge.
func cartPole(rateHertz: Double = 200) -> Robot {
  Robot(
    name: "double-cart-pole",
    joints: [
      Joint(
        name: "cart", kind: .prismatic,
        limits: JointLimits(
          positionLower: -0.3, positionUpper: 0.31, velocity: 2.1, effort: 9.7,
          brakingDeceleration: 3)),
      Joint(
        name: "pole", isActuated: false, isContinuous: true,
        limits: JointLimits(velocity: 25, effort: 0, brakingDeceleration: 1)),
    ],
    link: LinkSettings(
      baud: 460_800, controlRateHertz: rateHertz, watchdogSeconds: 0.08,
      commandDelaySeconds: 0.0025))
}

/// Patience that suits a robot in the same process.
let shortPatience = SerialRobotLink.Patience(
  helloSeconds: 2, helloIntervalSeconds: 0.05, answerSeconds: 0.2, attempts: 2, stopSeconds: 0.2)

/// A firmware double, with a link that isn't checked yet.
func doubleAndLink(
  _ robot: Robot, patience: SerialRobotLink.Patience = shortPatience, keepsMessages: Bool = true,
  _ change: (inout FirmwareDouble.Behaviour) -> Void = { _ in }
) throws -> (FirmwareDouble, SerialRobotLink) {
  var behaviour = FirmwareDouble.Behaviour(robot: robot)
  change(&behaviour)
  let double = try FirmwareDouble(behaviour, keepsMessages: keepsMessages)
  return (double, try SerialRobotLink(path: double.path, robot: robot, patience: patience))
}
