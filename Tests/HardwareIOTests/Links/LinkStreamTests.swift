import FirmwareProtocol
@_spi(SafetyEnvelope) import HardwareIO
import Robotics
import Testing

@Suite struct LinkStreamTests {
  /// A checked link whose robot streams.
  private func streaming(
    _ robot: Robot = cartPole(), _ change: (inout FirmwareDouble.Behaviour) -> Void = { _ in }
  ) throws -> (FirmwareDouble, SerialRobotLink, LinkSample) {
    let (double, link) = try doubleAndLink(robot, change)
    _ = try link.check(robot: robot)
    try link.startStream()
    return (double, link, LinkSample(jointCount: robot.joints.count))
  }

  /// The ticks of the next samples.
  private func ticks(_ count: Int, _ link: SerialRobotLink, _ sample: LinkSample) -> [UInt32] {
    (0..<count).compactMap { _ in
      link.receive(into: sample, timeoutNanoseconds: 500_000_000) == .sample ? sample.tick : nil
    }
  }

  @Test("Samples come in order, with both clocks and every joint")
  func samples() throws {
    let (double, link, sample) = try streaming()
    defer { double.end() }
    var previousRobotTime: Int64 = 0
    for tick in UInt32(0)..<40 {
      #expect(link.receive(into: sample, timeoutNanoseconds: 500_000_000) == .sample)
      #expect(sample.tick == tick)
      #expect(Array(sample.positions) == [Double(tick), Double(tick)])
      #expect(Array(sample.velocities) == [-Double(tick), -Double(tick)])
      #expect(Array(sample.efforts) == [Double(tick) / 2, Double(tick) / 2])
      #expect(sample.mode == .disarmed)
      #expect(sample.lateCommands == 3)
      #expect(sample.robotTimeNanoseconds > previousRobotTime)
      #expect(sample.hostTimeNanoseconds <= MonotonicClock.nowNanoseconds())
      previousRobotTime = sample.robotTimeNanoseconds
      #expect(link.sendHeartbeat() == .sent)
    }
    #expect(link.statistics.samplesLost == 0)
    #expect(link.statistics.framesCorrupted == 0)
  }

  @Test("Samples that came at once are received one after the other")
  func queued() throws {
    let (double, link, sample) = try streaming()
    defer { double.end() }
    #expect(ticks(1, link, sample) == [0])
    // Long enough for several periods of 5 ms.
    MonotonicClock.sleep(untilNanoseconds: MonotonicClock.nowNanoseconds() + 60_000_000)
    #expect(ticks(10, link, sample) == Array(1...10))
  }

  @Test("Lost samples are counted by their ticks")
  func losses() throws {
    let (double, link, sample) = try streaming { $0.copies = { $0 % 5 == 3 ? 0 : 1 } }
    defer { double.end() }
    #expect(ticks(8, link, sample) == [0, 1, 2, 4, 5, 6, 7, 9])
    #expect(link.statistics.samplesLost == 2)
  }

  @Test("Doubled samples are received once and counted")
  func duplicates() throws {
    let (double, link, sample) = try streaming { $0.copies = { $0 % 2 == 0 ? 2 : 1 } }
    defer { double.end() }
    #expect(ticks(9, link, sample) == Array(0...8))
    #expect(link.statistics.samplesOutOfOrder >= 4)
    #expect(link.statistics.samplesLost == 0)
  }

  @Test("Noise between frames costs no sample when it ends in a zero")
  func noiseBetweenFrames() throws {
    let (double, link, sample) = try streaming {
      $0.noise = { tick in
        (0..<20).map { UInt8(truncatingIfNeeded: Int(tick) * 31 + $0 * 57) | 1 } + [0]
      }
    }
    defer { double.end() }
    #expect(ticks(30, link, sample) == Array(0...29))
    #expect(link.statistics.framesCorrupted >= 29)
  }

  @Test("Noise that runs into a frame costs that frame alone")
  func noiseIntoFrames() throws {
    let (double, link, sample) = try streaming {
      $0.noise = { tick in tick % 4 == 2 ? [0x55, 0xAA, 0x17] : [] }
    }
    defer { double.end() }
    #expect(ticks(9, link, sample) == [0, 1, 3, 4, 5, 7, 8, 9, 11])
    #expect(link.statistics.samplesLost == 3)
  }

