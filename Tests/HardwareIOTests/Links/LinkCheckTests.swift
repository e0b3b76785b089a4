import FirmwareProtocol
import HardwareIO
import Robotics
import Testing

@Suite struct LinkCheckTests {
  /// What checking a robot whose firmware differs in one thing throws.
  private func errorOfCheck(
    _ robot: Robot = cartPole(), patience: SerialRobotLink.Patience = shortPatience,
    _ change: (inout FirmwareDouble.Behaviour) -> Void
  ) throws -> LinkError? {
    let (double, link) = try doubleAndLink(robot, patience: patience, change)
    defer { double.end() }
    do throws(LinkError) {
      _ = try link.check(robot: robot)
      return nil
    } catch {
      return error
    }
  }

  @Test("An honest robot passes, has its limits and is off")
  func honest() throws {
    let robot = cartPole()
    let (double, link) = try doubleAndLink(robot)
    defer { double.end() }
    let hello = try link.check(robot: robot)
    #expect(hello.robotName == "double-cart-pole")
    #expect(hello.joints.map(\.name) == ["cart", "pole"])
    let limits = try #require(double.now.limits)
    #expect(limits.watchdogMilliseconds == 80)
    #expect(limits.joints[0].positionLower == Float(-0.3))
    #expect(limits.joints[0].positionUpper == Float(0.31))
    #expect(limits.joints[0].velocity == Float(2.1))
    #expect(limits.joints[0].effort == Float(9.7))
    #expect(limits.joints[1].positionLower == -.infinity)
    #expect(limits.joints[1].positionUpper == .infinity)
    #expect(limits.joints[1].effort == 0)
    #expect(double.now.mode == .disarmed)
  }

  @Test("The actuators are verified off before the limits are written")
  func order() throws {
    let robot = cartPole()
    let (double, link) = try doubleAndLink(robot)
    defer { double.end() }
    _ = try link.check(robot: robot)
    let types = double.messages.map(\.type)
    #expect(types == [.hello, .disarm, .configure])
  }

  @Test("A robot that is busy booting is waited for")
  func waitsForBoot() throws {
    let robot = cartPole()
    let (double, link) = try doubleAndLink(robot) { $0.deafSeconds = 0.4 }
    defer { double.end() }
    _ = try link.check(robot: robot)
    #expect(double.messages.count { $0.type == .hello } >= 5)
  }

  @Test("A silent line is a missing hello that says at which rate it was asked")
  func silence() throws {
    var patience = shortPatience
    patience.helloSeconds = 0.2
    let error = try errorOfCheck(patience: patience) { $0.deafSeconds = 60 }
    guard case .noHello(_, 460_800, 0.2, 0) = error else {
      Issue.record("expected noHello, found \(String(describing: error))")
      return
    }
  }

  @Test("A line that brings only noise points to the rate")
  func noise() throws {
    let terminal = try PseudoTerminal()
    var patience = shortPatience
    patience.helloSeconds = 0.2
    let link = try SerialRobotLink(path: terminal.path, robot: cartPole(), patience: patience)
    let chatter = PeriodicWriter(terminal, [0x9D, 0x00, 0xFE, 0x31, 0x80])
    defer { chatter.end() }
    let error = #expect(throws: LinkError.self) { _ = try link.check(robot: cartPole()) }
    guard case .noHello(_, _, _, let bytes) = error else {
      Issue.record("expected noHello, found \(String(describing: error))")
      return
    }
    #expect(bytes > 0)
    #expect(error?.description.contains("rate is probably not the firmware's") == true)
  }

