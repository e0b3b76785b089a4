import FirmwareProtocol
import Testing

/// What a person reads when two ends disagree: what was found, what is allowed, what to do.
@Suite struct MessageErrorTests {
  private func hostError(_ payload: [UInt8]) -> MessageError? {
    payload.withUnsafeBytes { bytes in
      do throws(MessageError) {
        _ = try HostMessage(payload: bytes)
        return nil
      } catch {
        return error
      }
    }
  }

  private func robotError(_ payload: [UInt8]) -> MessageError? {
    payload.withUnsafeBytes { bytes in
      do throws(MessageError) {
        _ = try RobotMessage(payload: bytes)
        return nil
      } catch {
        return error
      }
    }
  }

  @Test("An unknown type names itself and the types there are")
  func unknownType() {
    let error = hostError([0x84])
    #expect(error == .unknownType(found: 0x84, allowed: 0x01...0x0A))
    #expect(
      error?.description == """
        The message type 0x84 is unknown: it must be from 0x01 to 0x0A. Check that both ends speak \
        the same protocol version and neither hears its own bytes.
        """)
  }

  @Test("A wrong length names the message, the bytes found and those expected")
  func wrongLength() {
    let error = hostError([0x04, 7, 0, 0])
    #expect(error == .wrongLength(message: "host arm", found: 4, expected: 5))
    #expect(
      error?.description == """
        A host arm payload has 4 bytes, but its type and counts ask for 5. Check that both ends \
        speak the same protocol version.
        """)
  }

  @Test("An unknown mode names the field, the number found and those that mean something")
  func unknownValue() {
    let error = robotError([0x83, 4, 0, 9])
    #expect(
      error
        == .unknownValue(message: "robot acknowledgement", field: "mode", found: 9, allowed: 0...3))
    #expect(
      error?.description == """
        The mode of a robot acknowledgement message is 9, but it must be from 0 to 3. Check that \
        both ends speak the same protocol version.
        """)
  }

  @Test("Text that isn't UTF-8 is shown as its bytes")
  func invalidText() {
    var payload: [UInt8] = [0x81, 1]
    payload += [UInt8](repeating: 0, count: 17) + [2, 0x61, 0xFF, 0]
    #expect(
      robotError(payload)?.description == """
        The robot's name of a robot hello message is no valid UTF-8: its bytes are 0x61 0xFF. Mend \
        the text in the firmware.
        """)
  }

  @Test("Nothing at all is an error that says so")
  func empty() {
    #expect(hostError([]) == .empty)
    #expect(robotError([]) == .empty)
  }

  @Test("A hello with a name too long for the wire is found before it is sent")
  func validatingNames() {
    let name = String(repeating: "ö", count: 17)
    let hello = RobotMessage.hello(
      RobotHello(
        nonce: 1, bootCounter: 1, controlRateHertz: 100, watchdogMilliseconds: 100,
        maximumFrameBytes: 64, robotName: "pendulum", firmwareVersion: "1",
        joints: [
          JointDescriptor(name: name, kind: .revolute, isActuated: true, effortCapability: 1)
        ]))
    #expect(
      throws: MessageError.textTooLong(
        message: "robot hello", field: "joint's name", foundBytes: 34, allowedBytes: 32)
    ) { try hello.validate() }
  }

  @Test("A command with too many joints is found before it is sent")
  func validatingJoints() {
    let command = HostMessage.command(
      Command(
        answering: 0, applyAtMicroseconds: 0, expiresAtMicroseconds: 0,
        efforts: [Float](repeating: 0, count: 33)))
    #expect(throws: MessageError.tooManyJoints(message: "host command", found: 33, allowed: 32)) {
      try command.validate()
    }
  }

  @Test("Every message of the vectors can be sent")
  func validatingVectors() throws {
    for vector in ValidVectors.host { try vector.message.validate() }
    for vector in ValidVectors.robot { try vector.message.validate() }
  }
}
