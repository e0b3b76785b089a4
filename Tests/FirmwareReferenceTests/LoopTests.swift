import CHandfulRobot
import FirmwareProtocol
import Testing

/// The loop around the state machine: control periods, room on the line, and making a robot.
@Suite("The C reference's loop")
struct LoopTests {
  static func streaming() throws -> ReferenceRobot {
    let robot = ReferenceRobot(testFirmware())
    try robot.take(.hello(HostHello(nonce: 1)))
    try robot.take(.configure(testLimits()))
    return robot
  }

  static func states(_ bytes: [UInt8]) throws -> [RobotState] {
    try robotMessages(in: bytes).compactMap {
      if case .state(let state) = $0 { state } else { nil }
    }
  }

  @Test("States come at the control rate, however often the loop comes round")
  func controlRate() throws {
    let robot = try Self.streaming()
    robot.reading = ([0.5], [-1])
    handful_robot_update(robot.robot, 3)
    try robot.take(.stream(isEnabled: true), at: 4000)
    var times: [UInt64] = []
    for now in stride(from: 4000, to: 1_004_000, by: 130) as StrideTo<UInt64> {
      if handful_robot_update(robot.robot, now) {
        for state in try Self.states(robot.takeOutput()) {
          #expect(Int(state.tick) == times.count)
          #expect(state.joints == [JointState(position: 0.5, velocity: -1, effort: 0)])
          times.append(state.robotTimeMicroseconds)
        }
      }
    }
    #expect(times.count == 100 && times[0] <= 14_000)
    // No drift: each state is within one round of the loop after its place on the grid.
    for (tick, time) in times.enumerated() {
      let place = 10_000 * (UInt64(tick) + 1)
      #expect(time >= place && time < place + 130)
    }
  }

