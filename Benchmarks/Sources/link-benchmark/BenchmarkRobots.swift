import Foundation
import Robotics
import Simulation

/// The robots that are measured, and a policy for them.
enum BenchmarkRobots {
  /// A pendulum whose control loop runs at 1 kHz.
  static let fastPendulum: Robot = {
    var robot = still(joints: 1, rateHertz: 1000, baud: 460_800, commandDelaySeconds: 0.0009)
    robot.virtualRobot = VirtualRobotSettings(
      plant: "pendulum",
      parameters: ["mass": 1, "length": 1, "damping": 0.01, "friction": 0, "gravity": 9.82],
      stepSeconds: 0.001, encoderCounts: [16_384], positionNoise: [0])
    return robot
  }()

  /// A robot of so many motors, forgiving enough that a busy machine doesn't end a measurement: what
  /// is lost or late is counted, not acted on.
  static func still(
    joints count: Int, rateHertz: Double, baud: Int, commandDelaySeconds: Double
  ) -> Robot {
    let ones = Array(repeating: 1.0, count: count)
    return Robot(
      name: "benchmark",
      joints: (0..<count).map { index in
        Joint(
          name: "joint\(index)", isContinuous: true,
          limits: JointLimits(
            positionLower: -3, positionUpper: 3, velocity: 30, effort: 2.5,
            brakingDeceleration: 1e6))
      },
      link: LinkSettings(
        baud: baud, controlRateHertz: rateHertz, watchdogSeconds: 1,
        commandDelaySeconds: commandDelaySeconds, sampleAgeLimitSeconds: 1,
        lossBudget: Int(rateHertz)),
      reset: ResetSettings(
        homePositions: ones.map { _ in 0 }, positionTolerances: ones.map { _ in 0.1 },
        velocityTolerances: ones.map { _ in 0.5 }, holdSeconds: 0.2, patienceSeconds: 5,
        timeLimitSeconds: 20, effortLimits: ones, proportionalGains: ones, derivativeGains: ones),
      tasks: [
        Task(
          name: "hold", periodSeconds: 1 / rateHertz, horizonSeconds: 1,
          initialState: Array(repeating: 0, count: 2 * count),
          initialStateDeviation: Array(repeating: 0, count: 2 * count),
          reward: Reward(distances: [.unitCircle(joint: 0, targetRadians: 0)], width: 0.5),
          success: SuccessCriterion(conditions: [], holdSeconds: 1),
          velocityScales: Array(repeating: 8, count: count), positionScales: ones)
      ])
  }
}

/// A policy that asks for a little of everything, each decision something else.
final class WavePolicy: Policy {
  func begin() {}

  func decide(
    step: Int, state: UnsafeBufferPointer<Double>, action: UnsafeMutableBufferPointer<Double>
  ) {
    for index in action.indices { action[index] = 0.02 * sin(0.01 * Double(step + index)) }
  }
}

/// A virtual robot in a process of its own: this program, started again.
final class RobotProcess {
  static let argument = "robot"
  let path: String
  private let process = Process()

  init() throws {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [Self.argument]
    process.standardOutput = output
    try process.run()
    let line = output.fileHandleForReading.availableData
    path = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func end() {
    process.terminate()
    process.waitUntilExit()
  }

  /// The robot's side.
  static func serve() throws {
    let server = try VirtualRobotServer(robot: BenchmarkRobots.fastPendulum, seed: 1, speed: 1)
    say(server.portPath)
    server.run(until: { false })
  }
}
