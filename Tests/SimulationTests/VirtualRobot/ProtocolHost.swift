import FirmwareProtocol
import Robotics
import Simulation

/// The messages in a robot's bytes.
func messages(in bytes: [UInt8]) throws -> [RobotMessage] {
  var found: [RobotMessage] = []
  var failure: (any Error)?
  let decoder = FrameDecoder()
  bytes.withUnsafeBytes { buffer in
    decoder.feed(buffer) { payload in
      do { found.append(try RobotMessage(payload: payload)) } catch { failure = error }
    }
  }
  if let failure { throw failure }
  return found
}

extension FirmwareLogic {
  /// Takes a message as its frame, and gives what the firmware answers.
  @discardableResult
  func take(_ message: HostMessage, at microseconds: UInt64 = 0) throws -> [RobotMessage] {
    message.frame().withUnsafeBytes { receive($0, atMicroseconds: microseconds) }
    return try messages(in: takeOutput())
  }
}

/// A pendulum with a virtual robot, for tests.
func testRobot(
  encoderCounts: Double = 16_384, noise: Double = 0.0005, commandDelaySeconds: Double = 0.002,
  start: [Double] = [0, 0]
) -> Robot {
  let criterion = SuccessCriterion(
    conditions: [.init(joint: 0, target: .pi, tolerance: 0.1)], holdSeconds: 1)
  return Robot(
    name: "test-pendulum",
    joints: [
      Joint(
        name: "pivot", isContinuous: true,
        limits: JointLimits(velocity: 25, effort: 2.5, brakingDeceleration: 5))
    ],
    link: LinkSettings(
      controlRateHertz: 100, watchdogSeconds: 0.1, commandDelaySeconds: commandDelaySeconds),
    virtualRobot: VirtualRobotSettings(
      plant: "pendulum", parameters: [:], stepSeconds: 0.001, encoderCounts: [encoderCounts],
      positionNoise: [noise]),
    tasks: [
      Task(
        name: "swing-up", periodSeconds: 0.1, horizonSeconds: 4, initialState: start,
        initialStateDeviation: [0, 0],
        reward: Reward(distances: [.unitCircle(joint: 0, targetRadians: .pi)], width: 0.5),
        success: criterion, velocityScales: [8], positionScales: [1])
    ])
}

/// The limits that fit the test robot.
func testLimits(
  watchdogMilliseconds: UInt16 = 100, lower: Float = -.infinity, upper: Float = .infinity,
  velocity: Float = 25, effort: Float = 2.5
) -> FirmwareLimits {
  FirmwareLimits(
    watchdogMilliseconds: watchdogMilliseconds,
    joints: [
      .init(positionLower: lower, positionUpper: upper, velocity: velocity, effort: effort)
    ])
}
