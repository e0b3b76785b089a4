import LinearAlgebra
import Robotics

/// The joints' encoders, and the velocities that a firmware reckons from them.
///
/// A position is the plant's, rounded to the encoder's counts; noise is added to what is reported
/// only. A velocity is the slope, at the newest reading, of the parabola that fits the readings of
/// the last two control periods best (least squares; Savitzky & Golay 1964 at the end point). Unlike
/// a difference over a period it doesn't lag while the joint accelerates evenly; its error is that of
/// the encoder's steps. It is exactly zero while the encoder stands still.
struct JointSensors {
  /// The encoder's steps (rad or m), in joint order; zero for none.
  private let stepSizes: [Double]
  private let noise: [Double]
  private let velocityNoise: [Double]
  private let seed: UInt64
  /// The slope's weight of the reading that many steps ago; index 0 is the newest.
  private let weights: [Double]
  /// The last readings of each joint, a ring a joint.
  private(set) var readings: [[Double]]
  private(set) var newest = 0
  /// Whether a joint's position is reported within one turn, from −π to π.
  private let wraps: [Bool]
  /// Joints whose encoders stand still.
  private var stuck: Set<Int> = []

  /// The positions to report (rad or m).
  private(set) var positions: [Float]
  /// The velocities to report (rad/s or m/s).
  private(set) var velocities: [Float]

  init(
    robot: Robot, settings: VirtualRobotSettings, seed: UInt64, stepSeconds: Double,
    stepsPerPeriod: Int, wrapsPositions: Bool = false
  ) {
    let count = robot.joints.count
    wraps = robot.joints.map { wrapsPositions && $0.kind == .revolute }
    stepSizes = (0..<count).map { joint in
      guard joint < settings.encoderCounts.count, settings.encoderCounts[joint] > 0 else {
        return 0
      }
      let range = robot.joints[joint].kind == .revolute ? 2 * Double.pi : 1
      return range / settings.encoderCounts[joint]
    }
    noise = (0..<count).map { joint in
      joint < settings.positionNoise.count ? settings.positionNoise[joint] : 0
    }
    velocityNoise = (0..<count).map { joint in
      joint < settings.velocityNoise.count ? settings.velocityNoise[joint] : 0
    }
    self.seed = seed
    let span = min(max(2 * stepsPerPeriod, 8), 200)
    weights = JointSensors.slopeWeights(span: span, stepSeconds: stepSeconds)
    readings = Array(repeating: Array(repeating: 0, count: span + 1), count: count)
    positions = Array(repeating: 0, count: count)
    velocities = positions
  }

  /// Reads the encoders as if they had stood still until now.
  mutating func reset(plantState: [Double]) {
    for joint in readings.indices {
      let reading = rounded(plantState[joint], joint)
      for i in readings[joint].indices { readings[joint][i] = reading }
    }
  }

  /// Reads the encoders once an integration step.
  mutating func read(plantState: [Double]) {
    let next = newest + 1 == weights.count ? 0 : newest + 1
    for joint in readings.indices {
      readings[joint][next] =
        stuck.contains(joint) ? readings[joint][newest] : rounded(plantState[joint], joint)
    }
    newest = next
  }

  /// Whether a world's readings are those of such sensors.
  func accepts(_ world: VirtualWorld) -> Bool {
    world.sensorReadings.map(\.count) == readings.map(\.count)
      && readings.allSatisfy { $0.indices.contains(world.newestReading) }
  }

  /// Takes over the readings of a world that ``accepts(_:)`` found fit.
  mutating func restore(_ world: VirtualWorld) {
    readings = world.sensorReadings
    newest = world.newestReading
  }

  /// Lets an encoder stand still for good.
  mutating func stick(joint: Int) { stuck.insert(joint) }

  /// Makes what the state of that tick reports. The noise depends on the seed, on how often
  /// the robot was armed, and on the tick alone.
  mutating func measure(arming: UInt64, tick: UInt32, glitch: VirtualRobotFaults.Glitch?) {
    var random = RandomStream(seed: seed, path: [arming, UInt64(tick)])
    for joint in positions.indices {
      let reading = readings[joint][newest]
      var slope = 0.0
      for age in weights.indices {
        let index = newest >= age ? newest - age : newest - age + weights.count
        slope += weights[age] * (readings[joint][index] - reading)
      }
      var position = reading
      if noise[joint] > 0 {
        let error = noise[joint] * random.nextGaussian()
        // What stands still shows no noise either.
        if !stuck.contains(joint) { position += error }
      }
      if velocityNoise[joint] > 0 {
        let error = velocityNoise[joint] * random.nextGaussian()
        if !stuck.contains(joint) { slope += error }
      }
      if let glitch, glitch.joint == joint { position += glitch.jump }
      if wraps[joint] { position = position.remainder(dividingBy: 2 * .pi) }
      positions[joint] = Float(position)
      velocities[joint] = Float(slope)
    }
  }

  private func rounded(_ position: Double, _ joint: Int) -> Double {
    let size = stepSizes[joint]
    return size > 0 ? (position / size).rounded() * size : position
  }

  /// The weights of readings 0 … span steps ago in the slope at the newest of their least-squares
  /// parabola: row 1 of (AᵀA)⁻¹Aᵀ with rows (1, t, t²) of A, at t = 0.
  private static func slopeWeights(span: Int, stepSeconds: Double) -> [Double] {
    // In units of steps; the sums of powers of 0 … span.
    let times = (0...span).map { -Double($0) }
    func sum(_ power: Int) -> Double {
      times.reduce(0) { total, time in
        total + (0..<power).reduce(1.0) { product, _ in product * time }
      }
    }
    let (s0, s1, s2, s3, s4) = (sum(0), sum(1), sum(2), sum(3), sum(4))
    // Cramer's rule for row 1 of the inverse of the symmetric matrix of sums.
    let c10 = s2 * s3 - s1 * s4
    let c11 = s0 * s4 - s2 * s2
    let c12 = s1 * s2 - s0 * s3
    let determinant = s1 * c10 + s2 * c11 + s3 * c12
    return times.map { time in
      (c10 + c11 * time + c12 * time * time) / determinant / stepSeconds
    }
  }
}
