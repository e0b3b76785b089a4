import FirmwareProtocol
import Foundation

/// A file of test vectors in `firmware-protocol/vectors/`; its README gives the format.
struct VectorFile<Vector: Codable & Equatable>: Codable, Equatable {
  var description: String
  var vectors: [Vector]

  static func read(_ name: String) throws -> VectorFile {
    let data = try Data(contentsOf: Repository.vectors.appendingPathComponent(name + ".json"))
    return try JSONDecoder().decode(VectorFile.self, from: data)
  }

  func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    var data = try encoder.encode(self)
    data.append(UInt8(ascii: "\n"))
    try data.write(to: url)
  }
}

/// A message that must be encoded to this frame and decoded from it.
struct ValidVector: Codable, Equatable {
  var name: String
  var fields: [String: FieldValue]
  var payload: String
  var frame: String
}

/// A payload in a right frame that must be refused, with the name of the error.
struct RefusedVector: Codable, Equatable {
  var name: String
  var direction: String
  var payload: String
  var frame: String
  var error: String
}

/// A stream of bytes, and what a decoder must make of it.
struct StreamVector: Codable, Equatable {
  var name: String
  var bytes: String
  var maximumFrame: Int
  var payloads: [String]
  var rejected: Int
  var discarded: Int

  enum CodingKeys: String, CodingKey {
    case name, bytes, payloads, rejected, discarded
    case maximumFrame = "maximum_frame"
  }
}

/// Where the repository's files are, seen from the tests.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let vectors = root.appendingPathComponent("firmware-protocol/vectors")
}

/// Bytes as lower-case hexadecimal without spaces.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}

/// The bytes of hexadecimal text, spaces allowed; nil when it isn't that.
func bytes(_ hexadecimal: String) -> [UInt8]? {
  var nibbles: [UInt8] = []
  for character in hexadecimal where !character.isWhitespace {
    guard let nibble = character.hexDigitValue else { return nil }
    nibbles.append(UInt8(nibble))
  }
  if nibbles.count % 2 != 0 { return nil }
  return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
}

/// A payload's frame, whether or not the payload is a message.
func frame(payload: [UInt8]) -> [UInt8] {
  var buffer = [UInt8](repeating: 0, count: ProtocolLimits.frameBytes(payloadBytes: payload.count))
  let count = payload.withUnsafeBytes { payload in
    buffer.withUnsafeMutableBytes { FrameEncoder().encode(payload: payload, into: $0) }
  }
  return Array(buffer[0..<count])
}