  @Test("Noise without end doesn't hold receiving past its time-out")
  func endlessNoise() throws {
    let terminal = try PseudoTerminal()
    let link = try SerialRobotLink(path: terminal.path, robot: cartPole())
    let chatter = PeriodicWriter(terminal, [UInt8](repeating: 0x31, count: 200))
    defer { chatter.end() }
    let start = MonotonicClock.nowNanoseconds()
    let outcome = link.receive(
      into: LinkSample(jointCount: 2), timeoutNanoseconds: 60_000_000)
    #expect(outcome == .timeout)
    #expect(MonotonicClock.nowNanoseconds() - start < 1_000_000_000)
  }

  @Test("A link that hears nothing times out when asked to")
  func timeout() throws {
    let (double, link) = try doubleAndLink(cartPole())
    defer { double.end() }
    _ = try link.check(robot: cartPole())
    let start = MonotonicClock.nowNanoseconds()
    #expect(
      link.receive(into: LinkSample(jointCount: 2), timeoutNanoseconds: 20_000_000) == .timeout)
    #expect(MonotonicClock.nowNanoseconds() - start >= 20_000_000)
  }

  @Test("An unplugged robot is noticed within two control periods")
  func unplugged() throws {
    let robot = cartPole(rateHertz: 50)
    let (double, link, sample) = try streaming(robot)
    #expect(ticks(5, link, sample).count == 5)
    double.does(.unplug)
    var outcome = ReceiveOutcome.sample
    while outcome == .sample {
      outcome = link.receive(into: sample, timeoutNanoseconds: 20_000_000)
    }
    let delay = MonotonicClock.nowNanoseconds() - double.now.hungUpAtNanoseconds
    print("hang-up noticed after \(Double(delay) / 1000) µs")
    guard case .disconnected = outcome else {
      Issue.record("expected a hang-up, found \(outcome)")
      return
    }
    #expect(delay < 40_000_000)
    guard case .disconnected = link.sendHeartbeat() else {
      Issue.record("sending must see the hang-up too")
      return
    }
  }

  @Test("A hello that nobody asked for means that the robot was reset, until the next check")
  func reboot() throws {
    let robot = cartPole()
    let (double, link, sample) = try streaming(robot)
    defer { double.end() }
    #expect(ticks(3, link, sample).count == 3)
    double.does(.reboot)
    var outcome = ReceiveOutcome.sample
    while outcome == .sample {
      outcome = link.receive(into: sample, timeoutNanoseconds: 500_000_000)
    }
    #expect(outcome == .rebooted)
    #expect(link.receive(into: sample, timeoutNanoseconds: 0) == .rebooted)
    _ = try link.check(robot: robot)
    try link.startStream()
    #expect(ticks(2, link, sample) == [0, 1])
  }

  @Test("Ticks that begin anew mean a reset, even where its hello was lost")
  func ticksBeginAnew() throws {
    let (double, link, sample) = try streaming()
    defer { double.end() }
    #expect(ticks(30, link, sample).count == 30)
    double.does(.restartTicks)
    var outcome = ReceiveOutcome.sample
    while outcome == .sample {
      outcome = link.receive(into: sample, timeoutNanoseconds: 500_000_000)
    }
    #expect(outcome == .rebooted)
  }

  @Test("A command names the sample that it answers, and acts a constant delay after it")
  func command() throws {
    let (double, link, sample) = try streaming()
    defer { double.end() }
    #expect(link.sendArm() == .sent)
    for _ in 0..<10 {
      #expect(link.receive(into: sample, timeoutNanoseconds: 500_000_000) == .sample)
      let efforts = [Double(sample.tick) * 0.25, 0]
      #expect(efforts.withUnsafeBufferPointer { link.sendCommand(efforts: $0) } == .sent)
    }
    #expect(waitUntil { double.messages.count { $0.type == .command } == 10 })
    for case .command(let command) in double.messages {
      let state = UInt64(command.answering)
      #expect(command.efforts == [Float(state) * 0.25, 0])
      #expect(command.expiresAtMicroseconds - command.applyAtMicroseconds == 80_000)
    }
    guard case .command(let last)? = double.messages.last(where: { $0.type == .command }) else {
      Issue.record("no command came")
      return
    }
    #expect(last.applyAtMicroseconds == UInt64(sample.robotTimeNanoseconds / 1000) + 2500)
    guard case .arm(let bootCounter)? = double.messages.first(where: { $0.type == .arm }) else {
      Issue.record("no arm came")
      return
    }
    #expect(bootCounter == 41)
  }

  @Test("What the firmware reports of a fault is kept")
  func faultReport() throws {
    let (double, link, sample) = try streaming()
    defer { double.end() }
    #expect(link.lastFaultReport == nil)
    let report = FaultReport(
      code: .positionLimit, joint: 1, robotTimeMicroseconds: 77, value: 0.4)
    double.does(.say(.fault(report)))
    #expect(
      waitUntil {
        link.receive(into: sample, timeoutNanoseconds: 10_000_000) == .sample
          && link.lastFaultReport != nil
      })
    #expect(link.lastFaultReport == report)
  }

  @Test("Why arming was refused is kept")
  func refusedArm() throws {
    let (double, link, sample) = try streaming {
      $0.refusals[HostMessageType.arm.rawValue] = .limitsNotSet
    }
    defer { double.end() }
    #expect(link.sendArm() == .sent)
    #expect(
      waitUntil {
        _ = link.receive(into: sample, timeoutNanoseconds: 10_000_000)
        return link.lastAcknowledgement?.messageType == HostMessageType.arm.rawValue
      })
    #expect(link.lastAcknowledgement?.result == .limitsNotSet)
  }

  @Test("Streaming stops and starts again between episodes, from tick 0")
  func stopAndStart() throws {
    let (double, link, sample) = try streaming()
    defer { double.end() }
    #expect(ticks(20, link, sample).count == 20)
    try link.stopStream()
    #expect(!double.now.isStreaming)
    try link.startStream()
    #expect(ticks(3, link, sample) == [0, 1, 2])
    #expect(link.statistics.samplesLost == 0)
  }

  @Test("Stopping disarms, ends the stream and frees the port, however often it is done")
  func stop() throws {
    let robot = cartPole()
    let (double, link, sample) = try streaming(robot)
    defer { double.end() }
    #expect(link.sendArm() == .sent)
    #expect(waitUntil { double.now.mode == .armed })
    #expect(ticks(2, link, sample).count == 2)
    link.stop()
    #expect(double.now.mode == .disarmed)
    #expect(waitUntil { !double.now.isStreaming })
    link.stop()
    let next = try SerialRobotLink(path: double.path, robot: robot, patience: shortPatience)
    _ = try next.check(robot: robot)
  }

  @Test("Stopping a robot that doesn't answer repeats the disarm, and gives up in time")
  func stopUnanswered() throws {
    let (double, link, _) = try streaming { behaviour in
      behaviour.staysArmed = false
      behaviour.ignored = [HostMessageType.echo.rawValue]
    }
    defer { double.end() }
    double.does(.unplug)
    let start = MonotonicClock.nowNanoseconds()
    link.stop()
    #expect(MonotonicClock.nowNanoseconds() - start < 1_000_000_000)
    #expect(!link.port.isOpen)
  }

  @Test("Stopping a robot that stays armed says disarm again and again until patience is over")
  func stopStaysArmed() throws {
    let terminal = try PseudoTerminal()
    let link = try SerialRobotLink(
      path: terminal.path, robot: cartPole(), patience: shortPatience)
    let start = MonotonicClock.nowNanoseconds()
    link.stop()
    let elapsed = MonotonicClock.nowNanoseconds() - start
    #expect(elapsed >= 190_000_000 && elapsed < 1_000_000_000)
    var disarms = 0
    let decoder = FrameDecoder()
    terminal.read().withUnsafeBytes { bytes in
      decoder.feed(bytes) { payload in
        if (try? HostMessage(payload: payload)) == .disarm { disarms += 1 }
      }
    }
    #expect(disarms >= 4)
  }
}

/// Looks every two milliseconds for two seconds at most.
func waitUntil(_ condition: () -> Bool) -> Bool {
  for _ in 0..<1000 {
    if condition() { return true }
    MonotonicClock.sleep(untilNanoseconds: MonotonicClock.nowNanoseconds() + 2_000_000)
  }
  return condition()
}
