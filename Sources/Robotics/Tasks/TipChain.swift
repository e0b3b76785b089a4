import Foundation

/// A planar chain of links whose tip a task is about: a pendulum on a cart, a pendubot, an arm.
///
/// Angle 0 hangs straight down and turns counter-clockwise, so that the tip is at
/// x = slide + Σ lᵢ sin θᵢ and y = −Σ lᵢ cos θᵢ.
public struct TipChain: Sendable, Equatable, Codable {
  /// The joint that carries the chain's root along x (a cart), if there is one.
  public var slide: Int?
  /// The joints that turn the links, from the root outwards.
  public var joints: [Int]
  /// The links' lengths, in metres, in the same order.
  public var lengthsMetres: [Double]
  /// Whether a joint's position is its angle to the link before (as an encoder in an elbow measures
  /// it); otherwise each is measured from hanging.
  public var anglesAreRelative: Bool

  /// A chain from its parts.
  public init(
    slide: Int? = nil, joints: [Int], lengthsMetres: [Double], anglesAreRelative: Bool = false
  ) {
    precondition(joints.count == lengthsMetres.count, "a chain needs a length for each joint")
    self.slide = slide
    self.joints = joints
    self.lengthsMetres = lengthsMetres
    self.anglesAreRelative = anglesAreRelative
  }

  /// Where the tip is when the slide stands at zero and every link points straight up.
  public var upright: TipPlace {
    TipPlace(xMetres: 0, yMetres: lengthsMetres.reduce(0, +))
  }

  /// Where the tip of one state is.
  ///
  /// - Parameter state: Joint positions (rad or m), then velocities.
  public func tip(state: [Double]) -> TipPlace {
    state.withUnsafeBufferPointer { state in
      guard let positions = state.baseAddress else { preconditionFailure("the state is empty") }
      return tip(stride: 1, member: positions)
    }
  }

  /// How far the tip of one state is from a place, in metres.
  public func distance(to place: TipPlace, state: [Double]) -> Double {
    let tip = tip(state: state)
    return hypot(tip.xMetres - place.xMetres, tip.yMetres - place.yMetres)
  }

  /// Adds the squared distances (m²) of `count` tips from a place to `sums`.
  func addSquaredDistances(
    to place: TipPlace, count: Int, stride: Int, states: UnsafePointer<Double>,
    into sums: UnsafeMutablePointer<Double>
  ) {
    for b in 0..<count {
      let tip = tip(stride: stride, member: states + b)
      let dx = tip.xMetres - place.xMetres
      let dy = tip.yMetres - place.yMetres
      sums[b] += dx * dx + dy * dy
    }
  }

  /// The tip of a member of a batch of states; allocates nothing.
  package func tip(stride: Int, member: UnsafePointer<Double>) -> TipPlace {
    var x = slide.map { member[$0 * stride] } ?? 0
    var y = 0.0
    var angle = 0.0
    for link in 0..<joints.count {
      let position = member[joints[link] * stride]
      angle = anglesAreRelative ? angle + position : position
      x += lengthsMetres[link] * sin(angle)
      y -= lengthsMetres[link] * cos(angle)
    }
    return TipPlace(xMetres: x, yMetres: y)
  }
}

/// A place in the plane of a chain, from where its root is when the slide stands at zero.
public struct TipPlace: Sendable, Equatable, Codable {
  /// To the right, in metres.
  public var xMetres: Double
  /// Upwards, in metres.
  public var yMetres: Double

  /// A place from its coordinates.
  public init(xMetres: Double, yMetres: Double) {
    self.xMetres = xMetres
    self.yMetres = yMetres
  }
}
