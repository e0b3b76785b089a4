import FirmwareProtocol
import Foundation
import Testing

/// The specification and the implementation say the same.
@Suite struct DocumentTests {
  let document: SpecificationDocument

  init() throws { document = try SpecificationDocument() }

  @Test("Every worked example in the specification is the vector it names, step by step")
  func examples() throws {
    let vectors =
      try VectorFile<ValidVector>.read("host-messages").vectors.map {
        (key: "host-messages / " + $0.name, vector: $0)
      }
      + VectorFile<ValidVector>.read("robot-messages").vectors.map {
        (key: "robot-messages / " + $0.name, vector: $0)
      }
    let examples = document.examples
    #expect(examples.count == 8)
    for example in examples {
      let name = try #require(example["vector"])
      let vector = try #require(vectors.first { $0.key == name }?.vector, "\(name)")
      let payload = try #require(example["payload"].flatMap { bytes($0) }, "\(name)")
      #expect(hexadecimal(payload) == vector.payload, "\(name)")
      let checksum = payload.withUnsafeBytes { Checksum.crc32c($0) }
      #expect(example["crc-32c"] == String(format: "0x%08X", checksum), "\(name)")
      let content = try #require(example["content"].flatMap { bytes($0) }, "\(name)")
      #expect(content == payload + withUnsafeBytes(of: checksum.littleEndian) { Array($0) })
      #expect(example["frame"].flatMap { bytes($0) } == bytes(vector.frame), "\(name)")
      #expect(stuffed(content) + [0] == bytes(vector.frame), "\(name)")
    }
  }

  @Test("The specification's examples of byte stuffing are right")
  func stuffing() throws {
    let start = try #require(document.lines.firstIndex(of: "| content | stuffed |"))
    let rows = document.lines[(start + 2)...].prefix { $0.hasPrefix("|") }
    #expect(rows.count == 9)
    for row in rows {
      let cells = SpecificationDocument.cells(of: row).map {
        $0.prefix { $0 != "(" }.trimmingCharacters(in: CharacterSet(charactersIn: "` "))
      }
      let content = try #require(spelledOut(cells[0]), "\(row)")
      if let said = row.firstMatch(of: /\((\d+) bytes\)/) {
        #expect(content.count == Int(said.1), "\(row)")
      }
      #expect(stuffed(content) == spelledOut(cells[1]), "\(row)")
    }
  }

