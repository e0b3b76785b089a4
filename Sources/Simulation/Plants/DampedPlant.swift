/// A plant whose damping may act far faster than it moves, as that of geared motors on light links
/// does: it solves for accelerations with the damping at the end of a step, so that the step need not
/// be short for its sake (``LinearlyImplicit``).
public protocol DampedPlant: Plant {
  /// Writes the accelerations a of `count` states that solve
  ///
  ///     (M(q) + s B) a = f(q, q˙, u) − M(q) p
  ///
  /// with M the inertia, B the damping, f all forces, damping among them. With s = 0 and p = 0 these
  /// are the equations of motion. Allocates nothing; a member's result depends on that member alone.
  ///
  /// - Parameters:
  ///   - count: The number of batch members.
  ///   - stride: The distance between two dimensions of one member, at least `count`.
  ///   - states: The states, `stateDimensions` × `stride`.
  ///   - actions: The efforts (N m or N), `actionDimensions` × `actionStride`.
  ///   - actionStride: The distance between two dimensions of one action.
  ///   - parameters: The parameters' values, in SI units.
  ///   - implicitSeconds: s, in seconds.
  ///   - offsets: p (rad/s² or m/s²), a dimension a joint, with `stride`; nil for zero.
  ///   - accelerations: Where a goes, a dimension a joint, with `stride`; apart from the others.
  func dampedAccelerations(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    actionStride: Int, parameters: UnsafePointer<Double>, implicitSeconds: Double,
    offsets: UnsafePointer<Double>?, accelerations: UnsafeMutablePointer<Double>)
}
