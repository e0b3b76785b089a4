import Foundation

/// The states of a robot over a recording, estimated from all of it: what was measured before a
/// sample and after it.
public struct SmoothedTrajectory: Sendable, Equatable, Codable {
  /// One joint's part.
  public struct JointTrajectory: Sendable, Equatable, Codable {
    /// The position at each sample, in rad or m.
    public var positions: [Double]
    /// The velocity at each sample, in rad/s or m/s.
    public var velocities: [Double]
    /// The acceleration at each sample, in rad/s² or m/s².
    public var accelerations: [Double]
    /// The variance of each position under the smoother's model, in rad² or m².
    public var positionVariances: [Double]
    /// The variance of each velocity under the smoother's model, in (rad/s)² or (m/s)².
    public var velocityVariances: [Double]
    /// The standard deviation of a measured position (rad or m): given, or chosen by the data.
    public var positionNoise: Double
    /// The standard deviation of a measured velocity (rad/s or m/s); nil when they weren't used.
    public var velocityNoise: Double?
    /// The spectral density of the jerk that the data choose, in rad²/s⁵ or m²/s⁵.
    public var jerkDensity: Double
  }

  /// When the samples were taken, in seconds.
  public var timesSeconds: [Double]
  /// The joints, in the robot's order.
  public var joints: [JointTrajectory]

  /// Smooths recorded positions.
  ///
  /// - Parameters:
  ///   - timesSeconds: When the samples were taken, increasing; at least two.
  ///   - positions: The measured positions (rad or m), joint by joint.
  ///   - velocities: The measured velocities (rad/s or m/s), joint by joint; only used when the
  ///     settings say so.
  ///   - isMeasured: Whether a sample counts; one that doesn't is passed over and still estimated.
  ///   - settings: How to smooth.
  public init(
    timesSeconds: [Double], positions: [[Double]], velocities: [[Double]] = [],
    isMeasured: [Bool]? = nil, settings: SmoothingSettings = SmoothingSettings()
  ) {
    self.init(
      timesSeconds: timesSeconds, positions: positions, velocities: velocities,
      isMeasured: isMeasured, jumps: AccelerationJumps(), settings: settings)
  }

  /// Smooths positions with accelerations that may jump.
  init(
    timesSeconds: [Double], positions: [[Double]], velocities: [[Double]], isMeasured: [Bool]?,
    jumps: AccelerationJumps, settings: SmoothingSettings
  ) {
    precondition(timesSeconds.count >= 2, "smoothing needs two samples")
    self.timesSeconds = timesSeconds
    let measured = isMeasured ?? [Bool](repeating: true, count: timesSeconds.count)
    joints = positions.indices.map { joint in
      let usesVelocities = settings.usesVelocities && joint < velocities.count
      let smoother = JointSmoother(
        times: timesSeconds, positions: positions[joint],
        velocities: usesVelocities ? velocities[joint] : nil, isMeasured: measured, jumps: jumps)
      let noise = smoother.chosenNoise(fixedPosition: settings.positionNoise)
      let result = smoother.smoothed(noise)
      return JointTrajectory(
        positions: result.position, velocities: result.velocity,
        accelerations: result.acceleration, positionVariances: result.positionVariance,
        velocityVariances: result.velocityVariance, positionNoise: noise.position,
        velocityNoise: usesVelocities ? noise.velocityRatio * noise.position : nil,
        jerkDensity: noise.jerkRatio * noise.position * noise.position)
    }
  }

  /// How far apart two smoothed states must be for their errors to be nearly independent, in
  /// seconds; the longest among the joints.
  ///
  /// Smoothing spreads a measurement's noise over a time that grows with the sixth root of noise
  /// over jerk: 2.5 bandwidths (r² h / q)^(1/6) of the equivalent kernel (Silverman 1984), h the
  /// time between samples. A model that learns from states closer than that takes the smoother's
  /// even course for the robot's, and its evidence believes far too much.
  public var memorySeconds: Double {
    let span = timesSeconds[timesSeconds.count - 1] - timesSeconds[0]
    let gap = span / Double(timesSeconds.count - 1)
    return joints.map { joint -> Double in
      guard joint.jerkDensity > 0 else { return 0 }
      let noise = joint.positionNoise * joint.positionNoise * gap
      return min(2.5 * pow(noise / joint.jerkDensity, 1.0 / 6), span)
    }.max() ?? 0
  }

  /// The state at a sample: positions, then velocities.
  public func state(at sample: Int) -> [Double] {
    joints.map { $0.positions[sample] } + joints.map { $0.velocities[sample] }
  }

  /// The variance of each dimension of the state at a sample.
  public func variance(at sample: Int) -> [Double] {
    joints.map { $0.positionVariances[sample] } + joints.map { $0.velocityVariances[sample] }
  }

  /// The state at any time within the recording, by cubic Hermite interpolation between the samples
  /// around it; the first or last sample's state outside.
  public func state(atSeconds seconds: Double) -> [Double] {
    guard let last = timesSeconds.last, seconds < last else {
      return state(at: timesSeconds.count - 1)
    }
    guard seconds > timesSeconds[0] else { return state(at: 0) }
    let k = sample(atOrBefore: seconds)
    let h = timesSeconds[k + 1] - timesSeconds[k]
    let weights = HermiteWeights(fraction: (seconds - timesSeconds[k]) / h, step: h)
    var state = [Double](repeating: 0, count: 2 * joints.count)
    for (index, joint) in joints.enumerated() {
      let (p, v) = (joint.positions, joint.velocities)
      state[index] = weights.position(p[k], v[k], p[k + 1], v[k + 1])
      state[joints.count + index] = weights.velocity(p[k], v[k], p[k + 1], v[k + 1])
    }
    return state
  }

  /// The last sample taken no later than a time; the first when all are later.
  public func sample(atOrBefore seconds: Double) -> Int {
    var low = 0
    var high = timesSeconds.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if timesSeconds[middle] <= seconds { low = middle } else { high = middle }
    }
    return low
  }
}

/// The weights of cubic Hermite interpolation within a step.
struct HermiteWeights {
  private let p0: Double
  private let v0: Double
  private let p1: Double
  private let v1: Double
  private let slope: Double
  private let slope0: Double
  private let slope1: Double

  /// The weights a `fraction` of the way through a step of `step` seconds.
  init(fraction s: Double, step h: Double) {
    let s2 = s * s
    let s3 = s2 * s
    p0 = 2 * s3 - 3 * s2 + 1
    v0 = (s3 - 2 * s2 + s) * h
    p1 = 3 * s2 - 2 * s3
    v1 = (s3 - s2) * h
    slope = (6 * s - 6 * s2) / h
    slope0 = 3 * s2 - 4 * s + 1
    slope1 = 3 * s2 - 2 * s
  }

  /// The position there, from both ends' positions and velocities.
  @inline(__always)
  func position(_ x0: Double, _ w0: Double, _ x1: Double, _ w1: Double) -> Double {
    p0 * x0 + v0 * w0 + p1 * x1 + v1 * w1
  }

  /// The velocity there.
  @inline(__always)
  func velocity(_ x0: Double, _ w0: Double, _ x1: Double, _ w1: Double) -> Double {
    slope * (x1 - x0) + slope0 * w0 + slope1 * w1
  }
}
