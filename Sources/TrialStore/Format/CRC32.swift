import Foundation

/// The CRC-32 of zlib, PNG and Ethernet (ISO 3309; polynomial 0x04C11DB7, reflected), by which a
/// chunk whose bytes rotted on the disk is told from a whole one.
package enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1
    }
  }

  /// The checksum of some bytes.
  package static func checksum(_ data: Data) -> UInt32 {
    ~data.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
  }
}
