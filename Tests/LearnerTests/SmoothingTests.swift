import Foundation
import Learner
import LinearAlgebra
import Robotics
import Testing

@Suite("Smoothing recorded positions")
struct SmoothingTests {
  /// θ(t) = sin 3t + 0.4 sin 7t and its derivatives.
  private static func truth(_ t: Double) -> (position: Double, velocity: Double, force: Double) {
    let position = sin(3 * t) + 0.4 * sin(7 * t)
    let velocity = 3 * cos(3 * t) + 2.8 * cos(7 * t)
    let acceleration = -9 * sin(3 * t) - 19.6 * sin(7 * t)
    return (position, velocity, acceleration)
  }

  /// Times with a jitter of 40 %, and a gap of 0.15 s in the middle.
  private static func times(_ stream: inout RandomStream) -> [Double] {
    var times: [Double] = []
    var t = 0.0
    while t < 5 {
      times.append(t)
      t += 0.005 * (1 + 0.4 * (2 * stream.nextUniform() - 1))
      if t > 2.4, t < 2.55 { t = 2.55 }
    }
    return times
  }

  @Test(
    "Positions, velocities and accelerations come out of noise, irregular times and a gap",
    arguments: [0.001, 0.005, 0.02])
  func knownSignal(noise: Double) {
    var stream = RandomStream(seed: 11, path: [UInt64(noise * 1e6)])
    let times = SmoothingTests.times(&stream)
    let measured = times.map { SmoothingTests.truth($0).position + noise * stream.nextGaussian() }
    let joint = SmoothedTrajectory(timesSeconds: times, positions: [measured]).joints[0]
    let inner = times.indices.filter {
      times[$0] > 0.2 && times[$0] < 4.8 && !(times[$0] > 2.35 && times[$0] < 2.6)
    }
    func rms(_ value: (Int) -> Double) -> Double {
      (inner.reduce(0) { $0 + value($1) * value($1) } / Double(inner.count)).squareRoot()
    }
    let position = rms { joint.positions[$0] - SmoothingTests.truth(times[$0]).position }
    let velocity = rms { joint.velocities[$0] - SmoothingTests.truth(times[$0]).velocity }
    let acceleration = rms { joint.accelerations[$0] - SmoothingTests.truth(times[$0]).force }
    print("seed 11, noise \(noise): chosen \(joint.positionNoise), errors \(position)", velocity)
    #expect(abs(joint.positionNoise / noise - 1) < 0.1)
    #expect(position < 0.5 * noise)
    // Differences of neighbouring samples would be wrong by 280 times the noise a second.
    #expect(velocity < 20 * noise)
    #expect(acceleration < 4)
    // The smoother's own standard deviation is honest within a factor of 1.5.
    let predicted = rms { joint.velocityVariances[$0].squareRoot() }
    #expect(velocity / predicted > 0.6 && velocity / predicted < 1.5)
  }

  @Test("The smoother agrees with the solution of the whole least-squares problem")
  func agreesWithDenseSolution() throws {
    // Ten samples and known noise: the posterior of thirty numbers by dense algebra.
    let times = [0.0, 0.1, 0.25, 0.3, 0.45, 0.5, 0.62, 0.7, 0.85, 1]
    let positions = times.enumerated().map { sin(9 * $1) + ($0 % 2 == 0 ? 0.02 : -0.02) }
    let trajectory = SmoothedTrajectory(
      timesSeconds: times, positions: [positions],
      settings: SmoothingSettings(positionNoise: 0.02))
    let joint = trajectory.joints[0]
    let n = times.count
    // Information form: Σ (x' − F x)ᵀ Q⁻¹ (x' − F x) + Σ (z − p)² / r², and a wide prior.
    var information = Matrix(rows: 3 * n, columns: 3 * n)
    var vector = [Double](repeating: 0, count: 3 * n)
    for d in 0..<3 { information[d, d] += 1e-12 }
    for k in 0..<n {
      information[3 * k, 3 * k] += 1 / (0.02 * 0.02)
      vector[3 * k] += positions[k] / (0.02 * 0.02)
      guard k > 0 else { continue }
      let h = times[k] - times[k - 1]
      let transition = Matrix(
        rows: 3, columns: 3, [1, 0, 0, h, 1, 0, h * h / 2, h, 1])
      let q = joint.jerkDensity
      let noise = Matrix(
        rows: 3, columns: 3,
        [
          pow(h, 5) / 20, pow(h, 4) / 8, pow(h, 3) / 6, pow(h, 4) / 8, pow(h, 3) / 3, h * h / 2,
          pow(h, 3) / 6, h * h / 2, h,
        ].map { $0 * q })
      let inverse = try Cholesky(noise).inverse()
      let cross = inverse * transition
      let own = transition.transposed() * cross
      for i in 0..<3 {
        for j in 0..<3 {
          information[3 * k + i, 3 * k + j] += inverse[i, j]
          information[3 * k + i, 3 * (k - 1) + j] -= cross[i, j]
          information[3 * (k - 1) + j, 3 * k + i] -= cross[i, j]
          information[3 * (k - 1) + i, 3 * (k - 1) + j] += own[i, j]
        }
      }
    }
    let factor = try Cholesky(information)
    let solution = factor.solve(vector)
    let covariance = factor.inverse()
    for k in 0..<n {
      #expect(abs(joint.positions[k] - solution[3 * k]) < 1e-5)
      #expect(abs(joint.velocities[k] - solution[3 * k + 1]) < 0.01)
      #expect(abs(joint.positionVariances[k] / covariance[3 * k, 3 * k] - 1) < 0.005)
      #expect(abs(joint.velocityVariances[k] / covariance[3 * k + 1, 3 * k + 1] - 1) < 0.005)
    }
  }

  @Test("A glitch is passed over")
  func glitch() {
    let times = (0..<400).map { Double($0) * 0.005 }
    var stream = RandomStream(seed: 12)
    var measured = times.map { SmoothingTests.truth($0).position + 0.001 * stream.nextGaussian() }
    measured[200] = 40
    var isMeasured = [Bool](repeating: true, count: times.count)
    isMeasured[200] = false
    let joint = SmoothedTrajectory(
      timesSeconds: times, positions: [measured], isMeasured: isMeasured
    ).joints[0]
    #expect(abs(joint.positions[200] - SmoothingTests.truth(times[200]).position) < 0.002)
  }

  @Test("A real velocity sensor makes velocities better when it is used")
  func velocitySensor() {
    let times = (0..<800).map { Double($0) * 0.005 }
    var stream = RandomStream(seed: 13)
    let positions = times.map { SmoothingTests.truth($0).position + 0.01 * stream.nextGaussian() }
    let velocities = times.map { SmoothingTests.truth($0).velocity + 0.02 * stream.nextGaussian() }
    func error(_ settings: SmoothingSettings) -> Double {
      let joint = SmoothedTrajectory(
        timesSeconds: times, positions: [positions], velocities: [velocities], settings: settings
      ).joints[0]
      let squares = (50..<750).map {
        pow(joint.velocities[$0] - SmoothingTests.truth(times[$0]).velocity, 2)
      }
      return (squares.reduce(0, +) / 700).squareRoot()
    }
    let without = error(SmoothingSettings())
    let with = error(SmoothingSettings(usesVelocities: true))
    print("seed 13: velocity errors \(without) without the sensor, \(with) with it, rad/s")
    #expect(with < 0.3 * without)
    #expect(with < 0.02)
  }
}
