import LinearAlgebra
import Robotics

/// Descriptions of robots that the soak's episodes run on: light, quick to come to rest, and different
/// with every seed.
enum SoakRobots {
  static func random(_ random: inout RandomStream) -> Robot {
    let rate = [50.0, 100, 100, 200, 500][Int(random.nextUniform() * 5)]
    let period = 1 / rate
    let budget = 1 + Int(random.nextUniform() * 4)
    let watchdog =
      ((Double(budget + 1) + random.nextUniform(in: 0.5, 6)) * period * 1000)
      .rounded(.up) / 1000
    var robot =
      random.nextUniform() < 0.25
      ? cartPole(&random) : pendulum(&random, isContinuous: random.nextUniform() < 0.5)
    robot.link = LinkSettings(
      controlRateHertz: rate, watchdogSeconds: watchdog,
      commandDelaySeconds: random.nextUniform(in: 0.3, 0.9) * period,
      sampleAgeLimitSeconds: random.nextUniform(in: 1.5, 5) * period, lossBudget: budget)
    robot.virtualRobot?.stepSeconds = min(period / 4, 0.0051)
    let rateLimit =
      random.nextUniform() < 0.5 ? Double.infinity : random.nextUniform(in: 2, 40) / period / 10
    for joint in robot.joints.indices {
      robot.joints[joint].limits.effortRate = robot.joints[joint].limits.effort * rateLimit
    }
    addStrategy(to: &robot, &random)
    addLimits(to: &robot, &random)
    let ticksPerDecision = 2 + Int(random.nextUniform() * 5)
    let decisions = 4 + Int(random.nextUniform() * 7)
    robot.tasks[0].periodSeconds = Double(ticksPerDecision) * period
    robot.tasks[0].horizonSeconds = Double(ticksPerDecision * decisions) * period
    return robot
  }

  /// A way to come home. A cart comes to no place by itself, so that it must be driven.
  private static func addStrategy(to robot: inout Robot, _ random: inout RandomStream) {
    let isPendulum = robot.joints.count == 1
    let chance = random.nextUniform()
    switch chance {
    case ..<0.2:
      robot.reset.strategy = .trajectory
      // Gently with a cart: its pole has nothing to come to rest by.
      let reach = isPendulum ? 0.2 : 0.03
      robot.reset.waypoints = [0.4, 0.8].map { at in
        ResetSettings.Waypoint(
          atSeconds: at,
          positions: robot.joints.map { $0.isActuated ? random.nextUniform(in: -reach, reach) : 0 })
      }
      robot.reset.timeLimitSeconds = 6
    case ..<0.4 where isPendulum:
      robot.reset.strategy = chance < 0.3 ? .settle : .operator
      robot.reset.timeLimitSeconds = 8
      robot.virtualRobot?.parameters["damping"] = 0.5
    default: break
    }
  }

  /// Limits beyond those of the joints, on some robots.
  private static func addLimits(to robot: inout Robot, _ random: inout RandomStream) {
    let motor = robot.actuatedJoints[0]
    let limits = robot.joints[motor].limits
    if random.nextUniform() < 0.3 {
      robot.joints[motor].limits.softVelocity = 0.8 * limits.velocity
      if limits.positionUpper.isFinite {
        robot.joints[motor].limits.softPositionLower = 0.85 * limits.positionLower
        robot.joints[motor].limits.softPositionUpper = 0.85 * limits.positionUpper
      }
    }
    if random.nextUniform() < 0.4 { robot.joints[motor].limits.motor = SimulatedMotors.limits }
    var safety = SafetySettings()
    if random.nextUniform() < 0.2 { safety.energyJoules = GradedLimit(soft: 20, hard: 30) }
    if random.nextUniform() < 0.2, robot.joints.count == 1, limits.positionUpper.isFinite {
      safety.tipBox = TipBox(
        chain: TipChain(joints: [0], lengthsMetres: [1]),
        lower: TipPlace(xMetres: -0.92, yMetres: -1.1), upper: TipPlace(xMetres: 0.92, yMetres: 0),
        marginMetres: 0.02)
    }
    if safety != SafetySettings() { robot.safety = safety }
  }

