import CKernels
import Foundation
import Robotics

/// An arm of uniform rods in a vertical plane, with a motor at every joint.
///
/// The state is (q1 … qn, q1˙ … qn˙): q1 is measured from hanging, every further angle is that of a
/// rod to the one before, as an encoder in an elbow measures it. A motor at joint i turns rod i
/// against rod i − 1. With the rods' own angles θi = q1 + … + qi, rods of length li and mass mi, and
/// mi⁺ = the mass of all rods beyond i (Lagrange's equations; Spong, Hutchinson & Vidyasagar 2006,
/// section 7.3, in absolute angles):
///
///     Σj Cij cos(θi − θj) θj¨ + Σj Cij sin(θi − θj) θj˙² + Gi sin θi = τi − τi₊₁
///     Cii = li² (mi/3 + mi⁺)     Cij = li lj (mj/2 + mj⁺) for i < j     Gi = g li (mi/2 + mi⁺)
///     τi = ui − bi qi˙
///
/// The matrix is symmetric and positive definite, so each member's system is solved by L D Lᵀ
/// without pivots, a batch at a time.
package struct PlanarArm: Plant {
  /// The number of joints.
  package let jointCount: Int

  /// An arm of so many joints, from 2 to 5.
  package init(jointCount: Int) {
    precondition((2...5).contains(jointCount), "a planar arm has 2 to 5 joints")
    self.jointCount = jointCount
  }

  package var name: String { "planar-arm-\(jointCount)" }
  package var jointKinds: [Joint.Kind] { Array(repeating: .revolute, count: jointCount) }
  package var actuatedJoints: [Int] { Array(0..<jointCount) }
  /// Sines, cosines, rates and right-hand sides of n rods, and a triangle of the matrix.
  package var scratchDimensions: Int { 4 * jointCount + jointCount * (jointCount + 1) / 2 }

  package var parameters: [PlantParameter] {
    let rods = 1...jointCount
    return rods.map { .mass("mass\($0)", 0.2, "mass of rod \($0)") }
      + rods.map { .length("length\($0)", 0.15, "length of rod \($0)") }
      + rods.map { .angularDamping("damping\($0)", 0.05, "viscous friction of joint \($0)") }
      + [.gravity(9.82, "acceleration of gravity; 0 for an arm that moves in a level plane")]
  }

  /// Where the matrix's entry of row i and column j ≤ i stands among those of the lower triangle.
  @inline(__always)
  private func entry(_ i: Int, _ j: Int) -> Int { i * (i + 1) / 2 + j }

  package func derivative(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    actionStride: Int, parameters: UnsafePointer<Double>,
    derivative: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    let n = jointCount
    let sines = scratch
    let cosines = sines + n * stride
    let rates = cosines + n * stride
    let sides = rates + n * stride
    let matrix = sides + n * stride
    absoluteAngles(count, stride, states, angles: sines, rates: rates)
    for i in 0..<n {
      handful_sine_cosine(count, sines + i * stride, sines + i * stride, cosines + i * stride)
    }
    fillSides(count, stride, states, actions, actionStride, parameters, sines, sides)
    fillMatrix(count, stride, parameters, sines, cosines, rates, sides, matrix)
    solve(count, stride, matrix, sides)
    let velocities = states + n * stride
    let accelerations = derivative + n * stride
    for i in 0..<n {
      for b in 0..<count { derivative[i * stride + b] = velocities[i * stride + b] }
      for b in 0..<count {
        let before = i == 0 ? 0 : sides[(i - 1) * stride + b]
        accelerations[i * stride + b] = sides[i * stride + b] - before
      }
    }
  }

  private func absoluteAngles(
    _ count: Int, _ stride: Int, _ states: UnsafePointer<Double>,
    angles: UnsafeMutablePointer<Double>, rates: UnsafeMutablePointer<Double>
  ) {
    let n = jointCount
    for (from, to) in [(states, angles), (states + n * stride, rates)] {
      for b in 0..<count { to[b] = from[b] }
      for i in 1..<n {
        for b in 0..<count {
          to[i * stride + b] = to[(i - 1) * stride + b] + from[i * stride + b]
        }
      }
    }
  }

  /// Writes τi − τi₊₁ − Gi sin θi.
  private func fillSides(
    _ count: Int, _ stride: Int, _ states: UnsafePointer<Double>,
    _ actions: UnsafePointer<Double>, _ actionStride: Int, _ parameters: UnsafePointer<Double>,
    _ sines: UnsafePointer<Double>, _ sides: UnsafeMutablePointer<Double>
  ) {
    let n = jointCount
    let velocities = states + n * stride
    let gravity = parameters[3 * n]
    var beyond = 0.0
    for i in (0..<n).reversed() {
      let damping = parameters[2 * n + i]
      let weight = gravity * parameters[n + i] * (parameters[i] / 2 + beyond)
      beyond += parameters[i]
      for b in 0..<count {
        sides[i * stride + b] =
          actions[i * actionStride + b] - damping * velocities[i * stride + b]
          - weight * sines[i * stride + b]
      }
      guard i + 1 < n else { continue }
      let nextDamping = parameters[2 * n + i + 1]
      for b in 0..<count {
        sides[i * stride + b] -=
          actions[(i + 1) * actionStride + b]
          - nextDamping * velocities[(i + 1) * stride + b]
      }
    }
  }

  /// Writes the matrix's lower triangle, and takes the centrifugal terms off the right-hand sides.
  private func fillMatrix(
    _ count: Int, _ stride: Int, _ parameters: UnsafePointer<Double>,
    _ sines: UnsafePointer<Double>, _ cosines: UnsafePointer<Double>,
    _ rates: UnsafePointer<Double>, _ sides: UnsafeMutablePointer<Double>,
    _ matrix: UnsafeMutablePointer<Double>
  ) {
    var beyond = 0.0
    for i in (0..<jointCount).reversed() {
      let (mass, length) = (parameters[i], parameters[jointCount + i])
      let diagonal = matrix + entry(i, i) * stride
      let inertia = length * length * (mass / 3 + beyond)
      for b in 0..<count { diagonal[b] = inertia }
      for j in 0..<i {
        let coupling = length * parameters[jointCount + j] * (mass / 2 + beyond)
        let target = matrix + entry(i, j) * stride
        let (rowI, rowJ) = (i * stride, j * stride)
        for b in 0..<count {
          let (sineI, sineJ) = (sines[rowI + b], sines[rowJ + b])
          let (cosineI, cosineJ) = (cosines[rowI + b], cosines[rowJ + b])
          target[b] = coupling * (cosineI * cosineJ + sineI * sineJ)
          let centrifugal = coupling * (sineI * cosineJ - cosineI * sineJ)
          let (rateI, rateJ) = (rates[rowI + b], rates[rowJ + b])
          sides[rowI + b] -= centrifugal * rateJ * rateJ
          sides[rowJ + b] += centrifugal * rateI * rateI
        }
      }
      beyond += mass
    }
  }

  /// Solves the systems in place: the lower triangle becomes L with 1/D on its diagonal, the
  /// right-hand sides become the solutions.
  private func solve(
    _ count: Int, _ stride: Int, _ matrix: UnsafeMutablePointer<Double>,
    _ sides: UnsafeMutablePointer<Double>
  ) {
    let n = jointCount
    for j in 0..<n {
      // Columns to the left hold L D until their own turn is over, so each product needs one factor
      // more: L_jk (L D)_ik.
      let diagonal = matrix + entry(j, j) * stride
      for k in 0..<j {
        let (factor, inverse) = (matrix + entry(j, k) * stride, matrix + entry(k, k) * stride)
        for b in 0..<count {
          let product = factor[b]
          factor[b] = product * inverse[b]
          diagonal[b] -= product * factor[b]
        }
        for i in j + 1..<max(n, j + 1) {
          let target = matrix + entry(i, j) * stride
          let other = matrix + entry(i, k) * stride
          for b in 0..<count { target[b] -= factor[b] * other[b] }
        }
      }
      for b in 0..<count { diagonal[b] = 1 / diagonal[b] }
    }
    for i in 1..<n {
      for k in 0..<i {
        let factor = matrix + entry(i, k) * stride
        for b in 0..<count { sides[i * stride + b] -= factor[b] * sides[k * stride + b] }
      }
    }
    for i in (0..<n).reversed() {
      let inverse = matrix + entry(i, i) * stride
      for b in 0..<count { sides[i * stride + b] *= inverse[b] }
      for k in i + 1..<max(n, i + 1) {
        let factor = matrix + entry(k, i) * stride
        for b in 0..<count { sides[i * stride + b] -= factor[b] * sides[k * stride + b] }
      }
    }
  }

  package func energyJoules(state: [Double], parameters: [Double]) -> Double {
    let n = jointCount
    let gravity = parameters[3 * n]
    var (angle, rate) = (0.0, 0.0)
    // Of the rod's root: speed and height.
    var (speedX, speedY, height) = (0.0, 0.0, 0.0)
    var energy = 0.0
    for i in 0..<n {
      let (mass, length) = (parameters[i], parameters[n + i])
      angle += state[i]
      rate += state[n + i]
      let (middleX, middleY) = (
        speedX + length / 2 * cos(angle) * rate, speedY + length / 2 * sin(angle) * rate
      )
      energy += 0.5 * mass * (middleX * middleX + middleY * middleY)
      energy += mass * length * length / 24 * rate * rate
      energy += mass * gravity * (height - length / 2 * cos(angle))
      speedX += length * cos(angle) * rate
      speedY += length * sin(angle) * rate
      height -= length * cos(angle)
    }
    return energy
  }
}
