import Foundation
import Robotics

/// The rule that the tip of an arm stays in its box.
///
/// What is compared is where the tip is, and the way that it would take if every joint of its chain
/// braked after one more period: ``wayPoints`` places on the way of the joints to their stopping
/// points. Past a side of the box the robot stops; within the margin, no effort leads out: that of a
/// joint whose motion moves the tip out, by the chain's Jacobian, is taken back.
struct TipLimit {
  /// How many places of the way to a stand are looked at, the last one included.
  static let wayPoints = 4

  private let lower: TipPlace
  private let upper: TipPlace
  private let marginMetres: Double
  private let anglesAreRelative: Bool
  private let slide: Int?
  private let joints: UnsafeMutableBufferPointer<Int>
  private let lengths: UnsafeMutableBufferPointer<Double>
  /// How each joint's motion moves the tip out of the box's margin (m/rad, or m/m for the slide).
  private let outward: UnsafeMutableBufferPointer<Double>
  /// Where each joint would stand (rad or m).
  private let stops: UnsafeMutableBufferPointer<Double>
  /// The least and greatest coordinates since the trial began, stopping points included.
  private(set) var least = TipPlace(xMetres: .infinity, yMetres: .infinity)
  private(set) var greatest = TipPlace(xMetres: -.infinity, yMetres: -.infinity)

  init(box: TipBox, jointCount: Int) {
    lower = box.lower
    upper = box.upper
    marginMetres = box.marginMetres
    anglesAreRelative = box.chain.anglesAreRelative
    slide = box.chain.slide
    joints = .allocate(capacity: box.chain.joints.count)
    _ = joints.initialize(from: box.chain.joints)
    lengths = .allocate(capacity: box.chain.lengthsMetres.count)
    _ = lengths.initialize(from: box.chain.lengthsMetres)
    outward = .allocate(capacity: jointCount)
    outward.initialize(repeating: 0)
    stops = .allocate(capacity: jointCount)
    stops.initialize(repeating: 0)
  }

  /// The box: least and greatest x, least and greatest y, in metres.
  var sides: [Double] { [lower.xMetres, upper.xMetres, lower.yMetres, upper.yMetres] }

  func deallocate() {
    joints.deallocate()
    lengths.deallocate()
    outward.deallocate()
    stops.deallocate()
  }

  /// Judges a sample.
  ///
  /// - Returns: The reason to stop, if the tip is past a side, or would be before it stood.
  mutating func judge(
    positions: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>,
    limits: UnsafeMutableBufferPointer<JointLimits>, latencySeconds: Double
  ) -> StopReason? {
    for joint in stops.indices {
      stops[joint] = BrakingDistance.stoppingPoint(
        position: positions[joint], velocity: velocities[joint], limits: limits[joint],
        latencySeconds: latencySeconds)
    }
    var low = TipPlace(xMetres: .infinity, yMetres: .infinity)
    var high = TipPlace(xMetres: -.infinity, yMetres: -.infinity)
    for step in 0...Self.wayPoints {
      let tip = tip(at: Double(step) / Double(Self.wayPoints), from: positions)
      low.xMetres = min(low.xMetres, tip.xMetres)
      low.yMetres = min(low.yMetres, tip.yMetres)
      high.xMetres = max(high.xMetres, tip.xMetres)
      high.yMetres = max(high.yMetres, tip.yMetres)
    }
    least.xMetres = min(least.xMetres, low.xMetres)
    least.yMetres = min(least.yMetres, low.yMetres)
    greatest.xMetres = max(greatest.xMetres, high.xMetres)
    greatest.yMetres = max(greatest.yMetres, high.yMetres)
    setOutward(positions, low, high)
    if high.xMetres > upper.xMetres {
      return .tipBox(axis: .x, metres: high.xMetres, limit: upper.xMetres)
    }
    if low.xMetres < lower.xMetres {
      return .tipBox(axis: .x, metres: low.xMetres, limit: lower.xMetres)
    }
    if high.yMetres > upper.yMetres {
      return .tipBox(axis: .y, metres: high.yMetres, limit: upper.yMetres)
    }
    if low.yMetres < lower.yMetres {
      return .tipBox(axis: .y, metres: low.yMetres, limit: lower.yMetres)
    }
    return nil
  }

  /// Narrows a joint's efforts where they would lead out of the margin.
  @inline(__always)
  func narrow(_ range: inout EffortRange, joint: Int) {
    if outward[joint] > 0 { range.forbidUp(.tipBox) }
    if outward[joint] < 0 { range.forbidDown(.tipBox) }
  }

  /// Begins a new account of the extremes.
  mutating func resetExtremes() {
    least = TipPlace(xMetres: .infinity, yMetres: .infinity)
    greatest = TipPlace(xMetres: -.infinity, yMetres: -.infinity)
  }

  private mutating func setOutward(
    _ positions: UnsafeMutableBufferPointer<Double>, _ low: TipPlace, _ high: TipPlace
  ) {
    // Which way is out: along x, along y, along both; against neither side at once, as the margins
    // of opposite sides don't meet.
    var x = 0.0
    var y = 0.0
    if high.xMetres > upper.xMetres - marginMetres { x = 1 }
    if low.xMetres < lower.xMetres + marginMetres { x = -1 }
    if high.yMetres > upper.yMetres - marginMetres { y = 1 }
    if low.yMetres < lower.yMetres + marginMetres { y = -1 }
    outward.update(repeating: 0)
    guard x != 0 || y != 0 else { return }
    if let slide { outward[slide] = x }
    // From the tip inwards: a relative joint turns all links that follow it, an absolute one its own.
    var angle = 0.0
    if anglesAreRelative { for joint in joints { angle += positions[joint] } }
    var dx = 0.0
    var dy = 0.0
    for link in joints.indices.reversed() {
      let joint = joints[link]
      if !anglesAreRelative {
        angle = positions[joint]
        dx = 0
        dy = 0
      }
      dx += lengths[link] * cos(angle)
      dy += lengths[link] * sin(angle)
      outward[joint] = x * dx + y * dy
      if anglesAreRelative { angle -= positions[joint] }
    }
  }

  /// The tip, a part of the way to where the joints would stand.
  @inline(__always)
  private func tip(
    at part: Double, from positions: UnsafeMutableBufferPointer<Double>
  ) -> TipPlace {
    func place(_ joint: Int) -> Double {
      positions[joint] + part * (stops[joint] - positions[joint])
    }
    var tip = TipPlace(xMetres: slide.map(place) ?? 0, yMetres: 0)
    var angle = 0.0
    for link in joints.indices {
      angle = anglesAreRelative ? angle + place(joints[link]) : place(joints[link])
      tip.xMetres += lengths[link] * sin(angle)
      tip.yMetres -= lengths[link] * cos(angle)
    }
    return tip
  }
}
