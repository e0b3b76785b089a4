import CMuJoCo

/// A body of a model as the file gives it: what its mass, inertia and length are, and what lies on it.
struct MuJoCoBody {
  let index: Int
  private let pointer: UnsafeMutablePointer<mjModel>
  private var model: mjModel { pointer.pointee }

  /// Body `index` of a model.
  init(_ index: Int, of model: UnsafeMutablePointer<mjModel>) {
    self.index = index
    pointer = model
  }

  /// Why the body can't have that quantity as a parameter, with a remedy; nil when it can.
  func obstacle(to field: MuJoCoParameter.Field) -> (problem: String, remedy: String)? {
    guard index > 0, massKilograms > 0 else {
      return ("has no mass", "give it shapes, or <inertial>, in the model")
    }
    switch field {
    case .inertia:
      if hinge == nil {
        return ("turns about no hinge, so that its inertia has no effect", "leave it out")
      }
      if momentOfInertia <= 0 {
        return ("has no inertia to scale", "give it <inertial diaginertia=\"...\"> in the model")
      }
    case .length:
      if lengthMetres <= 0 {
        return (
          "has no end to measure its length to",
          "add a site at its end: <site pos=\"0 0 -0.3\"/>"
        )
      }
      if let mesh = collidingMesh {
        return (
          "has the mesh '\(mesh)' to collide with, which can't be scaled",
          "use a capsule or a box, or turn its collisions off (contype=\"0\" conaffinity=\"0\")"
        )
      }
    default: break
    }
    return nil
  }

  /// Its mass, in kg.
  var massKilograms: Double { model.body_mass[index] }

  /// The hinge by which it turns: its own first one, or that of the body that it is fixed to.
  private var hinge: Int? {
    var body = index
    while body > 0 {
      let first = Int(model.body_jntadr[body])
      for joint in first..<(first + Int(model.body_jntnum[body]))
      where UInt32(model.jnt_type[joint]) == mjJNT_HINGE.rawValue {
        return joint
      }
      guard model.body_jntnum[body] == 0 else { return nil }
      body = Int(model.body_parentid[body])
    }
    return nil
  }

  /// Its moment of inertia about its hinge's axis, through its centre of mass, in kg m²; the mean of
  /// its principal moments for a body that is only fixed to one that turns.
  var momentOfInertia: Double {
    let moments = (0..<3).map { model.body_inertia[3 * index + $0] }
    guard let hinge, Int(model.jnt_bodyid[hinge]) == index else {
      return moments.reduce(0, +) / 3
    }
    var rotation = [Double](repeating: 0, count: 9)
    mju_quat2Mat(&rotation, model.body_iquat + 4 * index)
    let axis = (0..<3).map { model.jnt_axis[3 * hinge + $0] }
    return (0..<3).reduce(0.0) { sum, k in
      let along = (0..<3).reduce(0.0) { $0 + rotation[3 * $1 + k] * axis[$1] }
      return sum + moments[k] * along * along
    }
  }

  /// The place on it that stays where it is when its length changes: its joint's.
  var anchor: [Double] {
    guard model.body_jntnum[index] > 0 else { return [0, 0, 0] }
    let joint = Int(model.body_jntadr[index])
    return (0..<3).map { model.jnt_pos[3 * joint + $0] }
  }

  /// How far it is from the anchor to the farthest body on it; where there is none elsewhere, to the
  /// farthest site, or the farthest end of its shapes. In m.
  var lengthMetres: Double {
    func farthest(_ points: [[Double]]) -> Double {
      let anchor = anchor
      return points.map { point in
        zip(point, anchor).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      }.max() ?? 0
    }
    let bodies = farthest(children.map { triple(model.body_pos, $0) })
    if bodies > 1e-9 { return bodies }
    let sites = farthest(self.sites.map { triple(model.site_pos, $0) })
    if sites > 1e-9 { return sites }
    return farthest(shapes.flatMap(ends))
  }

  /// The bodies that are attached to it.
  var children: [Int] { (1..<Int(model.nbody)).filter { Int(model.body_parentid[$0]) == index } }
  /// Its sites.
  var sites: [Int] { (0..<Int(model.nsite)).filter { Int(model.site_bodyid[$0]) == index } }
  /// Its shapes.
  var shapes: [Int] { (0..<Int(model.ngeom)).filter { Int(model.geom_bodyid[$0]) == index } }

  private func isMesh(_ shape: Int) -> Bool {
    [mjGEOM_MESH.rawValue, mjGEOM_HFIELD.rawValue].contains(UInt32(model.geom_type[shape]))
  }

  private var collidingMesh: String? {
    let names = model.names(model.name_geomadr, count: model.ngeom)
    return shapes.first {
      isMesh($0) && (model.geom_contype[$0] != 0 || model.geom_conaffinity[$0] != 0)
    }.map { names[$0] }
  }

  /// The two ends of a shape along its longest axis; its place for one that has none.
  private func ends(_ shape: Int) -> [[Double]] {
    let place = triple(model.geom_pos, shape)
    let size = triple(model.geom_size, shape)
    let axis: Int
    let half: Double
    switch UInt32(model.geom_type[shape]) {
    case mjGEOM_CAPSULE.rawValue, mjGEOM_CYLINDER.rawValue: (axis, half) = (2, size[1])
    case mjGEOM_BOX.rawValue, mjGEOM_ELLIPSOID.rawValue:
      axis = size.indices.max { size[$0] < size[$1] } ?? 0
      half = size[axis]
    default: return [place]
    }
    var rotation = [Double](repeating: 0, count: 9)
    mju_quat2Mat(&rotation, model.geom_quat + 4 * shape)
    return [-half, half].map { reach in
      (0..<3).map { place[$0] + reach * rotation[3 * $0 + axis] }
    }
  }

  private func triple(_ array: UnsafeMutablePointer<Double>, _ index: Int) -> [Double] {
    (0..<3).map { array[3 * index + $0] }
  }
}
