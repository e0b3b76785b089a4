import Robotics

/// A pendulum's description for the tests.
func pendulum(
  isContinuous: Bool = true, range: ClosedRange<Double> = -2...2, velocityLimit: Double = 25,
  stop: Joint.StopBehaviour = .limp
) -> Robot {
  Robot(
    name: "pendulum",
    joints: [
      Joint(
        name: "shoulder", isContinuous: isContinuous,
        limits: JointLimits(
          positionLower: isContinuous ? -.infinity : range.lowerBound,
          positionUpper: isContinuous ? .infinity : range.upperBound, velocity: velocityLimit,
          effort: 2.5, brakingDeceleration: 5), stopBehaviour: stop)
    ],
    reset: ResetSettings(
      homePositions: [0], positionTolerances: [0.035], velocityTolerances: [0.05],
      holdSeconds: 0.2, patienceSeconds: 1, timeLimitSeconds: 20, effortLimits: [1],
      proportionalGains: [2], derivativeGains: [1]),
    tasks: [
      Task(
        name: "swing-up", periodSeconds: 0.1, horizonSeconds: 1, initialState: [0, 0],
        initialStateDeviation: [0, 0],
        reward: Reward(
          distances: [.unitCircle(joint: 0, targetRadians: .pi)], width: 0.5),
        success: SuccessCriterion(conditions: [], holdSeconds: 1), velocityScales: [8],
        positionScales: [1])
    ])
}
