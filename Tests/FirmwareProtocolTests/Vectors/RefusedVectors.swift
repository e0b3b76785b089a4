import FirmwareProtocol

/// The payloads of `refused-payloads.json`: each is carried by a right frame and must be refused.
enum RefusedVectors {
  static func file() -> VectorFile<RefusedVector> {
    VectorFile(
      description:
        "Payloads that arrive in a frame with a right checksum and are no message, with the error.",
      vectors: vectors.map {
        RefusedVector(
          name: $0.name, direction: $0.direction, payload: hexadecimal($0.payload),
          frame: hexadecimal(frame(payload: $0.payload)), error: $0.error)
      })
  }

  private typealias Refused = (name: String, direction: String, payload: [UInt8], error: String)

  private static let vectors: [Refused] = [
    ("type 0x00", "host", [0x00], "unknown type"),
    ("first type after the host's", "host", [0x0B], "unknown type"),
    ("a robot's type from the host", "host", [0x84], "unknown type"),
    ("type 0x80", "robot", [0x80], "unknown type"),
    ("first type after the robot's", "robot", [0x87], "unknown type"),
    ("a host's type from the robot", "robot", [0x05], "unknown type"),
    ("hello without a body", "host", [0x01], "wrong length"),
    ("hello with a byte too few", "host", [0x01, 1, 1, 2, 3], "wrong length"),
    ("hello with a byte too many", "host", [0x01, 1, 1, 2, 3, 4, 5], "wrong length"),
    ("configure without a body", "host", [0x02], "truncated"),
    ("configure, one joint said, none there", "host", [0x02, 1, 100, 0], "wrong length"),
    ("configure, none said, one there", "host", [0x02, 0, 100, 0] + zeros(16), "wrong length"),
    ("configure, 33 joints", "host", [0x02, 33, 100, 0] + zeros(33 * 16), "too many joints"),
    ("stream neither on nor off", "host", [0x03, 2], "unknown value"),
    ("stream without a body", "host", [0x03], "wrong length"),
    ("arm with a byte too few", "host", [0x04, 7, 0, 0], "wrong length"),
    ("disarm with a body", "host", [0x05, 0], "wrong length"),
    ("command without a body", "host", [0x06], "truncated"),
    ("command with half an effort", "host", [0x06, 1] + zeros(22), "wrong length"),
    ("command, one joint said, two there", "host", [0x06, 1] + zeros(28), "wrong length"),
    ("command, 33 joints", "host", [0x06, 33] + zeros(20 + 33 * 4), "too many joints"),
    ("command, 255 joints", "host", [0x06, 255] + zeros(20 + 255 * 4), "too many joints"),
    ("heartbeat with a byte too many", "host", [0x07, 1, 0, 0, 0, 0], "wrong length"),
    ("emergency stop with a body", "host", [0x08, 8], "wrong length"),
    ("clear fault with a body", "host", [0x09, 9], "wrong length"),
    ("echo without a body", "host", [0x0A], "wrong length"),
    ("robot hello cut in its numbers", "robot", hello(joints: 0).dropLast(3).asArray, "truncated"),
    ("robot hello cut before its joint", "robot", hello(joints: 1), "truncated"),
    ("robot hello with a byte too many", "robot", hello(joints: 0) + [0], "wrong length"),
    ("robot hello, 33 joints", "robot", hello(joints: 33), "too many joints"),
    (
      "robot hello, a name of 33 bytes", "robot",
      numbers(joints: 0) + [33] + [UInt8](repeating: 0x61, count: 33) + [0], "text too long"
    ),
    ("robot hello, a name cut", "robot", numbers(joints: 0) + [5, 0x61, 0x62], "truncated"),
    (
      "robot hello, a name with a byte that is never UTF-8", "robot",
      numbers(joints: 0) + [2, 0x61, 0xFF, 0], "invalid text"
    ),
    (
      "robot hello, a name with an overlong slash", "robot",
      numbers(joints: 0) + [2, 0xC0, 0xAF, 0], "invalid text"
    ),
    (
      "robot hello, a name with a surrogate", "robot",
      numbers(joints: 0) + [3, 0xED, 0xA0, 0x80, 0], "invalid text"
    ),
    (
      "robot hello, a name that ends in half a character", "robot",
      numbers(joints: 0) + [2, 0x61, 0xC3, 0], "invalid text"
    ),
    ("robot hello, joint of kind 2", "robot", hello(joints: 1) + joint(2, 1), "unknown value"),
    (
      "robot hello, joint actuated 2", "robot", hello(joints: 1) + joint(0, 2), "unknown value"
    ),
    ("limits with a byte too few", "robot", [0x82, 1, 100, 0] + zeros(15), "wrong length"),
    ("acknowledgement with a byte too few", "robot", [0x83, 4, 0], "wrong length"),
    ("acknowledgement, result 8", "robot", [0x83, 4, 8, 0], "unknown value"),
    ("acknowledgement, mode 4", "robot", [0x83, 4, 0, 4], "unknown value"),
    ("state without a body", "robot", [0x84], "truncated"),
    ("state, one joint said, none there", "robot", [0x84, 1] + zeros(20), "wrong length"),
    ("state, 33 joints", "robot", [0x84, 33] + zeros(20 + 33 * 12), "too many joints"),
    ("state, mode 4", "robot", [0x84, 0] + zeros(12) + [4, 0] + zeros(6), "unknown value"),
    ("state, fault 8", "robot", [0x84, 0] + zeros(12) + [0, 8] + zeros(6), "unknown value"),
    ("fault with a byte too many", "robot", [0x85, 1, 255] + zeros(13), "wrong length"),
    ("fault, code 8", "robot", [0x85, 8, 255] + zeros(12), "unknown value"),
    ("echo with a byte too few", "robot", [0x86] + zeros(11), "wrong length"),
  ]

  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  /// The fixed part of a robot's hello.
  private static func numbers(joints: UInt8) -> [UInt8] { [0x81, 1] + zeros(16) + [joints] }

  /// A robot's hello with empty names, up to its joints.
  private static func hello(joints: UInt8) -> [UInt8] { numbers(joints: joints) + [0, 0] }

  private static func joint(_ kind: UInt8, _ isActuated: UInt8) -> [UInt8] {
    [kind, isActuated] + zeros(4) + [1, 0x61]
  }
}

extension ArraySlice {
  fileprivate var asArray: [Element] { Array(self) }
}
