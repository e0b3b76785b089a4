import Foundation

/// Writes a value to stdout as JSON: keys in order, numbers that JSON lacks as null.
enum JSONOutput {
  /// Writes it on lines of its own, indented.
  static func write(_ value: some Encodable) throws {
    try put(value, formatting: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
  }

  /// Writes it on one line.
  static func writeLine(_ value: some Encodable) throws {
    try put(value, formatting: [.sortedKeys, .withoutEscapingSlashes])
  }

  private static func put(
    _ value: some Encodable, formatting: JSONEncoder.OutputFormatting
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    FileHandle.standardOutput.write(try encoder.encode(value) + Data("\n".utf8))
  }
}