  @Test("A loop that was held up leaves out ticks, so that they count periods")
  func missedPeriods() throws {
    let robot = try Self.streaming()
    try robot.take(.stream(isEnabled: true), at: 0)
    for now in [0, 10_000, 20_000, 57_000, 60_000, 70_000] as [UInt64] {
      handful_robot_update(robot.robot, now)
    }
    let states = try Self.states(robot.takeOutput())
    #expect(states.map(\.tick) == [0, 1, 2, 5, 6, 7])
    #expect(
      states.map(\.robotTimeMicroseconds) == [0, 10_000, 20_000, 57_000, 60_000, 70_000])
  }

  @Test("A line that takes nothing costs states, never an answer or a fault's report")
  func busyLine() throws {
    let robot = try Self.streaming()
    try robot.take(.stream(isEnabled: true), at: 0)
    for period in 0..<1000 as Range<UInt64> { handful_robot_update(robot.robot, period * 10_000) }
    #expect(robot.robot.pointee.transmitter.frames_skipped > 900)
    // Nothing has left the ring, and yet there is room for these.
    let now: UInt64 = 9_991_000
    handful_robot_report_driver_fault(robot.robot, 0, .nan, now)
    robot.receive(HostMessage.echo(token: 4).frame(), atMicroseconds: now)
    robot.receive(HostMessage.disarm.frame(), atMicroseconds: now)
    let sent = try robotMessages(in: robot.takeOutput())
    let states = sent.dropLast(3)
    for (index, message) in states.enumerated() {
      guard case .state(let state) = message else {
        Issue.record("no state but \(message)")
        return
      }
      #expect(Int(state.tick) == index)
    }
    guard case .fault(let report) = sent[sent.count - 3] else {
      Issue.record("no fault but \(sent[sent.count - 3])")
      return
    }
    #expect(report.code == .driver)
    #expect(sent[sent.count - 2] == .echo(token: 4, robotTimeMicroseconds: now))
    // The states that found no room have gaps between their ticks.
    handful_robot_update(robot.robot, 10_000_000)
    #expect(try Self.states(robot.takeOutput()).map(\.tick) == [1000])
  }

  @Test("A fault's report that finds no room is sent when there is some")
  func deferredFaultReport() throws {
    let robot = try Self.streaming()
    let filler = [UInt8](repeating: 1, count: 10)
    while handful_robot_send_payload(robot.robot, filler, 10) {}
    handful_robot_report_driver_fault(robot.robot, 0, 81, 5000)
    #expect(robot.robot.pointee.is_fault_unsent)
    while handful_robot_pending_bytes(robot.robot) > 0 {
      var byte: UInt8 = 0
      _ = handful_robot_next_byte(robot.robot, &byte)
    }
    handful_robot_advance(robot.robot, 9000)
    let report = FaultReport(code: .driver, joint: 0, robotTimeMicroseconds: 5000, value: 81)
    #expect(try robotMessages(in: robot.takeOutput()) == [.fault(report)])
    handful_robot_advance(robot.robot, 9100)
    #expect(handful_robot_pending_bytes(robot.robot) == 0)
  }

  @Test("A command that answers a state left out, or any after the last one sent, is dropped")
  func answersToNoState() throws {
    let robot = try CommandTests.armed()
    for now in [10_000, 50_000] as [UInt64] { handful_robot_update(robot.robot, now) }
    // A state's tick that is counted but not sent, as when the ring is full.
    robot.robot.pointee.next_tick += 1
    let tick = robot.robot.pointee.next_tick - 1
    try robot.take(CommandTests.command(answering: tick, at: 52_000), at: 51_000)
    #expect(!robot.robot.pointee.has_accepted)
    try robot.take(CommandTests.command(answering: tick - 1, at: 52_000), at: 51_000)
    #expect(robot.robot.pointee.has_accepted)
  }

  @Test("The sensors are watched in every control period, streaming or not")
  func sensorsWithoutStream() throws {
    let robot = try Self.streaming()
    robot.reading = ([.nan], [0])
    handful_robot_update(robot.robot, 10_000)
    #expect(robot.fault == FaultCode.sensor.rawValue)
  }

  @Test("A clock that goes back is not followed")
  func clockGoesBack() throws {
    let robot = try CommandTests.armed()
    handful_robot_advance(robot.robot, 60_000)
    handful_robot_advance(robot.robot, 10)
    #expect(robot.robot.pointee.now_us == 60_000 && robot.isMotorOn)
  }

  // MARK: Making a robot

  /// What init says to a description; the names are held for the call only.
  static func status(
    joints: UInt8 = 0, period: UInt32 = 10_000, name: String = "r", hasHooks: Bool = true,
    hasJoints: Bool = true
  ) -> handful_status {
    let robot = UnsafeMutablePointer<handful_robot>.allocate(capacity: 1)
    defer { robot.deallocate() }
    var hooks = handful_hooks()
    if hasHooks {
      hooks.read_sensors = { _, _, _ in }
      hooks.set_efforts = { _, _ in }
      hooks.disable_actuators = { _ in }
    }
    return name.withCString { text in
      let joint = handful_joint(
        name: text, kind: 0, is_actuated: true, effort_capability: 1)
      return [handful_joint](repeating: joint, count: 40).withUnsafeBufferPointer { list in
        var description = handful_description(
          robot_name: text, firmware_version: text, control_period_us: period, watchdog_ms: 100,
          joint_count: joints, joints: hasJoints ? list.baseAddress : nil)
        return handful_robot_init(robot, &description, &hooks, 1, 0)
      }
    }
  }

  @Test("A description that no robot can be made of is refused with why")
  func refusedDescriptions() {
    #expect(Self.status() == HANDFUL_STATUS_OK)
    #expect(
      Self.status(joints: 32, name: String(repeating: "n", count: 32)) == HANDFUL_STATUS_OK)
    #expect(Self.status(joints: 33) == HANDFUL_STATUS_TOO_MANY_JOINTS)
    #expect(
      Self.status(name: String(repeating: "n", count: 33)) == HANDFUL_STATUS_TEXT_TOO_LONG)
    #expect(Self.status(period: 0) == HANDFUL_STATUS_NO_CONTROL_PERIOD)
    #expect(Self.status(hasHooks: false) == HANDFUL_STATUS_MISSING)
    #expect(Self.status(joints: 1, hasJoints: false) == HANDFUL_STATUS_MISSING)
  }

  @Test("The actuators are turned off at boot, and the hello is waiting")
  func boot() throws {
    let robot = ReferenceRobot(testFirmware())
    #expect(robot.offCount == 1)
    guard case .hello(let hello)? = try robotMessages(in: robot.takeOutput()).first else {
      Issue.record("no hello at boot")
      return
    }
    #expect(hello.nonce == 0 && hello.bootCounter == 7)
    #expect(hello.maximumFrameBytes == 524 && hello.controlRateHertz == 100)
  }
}
