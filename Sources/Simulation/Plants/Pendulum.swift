import CKernels
import Foundation
import Robotics

/// A pendulum with a motor at its pivot, angle 0 hanging down:
/// I θ¨ = u − b θ˙ − f tanh(θ˙ / w0) − k sin θ.
///
/// A uniform rod has I = m l²/3 and k = ½ m g l; a point mass at the end of a massless rod has
/// I = m l² and k = m g l. Coulomb friction f is smoothed over ``frictionVelocity`` = w0, so that a
/// fixed-step integrator meets no jump.
///
/// A bob's friction may also be greater near rest than in motion, as geared motors' is (Stribeck
/// 1902, in the form of Armstrong-Hélouvry 1991): f stands for friction + stiction
/// exp(−(θ˙ / stribeck_speed)²) then. Its usual stiction is none.
package struct Pendulum: Plant {
  /// How the mass lies along the pendulum.
  package enum Shape: Sendable {
    /// Evenly over the length (`pendulum`).
    case rod
    /// In a point at the end (`bob-pendulum`).
    case bob
  }

  /// How the mass lies.
  package let shape: Shape
  /// The speed over which Coulomb friction is smoothed, in rad/s.
  package static let frictionVelocity = 0.02

  /// A pendulum of that shape.
  package init(shape: Shape = .rod) { self.shape = shape }

  package var name: String { shape == .rod ? "pendulum" : "bob-pendulum" }
  package var jointKinds: [Joint.Kind] { [.revolute] }
  package var actuatedJoints: [Int] { [0] }
  package var scratchDimensions: Int { 1 }

  package var parameters: [PlantParameter] {
    shape == .rod ? commonParameters : commonParameters + stictionParameters
  }

  private var stictionParameters: [PlantParameter] {
    [
      PlantParameter(
        name: "stiction", unit: "N m", defaultValue: 0,
        summary: "how much greater Coulomb friction is near rest"),
      PlantParameter(
        name: "stribeck_speed", unit: "rad/s", defaultValue: 0.1,
        summary: "the speed over which stiction fades"),
      PlantParameter(
        name: "zero", unit: "rad", defaultValue: 0,
        summary: "where the sensor reads zero, from hanging"),
    ]
  }

  private var commonParameters: [PlantParameter] {
    [
      PlantParameter(
        name: "mass", unit: "kg", defaultValue: 1,
        summary: shape == .rod ? "mass of the rod" : "mass of the bob"),
      PlantParameter(
        name: "length", unit: "m", defaultValue: 1,
        summary: shape == .rod ? "length of the rod" : "distance of the bob from the pivot"),
      PlantParameter(
        name: "damping", unit: "N m s/rad", defaultValue: 0.01, summary: "viscous friction"),
      PlantParameter(name: "friction", unit: "N m", defaultValue: 0, summary: "Coulomb friction"),
      PlantParameter(
        name: "gravity", unit: "m/s^2", defaultValue: 9.82, summary: "acceleration of gravity"),
    ]
  }

  package func derivative(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    actionStride: Int, parameters: UnsafePointer<Double>,
    derivative: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    let velocity = states + stride
    let acceleration = derivative + stride
    let (inertia, stiffness) = inertiaAndStiffness(
      mass: parameters[0], length: parameters[1], gravity: parameters[4])
    let inverse = 1 / inertia
    let damping = parameters[2] * inverse
    let gravity = stiffness * inverse
    let zero = shape == .bob ? parameters[7] : 0
    if zero == 0 {
      handful_sine(count, states, scratch)
    } else {
      for b in 0..<count { scratch[b] = states[b] + zero }
      handful_sine(count, scratch, scratch)
    }
    for b in 0..<count {
      derivative[b] = velocity[b]
      acceleration[b] = actions[b] * inverse - damping * velocity[b] - gravity * scratch[b]
    }
    let friction = parameters[3] * inverse
    let stiction = shape == .bob ? parameters[5] * inverse : 0
    guard friction != 0 || stiction != 0 else { return }
    let scale = 1 / Pendulum.frictionVelocity
    for b in 0..<count { scratch[b] = velocity[b] * scale }
    handful_tanh(count, scratch, scratch)
    guard stiction != 0 else {
      for b in 0..<count { acceleration[b] -= friction * scratch[b] }
      return
    }
    let perSpeed = 1 / parameters[6]
    for b in 0..<count {
      let ratio = velocity[b] * perSpeed
      acceleration[b] -= (friction + stiction * exp(-ratio * ratio)) * scratch[b]
    }
  }

  package func energyJoules(state: [Double], parameters: [Double]) -> Double {
    let (inertia, stiffness) = inertiaAndStiffness(
      mass: parameters[0], length: parameters[1], gravity: parameters[4])
    let zero = shape == .bob ? parameters[7] : 0
    return 0.5 * inertia * state[1] * state[1] - stiffness * cos(state[0] + zero)
  }

  @inline(__always)
  private func inertiaAndStiffness(mass: Double, length: Double, gravity: Double) -> (
    inertia: Double, stiffness: Double
  ) {
    switch shape {
    case .rod: (mass * length * length / 3, 0.5 * mass * gravity * length)
    case .bob: (mass * length * length, mass * gravity * length)
    }
  }
}