  private static func pendulum(_ random: inout RandomStream, isContinuous: Bool) -> Robot {
    let stops: [Joint.StopBehaviour] = isContinuous ? [.limp, .brake, .hold] : [.brake, .hold]
    return Robot(
      name: "soak-pendulum",
      joints: [
        Joint(
          name: "shoulder", isContinuous: isContinuous,
          limits: JointLimits(
            positionLower: isContinuous ? -.infinity : -1.2,
            positionUpper: isContinuous ? .infinity : 1.2,
            velocity: random.nextUniform(in: 8, 25), effort: 2.5, brakingDeceleration: 6),
          stopBehaviour: stops[Int(random.nextUniform() * Double(stops.count))])
      ],
      reset: ResetSettings(
        homePositions: [0], positionTolerances: [0.1], velocityTolerances: [0.2],
        holdSeconds: 0.04, patienceSeconds: 0.1, timeLimitSeconds: 4, effortLimits: [2],
        proportionalGains: [2], derivativeGains: [0.8]),
      virtualRobot: VirtualRobotSettings(
        plant: "pendulum",
        parameters: [
          "mass": random.nextUniform(in: 0.25, 0.35), "length": 1, "damping": 0.1, "friction": 0,
          "gravity": 9.82,
        ], stepSeconds: 0.001, encoderCounts: [0], positionNoise: [0.0002]),
      tasks: [task(joints: 1)])
  }

  private static func cartPole(_ random: inout RandomStream) -> Robot {
    let stop: Joint.StopBehaviour = random.nextUniform() < 0.5 ? .brake : .hold
    return Robot(
      name: "soak-cart",
      joints: [
        Joint(
          name: "cart", kind: .prismatic,
          limits: JointLimits(
            positionLower: -0.6, positionUpper: 0.6, velocity: 4, effort: 10,
            brakingDeceleration: 4), stopBehaviour: stop),
        Joint(
          name: "pole", isActuated: false, isContinuous: true,
          limits: JointLimits(velocity: 30, effort: 0, brakingDeceleration: 1)),
      ],
      reset: ResetSettings(
        homePositions: [0, 0], positionTolerances: [0.2, 0.7], velocityTolerances: [0.5, 3],
        holdSeconds: 0.04, patienceSeconds: 0.1, timeLimitSeconds: 4, effortLimits: [8, 0],
        proportionalGains: [20, 0], derivativeGains: [8, 0]),
      virtualRobot: VirtualRobotSettings(
        plant: "cart-pole",
        parameters: [
          "cart_mass": 0.5, "pole_mass": 0.1, "length": 0.5, "damping": 2, "gravity": 9.82,
        ], stepSeconds: 0.001, encoderCounts: [0, 0], positionNoise: [0.0001, 0.0002]),
      tasks: [task(joints: 2)])
  }

  private static func task(joints: Int) -> Task {
    Task(
      name: "soak", periodSeconds: 0.1, horizonSeconds: 1,
      initialState: Array(repeating: 0, count: 2 * joints),
      initialStateDeviation: Array(repeating: 0, count: 2 * joints),
      reward: Reward(
        distances: [.unitCircle(joint: joints - 1, targetRadians: .pi)], width: 0.5),
      success: SuccessCriterion(conditions: [], holdSeconds: 1),
      velocityScales: Array(repeating: 8, count: joints),
      positionScales: Array(repeating: 1, count: joints))
  }
}

/// A policy that asks for random efforts, and for worse when its schedule says so.
final class SoakPolicy: Policy {
  private var random: RandomStream
  private let amplitudes: [Double]
  private let nanDecision: Int?
  private(set) var hasAskedForNaN = false
  /// Whether the trial has begun.
  private(set) var hasBegun = false

  init(robot: Robot, schedule: FaultSchedule, random: RandomStream) {
    self.random = random
    // A tame policy moves no joint near any limit in a trial's time.
    amplitudes = robot.actionLimits.map {
      schedule.isPolicyWild ? 5 * $0 : min(0.2 * $0, 0.8)
    }
    nanDecision = schedule.policyNaNAtDecision
  }

  func begin() { hasBegun = true }

  func decide(
    step: Int, state: UnsafeBufferPointer<Double>, action: UnsafeMutableBufferPointer<Double>
  ) {
    for index in action.indices {
      action[index] = amplitudes[index] * random.nextUniform(in: -1, 1)
    }
    if step == nanDecision {
      hasAskedForNaN = true
      action[0] = [Double.nan, .infinity, -.infinity][Int(random.nextUniform() * 3)]
    }
  }
}
