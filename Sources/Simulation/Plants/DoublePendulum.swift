import CKernels
import Foundation
import Robotics

/// A double pendulum of two bodies, each with mass, centre of mass and inertia of its own, with
/// friction in both joints and geared rotors, and with one motor or two.
///
/// The state is (θ1, θ2, θ1˙, θ2˙). θ1 is measured from hanging; θ2 is measured from the upper link,
/// as an encoder in the joint does. Inertias I are about the body's own joint; armatures J are those
/// of rotors and gears as felt at the joint. With α = m2 l1 r2:
///
///     [I1 + I2 + m2 l1² + 2 α cos θ2 + J1    I2 + α cos θ2]
///     [I2 + α cos θ2                         I2 + J2      ]
///
/// times (θ1¨, θ2¨) is what the motors, gravity, the links' rotation and friction add up to. Friction
/// is b θ˙ + (c + s exp(−(θ˙/v)²)) sign θ˙: viscous, Coulomb, and a stiction that fades over the Stribeck
/// speed v (Olsson et al. 1998), the sign smoothed as in ``Pendulum``.
package struct DoublePendulum: Plant {
  package let name: String
  package let actuatedJoints: [Int]

  /// A double pendulum with motors in both joints, in the shoulder only, or in the elbow only.
  package init(actuatedJoints: [Int] = [0, 1]) {
    self.actuatedJoints = actuatedJoints
    name =
      switch actuatedJoints {
      case [0]: "double-pendulum-shoulder"
      case [1]: "double-pendulum-elbow"
      default: "double-pendulum"
      }
  }

  package var jointKinds: [Joint.Kind] { [.revolute, .revolute] }
  package var scratchDimensions: Int { 5 }

  /// The places of the parameters.
  private enum Place: Int {
    case mass1, mass2, length1, centre1, centre2, inertia1, inertia2, armature1, armature2
    case damping1, damping2, friction1, friction2, stiction1, stiction2, stribeckSpeed
    case zero1, zero2, gravity
  }

  package var parameters: [PlantParameter] {
    func parameter(_ name: String, _ unit: String, _ value: Double, _ summary: String)
      -> PlantParameter
    {
      PlantParameter(name: name, unit: unit, defaultValue: value, summary: summary)
    }
    return [
      parameter("mass1", "kg", 0.5, "mass of the upper link (m1)"),
      parameter("mass2", "kg", 0.5, "mass of the lower link (m2)"),
      parameter("length1", "m", 0.2, "distance of the elbow from the shoulder (l1)"),
      parameter("centre1", "m", 0.15, "the upper link's centre of mass, from the shoulder (r1)"),
      parameter("centre2", "m", 0.25, "the lower link's centre of mass, from the elbow (r2)"),
      parameter("inertia1", "kg m^2", 0.02, "inertia of the upper link about the shoulder (I1)"),
      parameter("inertia2", "kg m^2", 0.04, "inertia of the lower link about the elbow (I2)"),
      parameter("armature1", "kg m^2", 0, "inertia of the shoulder's rotor and gear (J1)"),
      parameter("armature2", "kg m^2", 0, "inertia of the elbow's rotor and gear (J2)"),
      parameter("damping1", "N m s/rad", 0, "viscous friction of the shoulder (b1)"),
      parameter("damping2", "N m s/rad", 0, "viscous friction of the elbow (b2)"),
      parameter("friction1", "N m", 0, "Coulomb friction of the shoulder (c1)"),
      parameter("friction2", "N m", 0, "Coulomb friction of the elbow (c2)"),
      parameter("stiction1", "N m", 0, "how much greater it is near rest (s1)"),
      parameter("stiction2", "N m", 0, "how much greater it is near rest (s2)"),
      parameter("stribeck_speed", "rad/s", 0.2, "the speed over which stiction fades (v)"),
      parameter("zero1", "rad", 0, "where the shoulder's sensor reads zero, from hanging"),
      parameter("zero2", "rad", 0, "where the elbow's sensor reads zero, from straight"),
      parameter("gravity", "m/s^2", 9.81, "acceleration of gravity (g)"),
    ]
  }

  package func derivative(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    actionStride: Int, parameters: UnsafePointer<Double>,
    derivative: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    let form = Form(parameters)
    let (rate1, rate2) = (states + 2 * stride, states + 3 * stride)
    let sine1 = scratch
    let sine12 = scratch + stride
    let sine2 = scratch + 2 * stride
    let cosine2 = scratch + 3 * stride
    for b in 0..<count {
      sine1[b] = states[b] + form.zero1
      sine2[b] = states[stride + b] + form.zero2
      sine12[b] = sine1[b] + sine2[b]
    }
    handful_sine(count, sine1, sine1)
    handful_sine(count, sine12, sine12)
    handful_sine_cosine(count, sine2, sine2, cosine2)
    let (first, second) = (derivative + 2 * stride, derivative + 3 * stride)
    let sign = scratch + 4 * stride
    friction(parameters, 0, count, rate1, sign, into: first)
    friction(parameters, 1, count, rate2, sign, into: second)
    let motor1 = actuatedJoints.firstIndex(of: 0).map { actions + $0 * actionStride }
    let motor2 = actuatedJoints.firstIndex(of: 1).map { actions + $0 * actionStride }
    for b in 0..<count {
      let coupling = form.coupling * cosine2[b]
      let centrifugal = form.coupling * sine2[b]
      let inertia11 = form.inertia11 + 2 * coupling
      let inertia12 = form.inertia2 + coupling
      let (v1, v2) = (rate1[b], rate2[b])
      let torque1 =
        (motor1?[b] ?? 0) - first[b] - form.weight1 * sine1[b] - form.weight2 * sine12[b]
        + centrifugal * v2 * (2 * v1 + v2)
      let torque2 =
        (motor2?[b] ?? 0) - second[b] - form.weight2 * sine12[b] - centrifugal * v1 * v1
      let inverse = 1 / (inertia11 * form.inertia22 - inertia12 * inertia12)
      derivative[b] = v1
      derivative[stride + b] = v2
      first[b] = (form.inertia22 * torque1 - inertia12 * torque2) * inverse
      second[b] = (inertia11 * torque2 - inertia12 * torque1) * inverse
    }
  }

  /// Writes a joint's friction torque.
  private func friction(
    _ parameters: UnsafePointer<Double>, _ joint: Int, _ count: Int,
    _ rate: UnsafePointer<Double>, _ sign: UnsafeMutablePointer<Double>,
    into torque: UnsafeMutablePointer<Double>
  ) {
    let damping = parameters[Place.damping1.rawValue + joint]
    let coulomb = parameters[Place.friction1.rawValue + joint]
    let stiction = parameters[Place.stiction1.rawValue + joint]
    for b in 0..<count { torque[b] = damping * rate[b] }
    guard coulomb != 0 || stiction != 0 else { return }
    let scale = 1 / Pendulum.frictionVelocity
    for b in 0..<count { sign[b] = rate[b] * scale }
    handful_tanh(count, sign, sign)
    guard stiction != 0 else {
      for b in 0..<count { torque[b] += coulomb * sign[b] }
      return
    }
    let perSpeed = 1 / parameters[Place.stribeckSpeed.rawValue]
    for b in 0..<count {
      let ratio = rate[b] * perSpeed
      torque[b] += (coulomb + stiction * exp(-ratio * ratio)) * sign[b]
    }
  }

  package func energyJoules(state: [Double], parameters: [Double]) -> Double {
    let form = parameters.withUnsafeBufferPointer { buffer in
      // A plant always has parameters.
      buffer.baseAddress.map { Form($0) }
    }
    guard let form else { return 0 }
    let (v1, v2) = (state[2], state[3])
    let coupling = form.coupling * cos(state[1] + form.zero2)
    let kinetic =
      0.5 * (form.inertia11 + 2 * coupling) * v1 * v1 + (form.inertia2 + coupling) * v1 * v2
      + 0.5 * form.inertia22 * v2 * v2
    let angle1 = state[0] + form.zero1
    return kinetic - form.weight1 * cos(angle1)
      - form.weight2 * cos(angle1 + state[1] + form.zero2)
  }

  /// The combinations of parameters in which the equations are written.
  private struct Form {
    /// I1 + I2 + m2 l1² + J1, I2 + J2, I2 and m2 l1 r2.
    let inertia11: Double
    let inertia22: Double
    let inertia2: Double
    let coupling: Double
    /// g (m1 r1 + m2 l1) and g m2 r2.
    let weight1: Double
    let weight2: Double
    let zero1: Double
    let zero2: Double

    init(_ parameters: UnsafePointer<Double>) {
      func value(_ place: Place) -> Double { parameters[place.rawValue] }
      let (mass2, length) = (value(.mass2), value(.length1))
      inertia2 = value(.inertia2)
      inertia22 = inertia2 + value(.armature2)
      inertia11 = value(.inertia1) + inertia2 + mass2 * length * length + value(.armature1)
      coupling = mass2 * length * value(.centre2)
      weight1 = value(.gravity) * (value(.mass1) * value(.centre1) + mass2 * length)
      weight2 = value(.gravity) * mass2 * value(.centre2)
      zero1 = value(.zero1)
      zero2 = value(.zero2)
    }
  }
}
