import CKernels
import Foundation
import Robotics

/// A uniform rod hanging from a cart that a motor pushes along a rail (Deisenroth 2010, app. C).
///
/// The state is (x, θ, x˙, θ˙), x in m, θ = 0 hanging down:
///
///     (4(M+m) − 3m cos²θ) x¨ = 2 m l θ˙² sin θ + 3 m g sin θ cos θ + 4(u − b x˙)
///     l(4(M+m) − 3m cos²θ) θ¨ = −3 m l θ˙² sin θ cos θ − 6(M+m) g sin θ − 6(u − b x˙) cos θ
package struct CartPole: Plant {
  /// The cart-pole.
  package init() {}

  package var name: String { "cart-pole" }
  package var jointKinds: [Joint.Kind] { [.prismatic, .revolute] }
  package var actuatedJoints: [Int] { [0] }
  package var scratchDimensions: Int { 2 }

  package var parameters: [PlantParameter] {
    [
      .mass("cart_mass", 0.5, "mass of the cart (M)"),
      .mass("pole_mass", 0.5, "mass of the rod (m)"),
      .length("length", 0.5, "length of the rod (l)"),
      .damping("damping", 0.1, "viscous friction of the cart on its rail (b)"),
      .gravity(),
    ]
  }

  package func derivative(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    actionStride: Int, parameters: UnsafePointer<Double>,
    derivative: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    let poleMass = parameters[1]
    let length = parameters[2]
    let damping = parameters[3]
    let gravity = parameters[4]
    let totalMass = parameters[0] + poleMass
    let inverseLength = 1 / length
    let sine = scratch
    let cosine = scratch + stride
    handful_sine_cosine(count, states + stride, sine, cosine)
    for b in 0..<count {
      let speed = states[2 * stride + b]
      let rate = states[3 * stride + b]
      let s = sine[b]
      let c = cosine[b]
      let force = actions[b] - damping * speed
      let inverse = 1 / (4 * totalMass - 3 * poleMass * c * c)
      let centrifugal = poleMass * length * rate * rate * s
      let push = 2 * centrifugal + 3 * poleMass * gravity * s * c + 4 * force
      let turn = -3 * centrifugal * c - 6 * totalMass * gravity * s - 6 * force * c
      derivative[b] = speed
      derivative[stride + b] = rate
      derivative[2 * stride + b] = push * inverse
      derivative[3 * stride + b] = turn * inverse * inverseLength
    }
  }

  package func energyJoules(state: [Double], parameters: [Double]) -> Double {
    let (cartMass, poleMass) = (parameters[0], parameters[1])
    let (length, gravity) = (parameters[2], parameters[4])
    let (angle, speed, rate) = (state[1], state[2], state[3])
    let kinetic =
      0.5 * (cartMass + poleMass) * speed * speed
      + 0.5 * poleMass * length * speed * rate * cos(angle)
      + poleMass * length * length * rate * rate / 6
    return kinetic - 0.5 * poleMass * gravity * length * cos(angle)
  }
}
