import CMuJoCo
import CMuJoCoGuard

/// How parameters are written into a copy of a model: every field from what the file says and the
/// values, so that no value leaves a trace in the next.
struct MuJoCoTuning: @unchecked Sendable {
  /// The parameters, in the callers' order.
  private let parameters: [MuJoCoParameter]
  private let bodies: [Body]
  private let pristine: UnsafeMutablePointer<mjModel>
  private let down: (Double, Double, Double)

  /// A body whose mass, inertia or length is a parameter: the places of those among the values, and
  /// what they are in the file.
  private struct Body {
    var index: Int
    var mass: Int?
    var inertia: Int?
    var length: Int?
    var massInFile: Double
    var inertiaInFile: Double
    var lengthInFile: Double
    var anchor: [Double]
    var children: [Int]
    var sites: [Int]
    var shapes: [Int]
  }

  /// The number of values.
  var count: Int { parameters.count }

  /// How those parameters are written. The model must outlive the tuning.
  init(parameters: [MuJoCoParameter], of model: UnsafeMutablePointer<mjModel>) {
    self.parameters = parameters
    pristine = model
    let gravity = model.pointee.opt.gravity
    let size = (gravity.0 * gravity.0 + gravity.1 * gravity.1 + gravity.2 * gravity.2).squareRoot()
    down = size > 0 ? (gravity.0 / size, gravity.1 / size, gravity.2 / size) : (0, 0, -1)
    let ofBodies = parameters.filter { [.mass, .inertia, .length].contains($0.field) }
    bodies = Set(ofBodies.map(\.element)).sorted().map { index in
      let body = MuJoCoBody(index, of: model)
      func place(_ field: MuJoCoParameter.Field) -> Int? {
        parameters.firstIndex { $0.field == field && $0.element == index }
      }
      return Body(
        index: index, mass: place(.mass), inertia: place(.inertia), length: place(.length),
        massInFile: body.massKilograms, inertiaInFile: body.momentOfInertia,
        lengthInFile: body.lengthMetres, anchor: body.anchor, children: body.children,
        sites: body.sites, shapes: body.shapes)
    }
  }

  /// Readies a copy for tuning: lengths move what the file has in one place, which the engine takes
  /// short cuts for.
  func prepare(_ copy: UnsafeMutablePointer<mjModel>) {
    let model = copy.pointee
    for body in bodies where body.length != nil {
      model.body_sameframe[body.index] = 0
      for shape in body.shapes { model.geom_sameframe[shape] = 0 }
      for site in body.sites { model.site_sameframe[site] = 0 }
      for other in 0..<Int(model.nbody) { model.body_simple[other] = 0 }
      for dof in 0..<Int(model.nv) { model.dof_simplenum[dof] = 0 }
    }
  }

  /// Writes values into a copy and reckons anew what depends on them. Allocates nothing.
  ///
  /// - Returns: Whether a model can have them; what it is otherwise is of no use.
  func write(
    _ values: UnsafePointer<Double>, to copy: UnsafeMutablePointer<mjModel>,
    data: UnsafeMutablePointer<mjData>
  ) -> Bool {
    for (place, parameter) in parameters.enumerated() {
      let value = values[place]
      guard value.isFinite else { return false }
      switch parameter.field {
      case .mass, .inertia, .length: guard value > 0 else { return false }
      case .damping: copy.pointee.dof_damping[dof(parameter)] = value
      case .frictionloss: copy.pointee.dof_frictionloss[dof(parameter)] = value
      case .armature: copy.pointee.dof_armature[dof(parameter)] = value
      case .stiffness: copy.pointee.jnt_stiffness[parameter.element] = value
      case .gear: copy.pointee.actuator_gear[6 * parameter.element] = value
      case .gravity: copy.pointee.opt.gravity = (value * down.0, value * down.1, value * down.2)
      }
    }
    for body in bodies { write(values, body, to: copy) }
    return handful_mujoco_settle(copy, data) == 0
  }

  private func dof(_ parameter: MuJoCoParameter) -> Int {
    Int(pristine.pointee.jnt_dofadr[parameter.element])
  }

  private func write(
    _ values: UnsafePointer<Double>, _ body: Body, to copy: UnsafeMutablePointer<mjModel>
  ) {
    let mass = body.mass.map { values[$0] } ?? body.massInFile
    let stretch = body.length.map { values[$0] / body.lengthInFile } ?? 1
    let inertia =
      body.inertia.map { values[$0] / body.inertiaInFile }
      ?? mass / body.massInFile * stretch * stretch
    copy.pointee.body_mass[body.index] = mass
    for k in 0..<3 {
      copy.pointee.body_inertia[3 * body.index + k] =
        inertia * pristine.pointee.body_inertia[3 * body.index + k]
    }
    guard body.length != nil else { return }
    func move(
      _ to: UnsafeMutablePointer<Double>, _ from: UnsafeMutablePointer<Double>, _ index: Int
    ) {
      for k in 0..<3 {
        to[3 * index + k] = body.anchor[k] + stretch * (from[3 * index + k] - body.anchor[k])
      }
    }
    move(copy.pointee.body_ipos, pristine.pointee.body_ipos, body.index)
    for child in body.children { move(copy.pointee.body_pos, pristine.pointee.body_pos, child) }
    for site in body.sites { move(copy.pointee.site_pos, pristine.pointee.site_pos, site) }
    for shape in body.shapes {
      move(copy.pointee.geom_pos, pristine.pointee.geom_pos, shape)
      for k in 0..<3 {
        copy.pointee.geom_size[3 * shape + k] = stretch * pristine.pointee.geom_size[3 * shape + k]
      }
      copy.pointee.geom_rbound[shape] = stretch * pristine.pointee.geom_rbound[shape]
    }
  }
}
