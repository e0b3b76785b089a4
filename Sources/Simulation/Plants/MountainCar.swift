import CKernels
import Foundation
import Robotics

/// A car in a valley whose motor is too weak to climb out of it at once (Moore 1990), with the hill
/// and the forces of gymnasium's `MountainCarContinuous-v0`: m x¨ = u − m g cos 3x.
///
/// Gymnasium counts steps, not seconds. One of its steps is 0.05 s here, so that its pull of
/// 0.0025 a step² is g = 1 m/s², its greatest push of 0.0015 a step² is 0.6 m/s², and its unit of
/// place is a metre. Its walls at −1.2 m and 0.6 m, which take a car's speed, are stiff, strongly
/// damped springs here. Its speed limit of 0.07 a step, 1.4 m/s, is more than the valley ever gives.
package struct MountainCar: Plant {
  /// A gymnasium step, in seconds.
  package static let stepSeconds = 0.05
  /// Where the walls are, in metres.
  package static let walls = -1.2...0.6
  /// The walls' stiffness a kilogram of car, in 1/s².
  private static let wallStiffness = 400.0
  /// The walls' damping a kilogram of car, in 1/s: critical.
  private static let wallDamping = 40.0

  /// The mountain car.
  package init() {}

  package var name: String { "mountain-car" }
  package var jointKinds: [Joint.Kind] { [.prismatic] }
  package var actuatedJoints: [Int] { [0] }
  package var scratchDimensions: Int { 2 }

  package var parameters: [PlantParameter] {
    [
      .mass("mass", 1, "mass of the car (m)"),
      .damping("damping", 0, "viscous friction"),
      .gravity(1, "acceleration where the hill is steepest (g)"),
    ]
  }

  package func derivative(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    actionStride: Int, parameters: UnsafePointer<Double>,
    derivative: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    let inverse = 1 / parameters[0]
    let damping = parameters[1] * inverse
    let gravity = parameters[2]
    let sine = scratch
    let cosine = scratch + stride
    for b in 0..<count { sine[b] = 3 * states[b] }
    handful_sine_cosine(count, sine, sine, cosine)
    for b in 0..<count {
      let place = states[b]
      let speed = states[stride + b]
      derivative[b] = speed
      let free = actions[b] * inverse - damping * speed - gravity * cosine[b]
      derivative[stride + b] = free + Self.wallAcceleration(place: place, speed: speed)
    }
  }

  /// What a wall gives a kilogram of car: it pushes, and never pulls.
  @inline(__always)
  private static func wallAcceleration(place: Double, speed: Double) -> Double {
    if place < walls.lowerBound {
      return max(0, wallStiffness * (walls.lowerBound - place) - wallDamping * speed)
    }
    if place > walls.upperBound {
      return min(0, wallStiffness * (walls.upperBound - place) - wallDamping * speed)
    }
    return 0
  }

  package func energyJoules(state: [Double], parameters: [Double]) -> Double {
    let (mass, gravity) = (parameters[0], parameters[2])
    return 0.5 * mass * state[1] * state[1] + mass * gravity * sin(3 * state[0]) / 3
  }
}
