import CMuJoCo
import CMuJoCoGuard
import Glibc
import Robotics

/// A model that was read from a file, is known to fit a robot's joints, and doesn't change.
final class MuJoCoModel: @unchecked Sendable {
  /// The model.
  let pointer: UnsafeMutablePointer<mjModel>
  /// The file's path.
  let path: String
  /// Where the robot's states and actions lie in it.
  let wiring: HandfulMuJoCoWiring
  private let places: UnsafeMutablePointer<Int32>

  /// Reads a model.
  ///
  /// - Throws: ``SimulationError/badMuJoCoModel(key:path:problem:remedy:)``.
  init(file: MuJoCoFile, section: String) throws(SimulationError) {
    let check = MuJoCoCheck(path: file.path, key: section + ".mujoco")
    let pointer = try check.load()
    let joints: [MuJoCoCheck.Wire]
    do {
      try check.verifyKind(of: pointer.pointee)
      joints = try check.wires(of: pointer.pointee, robot: file.joints)
    } catch {
      mj_deleteModel(pointer)
      throw error
    }
    let actuated = file.joints.indices.filter { file.joints[$0].isActuated }
    let (count, actions) = (joints.count, actuated.count)
    places = .allocate(capacity: 2 * (count + actions))
    for (j, joint) in joints.enumerated() {
      places[j] = pointer.pointee.jnt_qposadr[joint.joint]
      places[count + j] = pointer.pointee.jnt_dofadr[joint.joint]
    }
    for (a, j) in actuated.enumerated() {
      places[2 * count + a] = Int32(joints[j].actuator ?? -1)
      places[2 * count + actions + a] = places[count + j]
    }
    wiring = HandfulMuJoCoWiring(
      joint_count: count, action_count: actions, position_places: UnsafePointer(places),
      velocity_places: UnsafePointer(places + count),
      actuators: UnsafePointer(places + 2 * count),
      effort_places: UnsafePointer(places + 2 * count + actions))
    self.pointer = pointer
    path = file.path
    // Efforts are limited by the robot's description; a range of `ctrl` beside it would clip unseen.
    pointer.pointee.opt.disableflags |= Int32(mjDSBL_CLAMPCTRL.rawValue)
    // Nothing reads sensors or energies.
    pointer.pointee.opt.disableflags |= Int32(mjDSBL_SENSOR.rawValue)
    pointer.pointee.opt.enableflags &= ~Int32(mjENBL_ENERGY.rawValue | mjENBL_FWDINV.rawValue)
  }

  deinit {
    mj_deleteModel(pointer)
    places.deallocate()
  }
}

extension mjModel {
  /// The names of the elements of a kind, in order; empty for one without a name.
  func names(_ addresses: UnsafeMutablePointer<Int32>?, count: Int32) -> [String] {
    guard let addresses, let names else { return [] }
    return (0..<Int(count)).map { String(cString: names + Int(addresses[$0])) }
  }

  /// The names of the joints.
  var jointNames: [String] { names(name_jntadr, count: njnt) }
  /// The names of the bodies, the world first.
  var bodyNames: [String] { names(name_bodyadr, count: nbody) }
  /// The names of the actuators.
  var actuatorNames: [String] { names(name_actuatoradr, count: nu) }
}

/// What is asked of a model before it may be a robot's simulator.
struct MuJoCoCheck {
  let path: String
  let key: String

  /// A robot's joint in the model: the joint's index, and its actuator's.
  struct Wire {
    var joint: Int
    var actuator: Int?
  }

  private func bad(_ problem: String, _ remedy: String) -> SimulationError {
    .badMuJoCoModel(key: key, path: path, problem: problem, remedy: remedy)
  }

