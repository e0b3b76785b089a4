/// The prior model of a robot's dynamics as its description gives it: which simulator, and what is
/// known of its parameters φ.
public struct PriorDescription: Sendable, Equatable, Codable {
  /// The simulator's name, such as `pendulum`.
  public var model: String
  /// The integration step inside the prior, in seconds.
  public var stepSeconds: Double
  /// The parameters, in the order of the file.
  public var parameters: [PriorParameter]
  /// The shared library that holds the simulator; nil for another kind.
  public var libraryPath: String?
  /// The MuJoCo model that is the simulator; nil for another kind. Without a library either, the
  /// simulator is one of Handful's own plants.
  public var mujoco: MuJoCoFile?

  /// A prior's description from its parts.
  public init(model: String, stepSeconds: Double = 0.005, parameters: [PriorParameter]) {
    self.model = model
    self.stepSeconds = stepSeconds
    self.parameters = parameters
  }
}

/// A MuJoCo model in a file, and the robot whose states it shall take.
public struct MuJoCoFile: Sendable, Equatable, Codable {
  /// One of the robot's joints.
  public struct RobotJoint: Sendable, Equatable, Codable {
    /// Its name, which the model's joint must have too.
    public var name: String
    /// How it moves.
    public var kind: Joint.Kind
    /// Whether a motor drives it.
    public var isActuated: Bool
  }

  /// The file's path: MJCF or URDF.
  public var path: String
  /// The robot's joints, in the order of its states.
  public var joints: [RobotJoint]

  /// A model's file for a robot with those joints.
  public init(path: String, joints: [Joint]) {
    self.path = path
    self.joints = joints.map {
      RobotJoint(name: $0.name, kind: $0.kind, isActuated: $0.isActuated)
    }
  }
}

/// What is known of one parameter of a prior model.
public struct PriorParameter: Sendable, Equatable, Codable {
  /// The parameter's name, as the model has it.
  public var name: String
  /// The unit's symbol, such as `kg`; values are in it.
  public var unit: String
  /// The value to start from.
  public var nominal: Double
  /// The least value that tuning may try.
  public var lower: Double
  /// The greatest value that tuning may try.
  public var upper: Double
  /// Whether tuning may change it; one that it may not stays at its nominal value.
  public var isTunable: Bool

  /// A parameter from its parts.
  public init(
    name: String, unit: String, nominal: Double, lower: Double, upper: Double,
    isTunable: Bool = true
  ) {
    self.name = name
    self.unit = unit
    self.nominal = nominal
    self.lower = lower
    self.upper = upper
    self.isTunable = isTunable
  }
}

/// A parameterised simulator M(x, u, φ), treated as a black box that advances a batch of states by
/// one control period (Chatzilygeroudis & Mouret, ICRA 2018).
///
/// Batches are stored a dimension at a time: entry `d * stride + b` is dimension `d` of batch
/// member `b`. An implementation allocates nothing and may be called from several threads at once.
public protocol PriorModel: Sendable {
  /// The number of state dimensions.
  var stateDimensions: Int { get }
  /// The number of action dimensions.
  var actionDimensions: Int { get }
  /// The parameters' names, in the order in which `parameters` lists them.
  var parameterNames: [String] { get }

  /// Writes the states that follow `count` states after `periodSeconds` under constant actions.
  ///
  /// - Parameters:
  ///   - count: The number of batch members.
  ///   - stride: The distance between two dimensions of one member, at least `count`.
  ///   - states: The states, `stateDimensions` × `stride`.
  ///   - actions: The actions, `actionDimensions` × `stride`.
  ///   - parameters: φ, in SI units, in the order of `parameterNames`.
  ///   - periodSeconds: How far to advance, in seconds.
  ///   - next: Where the states that follow go, `stateDimensions` × `stride`; may be `states`.
  func advance(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    parameters: UnsafePointer<Double>, periodSeconds: Double,
    next: UnsafeMutablePointer<Double>)
}
