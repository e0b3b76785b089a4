import Robotics

/// The equations of motion of a robot: how its state changes under given efforts.
///
/// A state is the joints' positions followed by their velocities; an action is the effort of each
/// actuated joint. Angles are zero hanging down. Everything is in SI units.
///
/// Batches are stored a dimension at a time: entry `d * stride + b` is dimension `d` of batch
/// member `b`. Find a plant by name with ``Plants/named(_:)``.
public protocol Plant: Sendable {
  /// The plant's name in robot files, such as `pendulum`.
  var name: String { get }
  /// How each joint moves.
  var jointKinds: [Joint.Kind] { get }
  /// The indices of the joints that a motor drives.
  var actuatedJoints: [Int] { get }
  /// The parameters, in the order in which `derivative` takes them.
  var parameters: [PlantParameter] { get }
  /// How many dimensions of scratch memory `derivative` needs.
  var scratchDimensions: Int { get }

  /// Writes the time derivative of `count` states. Allocates nothing.
  ///
  /// - Parameters:
  ///   - count: The number of batch members.
  ///   - stride: The distance between two dimensions of one member, at least `count`.
  ///   - states: The states, `stateDimensions` × `stride`.
  ///   - actions: The efforts (N m or N), `actionDimensions` × `actionStride`.
  ///   - actionStride: The distance between two dimensions of one action.
  ///   - parameters: The parameters' values, in SI units.
  ///   - derivative: Where the derivatives go, `stateDimensions` × `stride`; apart from `states`.
  ///   - scratch: Memory to work in, `scratchDimensions` × `stride`.
  func derivative(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    actionStride: Int, parameters: UnsafePointer<Double>,
    derivative: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>)

  /// The energy of a state under those parameters, kinetic and potential, in joules; constant while
  /// no effort, damping or friction acts.
  func energyJoules(state: [Double], parameters: [Double]) -> Double
}

extension Plant {
  /// The number of state dimensions.
  public var stateDimensions: Int { 2 * jointKinds.count }
  /// The number of action dimensions.
  public var actionDimensions: Int { actuatedJoints.count }
  /// The parameters' names, in order.
  public var parameterNames: [String] { parameters.map(\.name) }
  /// The parameters' usual values, in order.
  public var defaultParameters: [Double] { parameters.map(\.defaultValue) }

  /// The values of all parameters, in order: those given by name, the usual ones for the rest.
  ///
  /// - Throws: ``SimulationError/unknownParameter(plant:name:known:)``.
  public func parameterValues(_ values: [String: Double]) throws(SimulationError) -> [Double] {
    for name in values.keys.sorted() where !parameterNames.contains(name) {
      throw .unknownParameter(plant: self.name, name: name, known: parameterNames)
    }
    return parameters.map { values[$0.name] ?? $0.defaultValue }
  }
}

/// A parameter of a plant.
public struct PlantParameter: Sendable, Equatable {
  /// Its name, as robot files give it.
  public var name: String
  /// Its unit's symbol; values are in it.
  public var unit: String
  /// Its usual value.
  public var defaultValue: Double
  /// What it is.
  public var summary: String

  /// A parameter from its parts.
  public init(name: String, unit: String, defaultValue: Double, summary: String) {
    self.name = name
    self.unit = unit
    self.defaultValue = defaultValue
    self.summary = summary
  }
}

/// The plants that robot files may name.
public enum Plants {
  /// Every plant.
  public static let all: [any Plant] = [
    Pendulum(shape: .rod), Pendulum(shape: .bob), CartPole(), Pendubot(),
    PlanarArm(jointCount: 2), PlanarArm(jointCount: 3), PlanarArm(jointCount: 4),
    PlanarArm(jointCount: 5), MountainCar(),
    DoublePendulum(), DoublePendulum(actuatedJoints: [0]), DoublePendulum(actuatedJoints: [1]),
  ]

  /// The plant of that name.
  ///
  /// - Throws: ``SimulationError/unknownPlant(name:known:)``.
  public static func named(_ name: String) throws(SimulationError) -> any Plant {
    guard let plant = all.first(where: { $0.name == name }) else {
      throw .unknownPlant(name: name, known: all.map(\.name))
    }
    return plant
  }
}
