import FirmwareProtocol
import Foundation
import Testing

/// The vectors in `firmware-protocol/vectors/`, which every implementation must pass.
///
/// `HANDFUL_WRITE_VECTORS=1 swift test --filter VectorTests` writes the files anew.
@Suite(.serialized) struct VectorTests {
  static let isWriting = ProcessInfo.processInfo.environment["HANDFUL_WRITE_VECTORS"] == "1"

  @Test("Vector files are written when asked for", .enabled(if: isWriting))
  func writing() throws {
    try FileManager.default.createDirectory(
      at: Repository.vectors, withIntermediateDirectories: true)
    func url(_ name: String) -> URL { Repository.vectors.appendingPathComponent(name + ".json") }
    try ValidVectors.hostFile().write(to: url("host-messages"))
    try ValidVectors.robotFile().write(to: url("robot-messages"))
    try RefusedVectors.file().write(to: url("refused-payloads"))
    try StreamVectors.file().write(to: url("streams"))
  }

  @Test("The stored vectors are those that their sources make")
  func sources() throws {
    #expect(try VectorFile.read("host-messages") == ValidVectors.hostFile())
    #expect(try VectorFile.read("robot-messages") == ValidVectors.robotFile())
    #expect(try VectorFile.read("refused-payloads") == RefusedVectors.file())
    #expect(try VectorFile.read("streams") == StreamVectors.file())
  }

  @Test("A host's frame on disk is decoded to the fields beside it")
  func hostMessages() throws {
    let file = try VectorFile<ValidVector>.read("host-messages")
    for vector in file.vectors {
      let frame = try #require(bytes(vector.frame), "\(vector.name)")
      let found = payloads(in: frame)
      #expect(found.map { hexadecimal($0) } == [vector.payload], "\(vector.name)")
      let message = try #require(found.first).withUnsafeBytes { try HostMessage(payload: $0) }
      #expect(message.fields == vector.fields, "\(vector.name)")
      #expect(message.frame() == frame, "\(vector.name)")
    }
    let types = Set(file.vectors.map { $0.fields["message"] })
    #expect(types.count == HostMessageType.allCases.count)
  }

  @Test("A robot's frame on disk is decoded to the fields beside it")
  func robotMessages() throws {
    let file = try VectorFile<ValidVector>.read("robot-messages")
    for vector in file.vectors {
      let frame = try #require(bytes(vector.frame), "\(vector.name)")
      let found = payloads(in: frame)
      #expect(found.map { hexadecimal($0) } == [vector.payload], "\(vector.name)")
      let message = try #require(found.first).withUnsafeBytes { try RobotMessage(payload: $0) }
      #expect(message.fields == vector.fields, "\(vector.name)")
      #expect(message.frame() == frame, "\(vector.name)")
    }
    let types = Set(file.vectors.map { $0.fields["message"] })
    #expect(types.count == RobotMessageType.allCases.count)
  }

  @Test("A payload that is no message is refused with the error beside it")
  func refusedPayloads() throws {
    for vector in try VectorFile<RefusedVector>.read("refused-payloads").vectors {
      let frame = try #require(bytes(vector.frame), "\(vector.name)")
      let found = payloads(in: frame)
      #expect(found.map { hexadecimal($0) } == [vector.payload], "\(vector.name)")
      let error = #expect(throws: MessageError.self, "\(vector.name)") {
        try #require(found.first).withUnsafeBytes { payload in
          if vector.direction == "host" {
            _ = try HostMessage(payload: payload)
          } else {
            _ = try RobotMessage(payload: payload)
          }
        }
      }
      #expect(error?.name == vector.error, "\(vector.name)")
    }
  }

  @Test("A stream gives the payloads beside it, however it is cut", arguments: [0, 1, 2, 3, 7, 64])
  func streams(pieceBytes: Int) throws {
    for vector in try VectorFile<StreamVector>.read("streams").vectors {
      let stream = try #require(bytes(vector.bytes), "\(vector.name)")
      let decoder = FrameDecoder(maximumFrameBytes: vector.maximumFrame)
      var found: [String] = []
      let step = pieceBytes == 0 ? max(stream.count, 1) : pieceBytes
      for start in Swift.stride(from: 0, to: stream.count, by: step) {
        found += payloads(in: Array(stream[start..<min(start + step, stream.count)]), by: decoder)
          .map { hexadecimal($0) }
      }
      #expect(found == vector.payloads, "\(vector.name)")
      #expect(decoder.framesAccepted == vector.payloads.count, "\(vector.name)")
      #expect(decoder.framesRejected == vector.rejected, "\(vector.name)")
      #expect(decoder.bytesDiscarded == vector.discarded, "\(vector.name)")
    }
  }
}
