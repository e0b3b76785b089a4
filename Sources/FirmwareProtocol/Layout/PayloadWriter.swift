/// Writes a payload's fields one after the other, little-endian, into memory that the caller has
/// made large enough.
struct PayloadWriter {
  private var cursor: UnsafeMutableRawPointer

  init(_ start: UnsafeMutableRawPointer) { cursor = start }

  @inline(__always)
  mutating func write<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
    cursor.storeBytes(of: value.littleEndian, as: Value.self)
    cursor += MemoryLayout<Value>.size
  }

  @inline(__always)
  mutating func write(_ value: Float) { write(value.bitPattern) }

  @inline(__always)
  mutating func write(_ value: Bool) { write(value ? 1 : 0 as UInt8) }

  /// Writes a text's length in bytes, then its UTF-8.
  mutating func write(_ text: String) {
    write(UInt8(text.utf8.count))
    for byte in text.utf8 { write(byte) }
  }
}
