import LinearAlgebra

/// A few of many places in a row, evenly spread.
enum EvenSpread {
  /// One place, at random, of each of as many equal pieces: every so many would meet trials of one
  /// length always at the same few times. The same counts give the same places.
  ///
  /// - Returns: `size` places below `count` in ascending order; all when there are no more.
  static func places(_ size: Int, of count: Int) -> [Int] {
    guard size < count else { return Array(0..<count) }
    var stream = RandomStream(seed: 0x5E7, path: [UInt64(size), UInt64(count)])
    return (0..<size).map { piece in
      let (first, next) = (piece * count / size, (piece + 1) * count / size)
      return first + Int(stream.next() % UInt64(next - first))
    }
  }
}