  @Test("Firmware of another protocol version is refused with both versions named")
  func version() throws {
    #expect(
      try errorOfCheck { $0.protocolVersion = 9 } == .wrongProtocolVersion(expected: 1, found: 9))
  }

  @Test("Another robot's firmware is refused with both names")
  func name() throws {
    #expect(
      try errorOfCheck { $0.robotName = "toaster" }
        == .wrongRobot(expected: "double-cart-pole", found: "toaster"))
  }

  @Test("A missing joint is refused")
  func jointCount() throws {
    #expect(
      try errorOfCheck { $0.joints.removeLast() }
        == .descriptorMismatch(what: "the number of joints", expected: "2", found: "1"))
  }

  @Test("Joints in another order are refused by name")
  func jointOrder() throws {
    #expect(
      try errorOfCheck { $0.joints.reverse() }
        == .descriptorMismatch(what: "the name of joint 1", expected: "'cart'", found: "'pole'"))
  }

  @Test("A joint that turns where it should slide is refused")
  func jointKind() throws {
    #expect(
      try errorOfCheck { $0.joints[0].kind = .revolute }
        == .descriptorMismatch(
          what: "the kind of joint 'cart'", expected: "prismatic", found: "revolute"))
  }

  @Test("A joint without the motor it should have is refused")
  func jointActuation() throws {
    #expect(
      try errorOfCheck { $0.joints[0].isActuated = false }
        == .descriptorMismatch(
          what: "the actuation of joint 'cart'", expected: "a motor", found: "no motor"))
  }

  @Test("A motor too weak for the file's effort limit is refused")
  func capability() throws {
    #expect(
      try errorOfCheck { $0.joints[0].effortCapability = 5 }
        == .descriptorMismatch(
          what: "the effort of joint 'cart'", expected: "a limit of 9.7 N",
          found: "at most 5.0 N can be given"))
  }

  @Test("Another control rate is refused")
  func rate() throws {
    #expect(
      try errorOfCheck { $0.claimedRateHertz = 100 }
        == .descriptorMismatch(what: "the control rate", expected: "200.0 Hz", found: "100.0 Hz"))
  }

  @Test("Firmware with too small a receive buffer for the limits is refused")
  func frame() throws {
    let error = try errorOfCheck { $0.maximumFrameBytes = 16 }
    guard case .descriptorMismatch("the greatest frame", _, "16 bytes") = error else {
      Issue.record("expected a mismatch, found \(String(describing: error))")
      return
    }
  }

  @Test("Limits that read back one bit off are refused")
  func readBack() throws {
    let error = try errorOfCheck {
      $0.readBack = { written in
        var limits = written
        limits.joints[0].velocity = limits.joints[0].velocity.nextUp
        return limits
      }
    }
    guard case .limitsNotAccepted("velocity limit of joint 'cart'", _, _) = error else {
      Issue.record("expected limitsNotAccepted, found \(String(describing: error))")
      return
    }
  }

  @Test("Limits that the firmware refuses are an error with its reason")
  func refusedLimits() throws {
    let error = try errorOfCheck {
      $0.refusals[HostMessageType.configure.rawValue] = .outOfRange
    }
    #expect(error?.description.contains("beyond what its firmware can enforce") == true)
  }

  @Test("A robot that stays armed is refused before its limits are touched")
  func staysArmed() throws {
    let robot = cartPole()
    let (double, link) = try doubleAndLink(robot) { $0.staysArmed = true }
    defer { double.end() }
    #expect(throws: LinkError.notDisarmed(mode: "armed")) { _ = try link.check(robot: robot) }
    #expect(double.now.limits == nil)
  }

  @Test("A robot that falls silent after its hello is an error that says what went unanswered")
  func fallsSilent() throws {
    let error = try errorOfCheck { $0.ignored = [HostMessageType.configure.rawValue] }
    #expect(error == .noAnswer(what: "the limits", waitedSeconds: 0.4))
  }

  @Test("A robot that is unplugged during the check is an error that says so")
  func unplugged() throws {
    let robot = cartPole()
    let (double, link) = try doubleAndLink(robot) { $0.deafSeconds = 60 }
    double.does(.unplug)
    #expect(throws: LinkError.disconnected(path: double.path)) {
      _ = try link.check(robot: robot)
    }
  }

  @Test("Echoes give the round trip, and the robot's clock against the host's")
  func echo() throws {
    let robot = cartPole()
    let (double, link) = try doubleAndLink(robot) { $0.driftPartsPerMillion = 20_000 }
    defer { double.end() }
    _ = try link.check(robot: robot)
    let measurement = try link.measureEcho(count: 100)
    print("echo over a pseudo-terminal: \(measurement.roundTrip)")
    #expect(measurement.roundTrip.count + measurement.lost == 100)
    #expect(measurement.lost < 10)
    let clock = try #require(measurement.clock)
    // The double's clock runs fast by 2 %, far more than any crystal.
    #expect(
      abs(clock.driftPartsPerMillion - 20_000) <= clock.driftUncertaintyPartsPerMillion + 1)
  }
}
