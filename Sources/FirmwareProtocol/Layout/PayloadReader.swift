/// Reads a payload's fields one after the other, little-endian, and refuses to read past its end.
struct PayloadReader {
  let message: String
  private let payload: UnsafeRawBufferPointer
  private(set) var offset: Int

  /// A reader past the type byte of the payload.
  init(_ payload: UnsafeRawBufferPointer, message: String) {
    self.payload = payload
    self.message = message
    offset = 1
  }

  /// Throws unless the payload is exactly so long.
  func expectLength(_ expected: Int) throws(MessageError) {
    if payload.count != expected {
      throw .wrongLength(message: message, found: payload.count, expected: expected)
    }
  }

  mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type, _ field: String
  ) throws(MessageError) -> Value {
    let end = offset + MemoryLayout<Value>.size
    if end > payload.count {
      throw .truncated(message: message, field: field, found: payload.count, needed: end)
    }
    let value = payload.loadUnaligned(fromByteOffset: offset, as: Value.self)
    offset = end
    return Value(littleEndian: value)
  }

  mutating func readFloat(_ field: String) throws(MessageError) -> Float {
    Float(bitPattern: try read(UInt32.self, field))
  }

  mutating func readBool(_ field: String) throws(MessageError) -> Bool {
    let value = try read(UInt8.self, field)
    if value > 1 {
      throw .unknownValue(message: message, field: field, found: value, allowed: 0...1)
    }
    return value == 1
  }

  /// A byte that stands for one of the cases of `type`, whose raw values run from 0 without gaps.
  mutating func readCase<Value: RawRepresentable<UInt8>>(
    _ type: Value.Type, _ field: String, upTo greatest: Value
  ) throws(MessageError) -> Value {
    let rawValue = try read(UInt8.self, field)
    guard let value = Value(rawValue: rawValue) else {
      throw .unknownValue(
        message: message, field: field, found: rawValue, allowed: 0...greatest.rawValue)
    }
    return value
  }

  mutating func readJointCount() throws(MessageError) -> Int {
    let count = Int(try read(UInt8.self, "joint count"))
    if count > ProtocolLimits.maximumJoints {
      throw .tooManyJoints(
        message: message, found: count, allowed: ProtocolLimits.maximumJoints)
    }
    return count
  }

  /// A text: its length in bytes, then its UTF-8.
  mutating func readText(_ field: String) throws(MessageError) -> String {
    let count = Int(try read(UInt8.self, "length of the \(field)"))
    if count > ProtocolLimits.maximumTextBytes {
      throw .textTooLong(
        message: message, field: field, foundBytes: count,
        allowedBytes: ProtocolLimits.maximumTextBytes)
    }
    let end = offset + count
    if end > payload.count {
      throw .truncated(message: message, field: field, found: payload.count, needed: end)
    }
    let bytes = UnsafeRawBufferPointer(rebasing: payload[offset..<end])
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .invalidText(message: message, field: field, bytes: Array(bytes))
    }
    offset = end
    return text
  }
}
