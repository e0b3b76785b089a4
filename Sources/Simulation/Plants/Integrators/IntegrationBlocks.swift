/// The blocks in which an integrator takes a batch through: small enough to stay in the first-level cache,
/// each for all its steps.
enum IntegrationBlocks {
  /// How many batch members are integrated together.
  static let capacity = 32

  /// Brings each block's states to dense memory, lets them be integrated there, and takes them back.
  ///
  /// - Parameters:
  ///   - dimensions: The number of state dimensions.
  ///   - count: The number of batch members.
  ///   - stride: The distance between two dimensions of one member, at least `count`.
  ///   - states: The states, `dimensions` × `stride`.
  ///   - next: Where the states that follow go, `dimensions` × `stride`; may be `states`.
  ///   - dense: Memory for `dimensions` × `capacity` states, of which a block of `size` members fills
  ///     `dimensions` × `size`, so that one loop covers them all.
  ///   - integrate: Moves the states in `dense` on; given the block's first member and its size.
  @inline(__always)
  static func forEach(
    dimensions: Int, count: Int, stride: Int, states: UnsafePointer<Double>,
    next: UnsafeMutablePointer<Double>, dense: UnsafeMutablePointer<Double>,
    integrate: (_ first: Int, _ size: Int) -> Void
  ) {
    var first = 0
    while first < count {
      let size = min(capacity, count - first)
      for d in 0..<dimensions {
        (dense + d * size).update(from: states + d * stride + first, count: size)
      }
      integrate(first, size)
      for d in 0..<dimensions {
        (next + d * stride + first).update(from: dense + d * size, count: size)
      }
      first += size
    }
  }
}
