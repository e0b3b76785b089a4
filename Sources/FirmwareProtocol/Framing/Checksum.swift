/// The checksum of payloads: CRC-32C (Castagnoli; reflected polynomial 0x82F63B78, initial value and
/// final XOR 0xFFFFFFFF), eight bytes a step by tables (Kounavis & Berry 2005, 'slicing-by-8').
///
/// It detects every error burst of 32 bits or fewer; every five flipped bits in payloads up to 655
/// bytes, and every three in longer ones (Koopman 2002). Other corruption, such as a flipped bit that
/// byte stuffing turns into a wrong length, passes as one frame in 2^32.
public enum Checksum {
  /// Eight tables of 256 entries: table k advances a byte past k further bytes of zeros. Written
  /// once, before anyone reads them, and never freed.
  nonisolated(unsafe) private static let tables: UnsafePointer<UInt32> = makeTables()

  /// Makes the tables, so that the first checksum of a control loop doesn't have to.
  static func prepare() { _ = tables }

  /// The checksum of those bytes.
  public static func crc32c(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    guard let base = bytes.baseAddress else { return 0 }
    return crc32c(base, count: bytes.count)
  }

  static func crc32c(_ start: UnsafeRawPointer, count: Int) -> UInt32 {
    let tables = tables
    var cursor = start
    var remaining = count
    var crc = ~(0 as UInt32)
    while remaining >= 8 {
      let word = UInt64(littleEndian: cursor.loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
      let low =
        tables[0x700 + Int(word & 0xFF)] ^ tables[0x600 + Int((word >> 8) & 0xFF)]
        ^ tables[0x500 + Int((word >> 16) & 0xFF)] ^ tables[0x400 + Int((word >> 24) & 0xFF)]
      let high =
        tables[0x300 + Int((word >> 32) & 0xFF)] ^ tables[0x200 + Int((word >> 40) & 0xFF)]
        ^ tables[0x100 + Int((word >> 48) & 0xFF)] ^ tables[Int(word >> 56)]
      crc = low ^ high
      cursor += 8
      remaining &-= 8
    }
    while remaining > 0 {
      let byte = cursor.load(as: UInt8.self)
      crc = (crc >> 8) ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
      cursor += 1
      remaining &-= 1
    }
    return ~crc
  }

  private static func makeTables() -> UnsafePointer<UInt32> {
    let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 0 ? 0 : 0x82F6_3B78) }
      (tables + byte).initialize(to: crc)
    }
    for index in 256..<2048 {
      let before = tables[index - 256]
      (tables + index).initialize(to: (before >> 8) ^ tables[Int(before & 0xFF)])
    }
    return UnsafePointer(tables)
  }
}
