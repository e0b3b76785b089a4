/// Why a payload is no message, though its checksum is right: the two ends disagree on the
/// protocol.
public enum MessageError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The payload has no type byte.
  case empty
  /// No message of that direction has this type byte; `allowed` are those that exist.
  case unknownType(found: UInt8, allowed: ClosedRange<UInt8>)
  /// The payload is longer or shorter than its type and counts say.
  case wrongLength(message: String, found: Int, expected: Int)
  /// The payload ends before a field that its type must have.
  case truncated(message: String, field: String, found: Int, needed: Int)
  /// A field holds a number that means nothing; `allowed` lists those that do.
  case unknownValue(message: String, field: String, found: UInt8, allowed: ClosedRange<UInt8>)
  /// More joints than the protocol allows.
  case tooManyJoints(message: String, found: Int, allowed: Int)
  /// A name or version is longer than the protocol allows.
  case textTooLong(message: String, field: String, foundBytes: Int, allowedBytes: Int)
  /// A name or version is no valid UTF-8.
  case invalidText(message: String, field: String, bytes: [UInt8])

  /// What was found, what is allowed, and what to do.
  public var description: String {
    switch self {
    case .empty:
      "A payload has no bytes, but the first must be the message type; check the sender's framing."
    case .unknownType(let found, let allowed):
      "The message type \(hexadecimal(found)) is unknown: it must be \(hexadecimal(allowed)). "
        + "Check that both ends speak the same protocol version and neither hears its own bytes."
    case .wrongLength(let message, let found, let expected):
      "A \(message) payload has \(found) bytes, but its type and counts ask for \(expected). "
        + "Check that both ends speak the same protocol version."
    case .truncated(let message, let field, let found, let needed):
      "A \(message) payload has \(found) bytes and ends before its \(field), which needs at least "
        + "\(needed). Check that both ends speak the same protocol version."
    case .unknownValue(let message, let field, let found, let allowed):
      "The \(field) of a \(message) message is \(found), but it must be from "
        + "\(allowed.lowerBound) to \(allowed.upperBound). "
        + "Check that both ends speak the same protocol version."
    case .tooManyJoints(let message, let found, let allowed):
      "A \(message) message has \(found) joints, but the protocol allows \(allowed) at most. "
        + "Describe the robot with fewer joints."
    case .textTooLong(let message, let field, let foundBytes, let allowedBytes):
      "The \(field) of a \(message) message has \(foundBytes) bytes of UTF-8, but the protocol "
        + "allows \(allowedBytes) at most. Shorten it."
    case .invalidText(let message, let field, let bytes):
      "The \(field) of a \(message) message is no valid UTF-8: its bytes are "
        + bytes.map(hexadecimal).joined(separator: " ") + ". Mend the text in the firmware."
    }
  }
}

private func hexadecimal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return "0x" + (digits.count < 2 ? "0" : "") + digits
}

private func hexadecimal(_ range: ClosedRange<UInt8>) -> String {
  "from \(hexadecimal(range.lowerBound)) to \(hexadecimal(range.upperBound))"
}