  func load() throws(SimulationError) -> UnsafeMutablePointer<mjModel> {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw bad(
        "there is no such file",
        "give the path of an MJCF or URDF file, relative to the file that names it")
    }
    guard status.st_mode & S_IFMT == S_IFREG, access(path, R_OK) == 0 else {
      throw bad("it is no file that can be read", "give the path of an MJCF or URDF file")
    }
    var message = [CChar](repeating: 0, count: 1000)
    guard let model = handful_mujoco_load(path, &message, message.count) else {
      let text = message.withUnsafeBufferPointer {
        $0.baseAddress.map { String(cString: $0) } ?? ""
      }
      let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      throw bad("MuJoCo says: \(words)", "mend the file")
    }
    return model
  }

  /// Refuses what a robot of hinges and slides is not.
  func verifyKind(of model: mjModel) throws(SimulationError) {
    let names = model.jointNames
    for joint in 0..<Int(model.njnt) {
      let type = UInt32(model.jnt_type[joint])
      guard type == mjJNT_HINGE.rawValue || type == mjJNT_SLIDE.rawValue else {
        throw bad(
          "its joint '\(names[joint])' is a \(type == mjJNT_FREE.rawValue ? "free" : "ball") joint",
          "only hinges and slides have a place in a robot's state: fix the body to the world, or "
            + "give it hinges")
      }
      guard !names[joint].isEmpty else {
        throw bad(
          "a joint of it has no name (number \(joint), from 0)",
          "name every joint as the robot's description does")
      }
    }
    guard model.neq == 0 else {
      throw bad(
        "it has \(model.neq) equality constraint\(model.neq == 1 ? "" : "s") (closed loops, joints "
          + "that are coupled)",
        "a robot's state lists every joint by itself: cut the loop, or leave the constraint out")
    }
    guard model.na == 0 else {
      throw bad(
        "its actuators have states of their own (activations)",
        "use <motor>, whose force follows its control at once")
    }
  }

  /// The model's joints and actuators in the order of the robot's joints.
  func wires(
    of model: mjModel, robot: [MuJoCoFile.RobotJoint]
  ) throws(SimulationError) -> [Wire] {
    let names = model.jointNames
    let wanted = robot.map(\.name)
    guard names.sorted() == wanted.sorted() else {
      throw bad(
        "it has \(count(names.count, "joint")) (\(names.joined(separator: ", "))) and the robot "
          + "\(count(wanted.count, "joint")) (\(wanted.joined(separator: ", ")))",
        "give both the same joints by the same names")
    }
    var wires: [Wire] = []
    for joint in robot {
      let index = names.firstIndex(of: joint.name) ?? 0
      let isHinge = UInt32(model.jnt_type[index]) == mjJNT_HINGE.rawValue
      guard isHinge == (joint.kind == .revolute) else {
        throw bad(
          "its joint '\(joint.name)' is a \(isHinge ? "hinge" : "slide") and the robot's "
            + "\(joint.kind.rawValue)", "make both turn or both slide")
      }
      wires.append(Wire(joint: index, actuator: nil))
    }
    try wire(actuatorsOf: model, to: &wires, robot: robot)
    return wires
  }

  private func wire(
    actuatorsOf model: mjModel, to wires: inout [Wire], robot: [MuJoCoFile.RobotJoint]
  ) throws(SimulationError) {
    for (actuator, name) in model.actuatorNames.enumerated() {
      let transmission = UInt32(model.actuator_trntype[actuator])
      let acts =
        transmission == mjTRN_JOINT.rawValue || transmission == mjTRN_JOINTINPARENT.rawValue
      guard acts,
        let j = wires.firstIndex(where: { $0.joint == model.actuator_trnid[2 * actuator] })
      else {
        throw bad(
          "its actuator '\(name)' doesn't act on a joint",
          "give it a joint: <motor joint=\"\(robot.first?.name ?? "shoulder")\"/>")
      }
      let isMotor =
        UInt32(model.actuator_gaintype[actuator]) == mjGAIN_FIXED.rawValue
        && UInt32(model.actuator_biastype[actuator]) == mjBIAS_NONE.rawValue
      guard isMotor else {
        throw bad(
          "its actuator '\(name)' is no motor, but a servo of its own",
          "an action is an effort: use <motor joint=\"\(robot[j].name)\"/>")
      }
      guard robot[j].isActuated else {
        throw bad(
          "it drives the joint '\(robot[j].name)', which has no motor in the robot's description",
          "remove the actuator '\(name)', or write 'actuated: true'")
      }
      guard wires[j].actuator == nil else {
        throw bad(
          "it has two actuators on the joint '\(robot[j].name)'", "remove one of them")
      }
      wires[j].actuator = actuator
    }
  }

  private func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}