  @Test("Every message has a section in the specification, under its type byte")
  func types() {
    let sections = document.sections
    let host = sections.filter { $0.direction == "host" }
    let robot = sections.filter { $0.direction == "robot" }
    #expect(
      host.map { $0.type } == HostMessageType.allCases.map { $0.rawValue }.sorted())
    #expect(robot.map { $0.type } == RobotMessageType.allCases.map { $0.rawValue }.sorted())
    for section in sections {
      let name =
        section.direction == "host"
        ? HostMessageType(rawValue: section.type).map { "\($0)" }
        : RobotMessageType(rawValue: section.type).map { "\($0)" }
      #expect(
        section.name.replacingOccurrences(of: " ", with: "") == name?.lowercased(),
        "section 0x\(String(section.type, radix: 16))")
    }
  }

  @Test("The fields in the specification's tables follow each other without gaps")
  func offsets() throws {
    let sizes = ["u8": 1, "u16": 2, "u32": 4, "u64": 8, "f32": 4]
    for section in document.sections {
      for rows in [section.fixedRows, section.jointRows] {
        var offset = 0
        for row in rows {
          // A field after a text has no fixed offset.
          guard let said = Int(row[0].drop { $0 == "+" }), let size = Int(row[1]) else { break }
          #expect(said == offset, "\(section.name): \(row)")
          #expect(sizes[row[2]] == size, "\(section.name): \(row)")
          offset += size
        }
      }
    }
  }

  @Test("The tables' sizes are those of encoded messages")
  func sizes() throws {
    var generator = SeededGenerator(seed: 21)
    for section in document.sections where section.type != RobotMessageType.hello.rawValue {
      let fixed = section.fixedRows.compactMap { Int($0[1]) }.reduce(0, +)
      let perJoint = section.jointRows.compactMap { Int($0[1]) }.reduce(0, +)
      let payload: Int
      let joints: Int
      if let type = HostMessageType(rawValue: section.type) {
        let message = generator.hostMessage(type)
        payload = message.payloadBytes
        joints = jointCount(message.fields)
      } else {
        let type = try #require(RobotMessageType(rawValue: section.type))
        let message = generator.robotMessage(type)
        payload = message.payloadBytes
        joints = jointCount(message.fields)
      }
      #expect(payload == fixed + joints * perJoint, "\(section.name)")
    }
  }

  @Test(
    "What the specification says fits on a line is what the encoded frames take",
    arguments: [
      (joints: 18, hertz: 100, baud: 1_000_000), (joints: 6, hertz: 500, baud: 1_000_000),
      (joints: 1, hertz: 1000, baud: 460_800),
    ])
  func budgets(joints: Int, hertz: Int, baud: Int) {
    // Values without zero bytes, which make the longest frames.
    let value = Float(bitPattern: 0x3F81_0203)
    let state = RobotMessage.state(
      RobotState(
        tick: 0x0101_0101, robotTimeMicroseconds: 0x0101_0101_0101_0101, mode: .armed,
        fault: .watchdog, answeredTick: 0x0101_0101, lateCommands: 0x0101,
        joints: [JointState](
          repeating: JointState(position: value, velocity: value, effort: value), count: joints))
    ).frame()
    let command = HostMessage.command(
      Command(
        answering: 0x0101_0101, applyAtMicroseconds: 0x0101_0101_0101_0101,
        expiresAtMicroseconds: 0x0101_0101_0101_0101,
        efforts: [Float](repeating: value, count: joints))
    ).frame()
    func use(_ frame: [UInt8]) -> String {
      let share = 100 * Double(frame.count * hertz) / (Double(baud) / 10)
      return "\(frame.count) bytes | \(frame.count * hertz) bytes/s, "
        + String(format: "%.1f %%", share)
    }
    let row =
      "| \(joints) joint\(joints == 1 ? "" : "s"), \(hertz) Hz, \(baud) baud "
      + "| \(use(state)) | \(use(command)) |"
    print(row)
    #expect(document.lines.contains(row))
    #expect(state.count * hertz * 10 < baud)
    #expect(command.count * hertz * 10 < baud)
  }

  @Test("The greatest sizes that the specification names are those of the greatest message")
  func greatest() throws {
    let text = document.lines.joined(separator: " ")
    let greatest = try #require(
      ValidVectors.robot.first { $0.name == "hello, the greatest payload" })
    #expect(greatest.message.payloadBytes == ProtocolLimits.maximumPayloadBytes)
    #expect(
      text.contains("greatest payload of this version is \(ProtocolLimits.maximumPayloadBytes)"))
    #expect(text.contains("its frame \(ProtocolLimits.maximumFrameBytes) bytes"))
    #expect(frame(payload: [5]).count == 7)
  }

  private func jointCount(_ fields: [String: FieldValue]) -> Int {
    if case .list(let list)? = fields["joints"] ?? fields["efforts"] { return list.count }
    return 0
  }

  /// The bytes of hexadecimal text in which `..` stands for those counted up between its neighbours.
  private func spelledOut(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    var isCounting = false
    for word in text.split(separator: " ") {
      if word == ".." {
        isCounting = true
        continue
      }
      guard let byte = UInt8(word, radix: 16) else { return nil }
      if isCounting, let last = result.last, last < byte { result += (last + 1)..<byte }
      isCounting = false
      result.append(byte)
    }
    return result
  }
}
