import CKernels
import Foundation
import Robotics

/// A double pendulum of two uniform rods whose first joint is driven.
///
/// The state is (θ1, θ2, θ1˙, θ2˙); both angles are measured from hanging, so θ2 is not relative to
/// θ1. With I = m l²/12 and δ = θ1 − θ2:
///
///     [l1²(m1/4 + m2) + I1   ½ m2 l1 l2 cos δ ] [θ1¨]   [−g l1 (m1/2 + m2) sin θ1 − ½ m2 l1 l2 θ2˙² sin δ + u − b1 θ1˙]
///     [½ m2 l1 l2 cos δ      l2² m2/4 + I2    ] [θ2¨] = [½ m2 l2 (l1 θ1˙² sin δ − g sin θ2) − b2 θ2˙               ]
package struct Pendubot: Plant {
  /// The pendubot.
  package init() {}

  package var name: String { "pendubot" }
  package var jointKinds: [Joint.Kind] { [.revolute, .revolute] }
  package var actuatedJoints: [Int] { [0] }
  package var scratchDimensions: Int { 4 }

  package var parameters: [PlantParameter] {
    [
      .mass("mass1", 0.5, "mass of the upper rod (m1)"),
      .mass("mass2", 0.5, "mass of the lower rod (m2)"),
      .length("length1", 0.5, "length of the upper rod (l1)"),
      .length("length2", 0.5, "length of the lower rod (l2)"),
      .angularDamping("damping1", 0, "viscous friction of the first joint (b1)"),
      .angularDamping("damping2", 0, "viscous friction of the second rod (b2)"),
      .gravity(),
    ]
  }

  package func derivative(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    actionStride: Int, parameters: UnsafePointer<Double>,
    derivative: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    let (mass1, mass2) = (parameters[0], parameters[1])
    let (length1, length2) = (parameters[2], parameters[3])
    let (damping1, damping2) = (parameters[4], parameters[5])
    let gravity = parameters[6]
    let inertia11 = length1 * length1 * (mass1 / 4 + mass2) + mass1 * length1 * length1 / 12
    let inertia22 = length2 * length2 * mass2 / 4 + mass2 * length2 * length2 / 12
    let coupling = 0.5 * mass2 * length1 * length2
    let weight1 = gravity * length1 * (mass1 / 2 + mass2)
    let weight2 = 0.5 * mass2 * gravity * length2
    let sine1 = scratch
    let sine2 = scratch + stride
    let sine = scratch + 2 * stride
    let cosine = scratch + 3 * stride
    for b in 0..<count { sine[b] = states[b] - states[stride + b] }
    handful_sine_cosine(count, sine, sine, cosine)
    handful_sine(count, states, sine1)
    handful_sine(count, states + stride, sine2)
    for b in 0..<count {
      let rate1 = states[2 * stride + b]
      let rate2 = states[3 * stride + b]
      let centrifugal = coupling * sine[b]
      let inertia12 = coupling * cosine[b]
      let torque1 =
        actions[b] - damping1 * rate1 - weight1 * sine1[b] - centrifugal * rate2 * rate2
      let torque2 = centrifugal * rate1 * rate1 - weight2 * sine2[b] - damping2 * rate2
      let inverse = 1 / (inertia11 * inertia22 - inertia12 * inertia12)
      derivative[b] = rate1
      derivative[stride + b] = rate2
      derivative[2 * stride + b] = (inertia22 * torque1 - inertia12 * torque2) * inverse
      derivative[3 * stride + b] = (inertia11 * torque2 - inertia12 * torque1) * inverse
    }
  }

  package func energyJoules(state: [Double], parameters: [Double]) -> Double {
    let (mass1, mass2) = (parameters[0], parameters[1])
    let (length1, length2) = (parameters[2], parameters[3])
    let gravity = parameters[6]
    let (angle1, angle2, rate1, rate2) = (state[0], state[1], state[2], state[3])
    let kinetic1 = 0.5 * length1 * length1 * (mass1 / 3 + mass2) * rate1 * rate1
    let kinetic2 = 0.5 * length2 * length2 * mass2 / 3 * rate2 * rate2
    let shared = 0.5 * mass2 * length1 * length2 * cos(angle1 - angle2) * rate1 * rate2
    let potential1 = -gravity * length1 * (mass1 / 2 + mass2) * cos(angle1)
    let potential2 = -0.5 * mass2 * gravity * length2 * cos(angle2)
    return kinetic1 + kinetic2 + shared + potential1 + potential2
  }
}
