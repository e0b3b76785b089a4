#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Consistent overhead byte stuffing (Cheshire & Baker 1999): bytes without any 0x00, so that 0x00
/// can mark the end of a frame.
///
/// The content is cut at each 0x00 and after 254 bytes without one. Each piece is sent as its length
/// plus one, then its bytes; 0xFF stands for 254 bytes with no 0x00 after them.
enum ByteStuffing {
  /// Stuffs `count` bytes from `source` to `target`, and gives the number of bytes written: at most
  /// one more per 254 begun.
  ///
  /// The two may overlap if `target` starts at least that overhead before `source`: writing then
  /// never overtakes reading.
  static func stuff(
    _ source: UnsafeRawPointer, count: Int, into target: UnsafeMutableRawPointer
  ) -> Int {
    var consumed = 0
    var written = 0
    while true {
      let start = source + consumed
      let length = min(count - consumed, 254)
      if let zero = memchr(start, 0, length) {
        let run = UnsafeRawPointer(zero) - start
        memmove(target + written + 1, start, run)
        target.storeBytes(of: UInt8(run + 1), toByteOffset: written, as: UInt8.self)
        written += run + 1
        consumed += run + 1
      } else {
        memmove(target + written + 1, start, length)
        target.storeBytes(of: UInt8(length + 1), toByteOffset: written, as: UInt8.self)
        written += length + 1
        consumed += length
        if consumed == count { return written }
      }
    }
  }

  /// Unstuffs `count` bytes, none of them 0x00, from `source` to `target`, which takes as many and
  /// must not overlap; gives the number of bytes written, or nil if a piece runs past the end.
  static func unstuff(
    _ source: UnsafeRawPointer, count: Int, into target: UnsafeMutableRawPointer
  ) -> Int? {
    var consumed = 0
    var written = 0
    while consumed < count {
      let code = source.load(fromByteOffset: consumed, as: UInt8.self)
      let run = Int(code) - 1
      if consumed + 1 + run > count { return nil }
      memcpy(target + written, source + consumed + 1, run)
      consumed += 1 + run
      written += run
      if code != 0xFF && consumed < count {
        target.storeBytes(of: 0, toByteOffset: written, as: UInt8.self)
        written += 1
      }
    }
    return written
  }
}
