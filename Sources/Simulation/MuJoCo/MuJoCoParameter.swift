import CMuJoCo
import Robotics

/// A quantity of a MuJoCo model that may be given by name: the name of a body, a joint or an actuator
/// in the model's file, then `_` and one of the words below.
///
/// | name | what it is |
/// | --- | --- |
/// | `BODY_mass` | the body's mass, in kg; its inertia grows with it unless that is given too |
/// | `BODY_inertia` | the body's moment of inertia about its hinge's axis through its centre of mass, in kg m²; its whole inertia tensor is scaled to have it |
/// | `BODY_length` | how far it is from the body's joint to the next body (or, where there is none, to its farthest site, or the end of its shapes), in m; where everything on the body lies is scaled with it, and its inertia by its square unless that is given too; its mass stays |
/// | `JOINT_damping` | viscous friction, in N m s/rad or N s/m |
/// | `JOINT_frictionloss` | Coulomb friction, in N m or N |
/// | `JOINT_armature` | the rotor's inertia at the joint, in kg m² or kg |
/// | `JOINT_stiffness` | the stiffness of the joint's spring, in N m/rad or N/m |
/// | `ACTUATOR_gear` | what the actuator's effort is multiplied by, without a unit |
/// | `gravity` | the acceleration of gravity, in m/s², in the direction that the model gives it |
///
/// A name that an element has stands for it even when it has a `_` itself.
struct MuJoCoParameter {
  enum Field: String, CaseIterable {
    case mass, inertia, length, damping, frictionloss, armature, stiffness, gear, gravity
  }

  let field: Field
  /// The index of the body, joint or actuator in the model; 0 for gravity.
  let element: Int

  /// The parameter of that name.
  ///
  /// - Throws: ``SimulationError/badMuJoCoModel(key:path:problem:remedy:)`` when the model has no such
  ///   element, or one that can't have the quantity.
  init(name: String, model: MuJoCoModel, section: String) throws(SimulationError) {
    func bad(_ problem: String, _ remedy: String) -> SimulationError {
      .badMuJoCoModel(
        key: "\(section).parameters.\(name)", path: model.path, problem: problem, remedy: remedy)
    }
    let described = model.pointer.pointee
    if name == Field.gravity.rawValue {
      (field, element) = (.gravity, 0)
      return
    }
    let parts = name.split(separator: "_").map(String.init)
    guard let word = parts.last, parts.count > 1, let field = Field(rawValue: word),
      field != .gravity
    else {
      let words = Field.allCases.filter { $0 != .gravity }.map { "_\($0.rawValue)" }
      throw bad(
        "no parameter of a model is called '\(name)'",
        "name it after an element of the model with \(words.joined(separator: ", ")), or 'gravity'")
    }
    let owner = String(name.dropLast(word.count + 1))
    let (noun, names): (String, [String]) =
      switch field {
      case .mass, .inertia, .length: ("body", described.bodyNames)
      case .damping, .frictionloss, .armature, .stiffness: ("joint", described.jointNames)
      case .gear: ("actuator", described.actuatorNames)
      case .gravity: ("", [])
      }
    guard let element = names.firstIndex(of: owner) else {
      // The world is a body without a mass.
      let known = names.filter { !$0.isEmpty && !(noun == "body" && $0 == "world") }
      let remedy =
        Spelling.nearest(to: owner, among: known).map { "did you mean '\($0)_\(word)'?" }
        ?? (known.isEmpty
          ? "it has none with a name" : "there is \(known.joined(separator: ", "))")
      throw bad("it has no \(noun) '\(owner)'", remedy)
    }
    self.field = field
    self.element = element
    switch field {
    case .mass, .inertia, .length:
      if let (problem, remedy) = MuJoCoBody(element, of: model.pointer).obstacle(to: field) {
        throw bad("its body '\(owner)' \(problem)", remedy)
      }
    default: break
    }
  }
}
