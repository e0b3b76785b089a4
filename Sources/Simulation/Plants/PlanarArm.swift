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
/// The matrix is symmetric and positive definite, so each member's system is solved by L D Lᵀ without
/// pivots, a batch at a time, in C (`CKernels/PlanarArm.c`). Light rods with geared motors are stiff:
/// their damping alone would ask for steps of a millisecond.
package struct PlanarArm: DampedPlant {
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
  package var scratchDimensions: Int { 0 }

  package var parameters: [PlantParameter] {
    let rods = 1...jointCount
    return rods.map { .mass("mass\($0)", 0.2, "mass of rod \($0)") }
      + rods.map { .length("length\($0)", 0.15, "length of rod \($0)") }
      + rods.map { .angularDamping("damping\($0)", 0.05, "viscous friction of joint \($0)") }
      + [.gravity(9.82, "acceleration of gravity; 0 for an arm that moves in a level plane")]
  }

  package func derivative(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    actionStride: Int, parameters: UnsafePointer<Double>,
    derivative: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    let n = jointCount
    for i in 0..<n {
      (derivative + i * stride).update(from: states + (n + i) * stride, count: count)
    }
    handful_planar_arm(
      n, count, stride, states, actions, actionStride, parameters, 0, nil, derivative + n * stride)
  }

  package func dampedAccelerations(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    actionStride: Int, parameters: UnsafePointer<Double>, implicitSeconds: Double,
    offsets: UnsafePointer<Double>?, accelerations: UnsafeMutablePointer<Double>
  ) {
    handful_planar_arm(
      jointCount, count, stride, states, actions, actionStride, parameters, implicitSeconds,
      offsets, accelerations)
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
