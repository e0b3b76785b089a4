import FirmwareProtocol
import Testing

/// CRC-32C against its published values and its definition.
@Suite struct ChecksumTests {
  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBytes { Checksum.crc32c($0) }
  }

  @Test("The checksum of '123456789' is the catalogue's check value")
  func checkValue() {
    // Williams, 'A painless guide to CRC error detection algorithms'; CRC-32/ISCSI in the RevEng
    // catalogue: check 0xE3069283.
    #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
  }

  @Test("The checksums of RFC 3720's four patterns are those of its appendix B.4")
  func internetPatterns() {
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(checksum(Array(0..<32)) == 0x46DD_794E)
    #expect(checksum((0..<32).reversed()) == 0x113F_DB5C)
  }

  @Test("The checksum by tables is the one by single bits, at every length and alignment")
  func singleBits() {
    let seed: UInt64 = 11
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let bytes = (0..<300).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    for start in 0..<8 {
      for count in 0...(bytes.count - start) {
        var expected = ~(0 as UInt32)
        for byte in bytes[start..<start + count] {
          expected ^= UInt32(byte)
          for _ in 0..<8 { expected = (expected >> 1) ^ (expected & 1 == 0 ? 0 : 0x82F6_3B78) }
        }
        let found = bytes.withUnsafeBytes {
          Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
        }
        #expect(found == ~expected)
      }
    }
  }
}
