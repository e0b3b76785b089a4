import FirmwareProtocol
import Foundation
import Robotics
import Simulation
import Testing

/// The virtual robot behind a real pseudo-terminal.
@Suite("The virtual robot's server", .serialized)
struct VirtualRobotServerTests {
  /// The delay is long, so that a busy machine doesn't make commands late at speed 1.
  static let robot = testRobot(commandDelaySeconds: 0.009)
  static let delay: UInt64 = 9000

  /// An effort that depends on what was measured, as a policy's does.
  static func effort(_ state: RobotState) -> Float {
    state.joints[0].velocity >= 0 ? 2.5 : -2.5
  }

  /// The joints of 100 states, a second of the robot's time, at a speed.
  static func course(speed: Double) throws -> (joints: [JointState], late: UInt16) {
    let server = try ServerThread(robot, seed: 9, speed: speed)
    defer { server.stop() }
    let host = try PortHost(server.path)
    try host.begin()
    try host.run(states: 103, delayMicroseconds: delay, effort: effort)
    return (host.states.map { $0.joints[0] }, host.states.last?.lateCommands ?? 0)
  }

  @Test("A trial is the same at every speed, bit for bit", .timeLimit(.minutes(1)))
  func speedDoesNotMatter() throws {
    let fast = try Self.course(speed: 20)
    #expect(fast.late == 0 && fast.joints.count == 103)
    #expect((fast.joints.map { abs($0.position) }.max() ?? 0) > 0.3)
    #expect(try Self.course(speed: 20).joints == fast.joints)
    #expect(try Self.course(speed: 5000).joints == fast.joints)
    // At the wall's speed a starved machine can make a command late; then it's another trial.
    for attempt in 1...5 {
      let real = try Self.course(speed: 1)
      if real.late > 0 && attempt < 5 { continue }
      #expect(real.late == 0 && real.joints == fast.joints)
      break
    }
  }

  @Test("Behind a port the robot does just what it does without one", .timeLimit(.minutes(1)))
  func sameAsDirect() throws {
    let direct = try DirectHost(Self.robot, seed: 9)
    direct.begin()
    try direct.run(steps: 22)
    direct.send(.arm(bootCounter: direct.robot.logic.bootCounter))
    try direct.run(steps: 1000, delayMicroseconds: Self.delay, effort: Self.effort)
    let joints = try Self.course(speed: 20).joints
    #expect(direct.states.prefix(103).map { $0.joints[0] } == joints)
  }

  @Test("A delay longer than a control period is served too", .timeLimit(.minutes(1)))
  func longDelay() throws {
    let server = try ServerThread(testRobot(commandDelaySeconds: 0.012), speed: 500)
    defer { server.stop() }
    let host = try PortHost(server.path)
    try host.begin()
    try host.run(states: 200, delayMicroseconds: 12_000) { _ in 1 }
    #expect(host.states.map(\.tick) == Array(0..<200))
    #expect(host.states.last?.lateCommands == 0 && host.faults.isEmpty)
    #expect(host.states.last?.answeredTick == 197)
  }

  @Test("At the wall's speed a second takes a second", .timeLimit(.minutes(1)))
  func realTime() throws {
    let begin = Date()
    _ = try Self.course(speed: 1)
    let seconds = Date().timeIntervalSince(begin)
    #expect(seconds > 1.0 && seconds < 3)
  }

  @Test(
    "A host that falls silent finds the actuators off, in the robot's clock", arguments: [1, 20.0])
  func silentHost(_ speed: Double) throws {
    let server = try ServerThread(Self.robot, speed: speed)
    defer { server.stop() }
    let host = try PortHost(server.path)
    try host.begin()
    try host.run(states: 30, delayMicroseconds: Self.delay) { _ in 0.5 }
    let last = try #require(host.states.last).robotTimeMicroseconds
    while host.faults.isEmpty { _ = try host.next() }
    let report = try #require(host.faults.first)
    #expect(report.code == .watchdog)
    // The last command came between its state and its time of effect.
    #expect(report.robotTimeMicroseconds > last + 100_000)
    #expect(report.robotTimeMicroseconds <= last + 101_000 + Self.delay)
    while host.states.last?.mode == .armed { _ = try host.next() }
    #expect(host.states.last?.mode == .faulted)
  }

  @Test("A host's leaving doesn't hang up the port; the next one finds the plant where it was")
  func nextHost() throws {
    let server = try ServerThread(testRobot(encoderCounts: 0, noise: 0, start: [1, 0]), speed: 20)
    defer { server.stop() }
    var first: PortHost? = try PortHost(server.path)
    try first?.begin()
    try first?.run(states: 20, delayMicroseconds: 2000) { _ in 0 }
    first?.send(.stream(isEnabled: false))
    let position = try #require(first?.states.last).joints[0].position
    first = nil
    let second = try PortHost(server.path)
    try second.begin()
    guard case .state(let state) = try second.next() else {
      Issue.record("no state")
      return
    }
    #expect(state.tick == 0 && state.mode == .disarmed)
    #expect(position < 0.95 && abs(state.joints[0].position - position) < 0.05)
  }

  @Test("A robot that dies hangs up, and its server ends")
  func death() throws {
    var faults = VirtualRobotFaults.none
    faults.dieAtTick = 5
    let server = try ServerThread(Self.robot, speed: 20, faults: faults)
    let host = try PortHost(server.path)
    try host.begin()
    #expect(throws: PortHost.Failure.hungUp) {
      try host.run(states: 100, delayMicroseconds: Self.delay) { _ in 0 }
    }
    #expect(host.states.count { $0.mode == .armed } == 5)
    server.stop()
    #expect(server.end == .died)
  }

  @Test("A frozen robot is silent for its time, by the wall's clock")
  func freeze() throws {
    var faults = VirtualRobotFaults.none
    faults.freeze = .init(tick: 5, seconds: 0.3)
    let server = try ServerThread(Self.robot, speed: 20, faults: faults)
    defer { server.stop() }
    let host = try PortHost(server.path)
    try host.begin()
    let begin = Date()
    try host.run(states: 20, delayMicroseconds: Self.delay) { _ in 0 }
    #expect(Date().timeIntervalSince(begin) >= 0.3)
    #expect(host.states.map(\.tick) == Array(0..<20))
  }

  @Test("On a noisy line frames are lost, none is wrong, and the robot is heard again")
  func noisyLine() throws {
    var faults = VirtualRobotFaults.none
    faults.byteCorruption = 0.002
    faults.byteLoss = 0.001
    let robot = testRobot(noise: 0)
    // A lost state or answer holds the world for the whole time.
    let server = try ServerThread(robot, speed: 200, faults: faults, holdSeconds: 0.02)
    defer { server.stop() }
    let host = try PortHost(server.path)
    try host.begin()
    try host.run(states: 200, delayMicroseconds: 2000) { _ in 0 }
    #expect(host.decoder.framesRejected > 0)
    #expect(
      host.states.allSatisfy { $0.joints == [JointState(position: 0, velocity: 0, effort: 0)] })
    let lost = Int(host.states.last?.tick ?? 0) + 1 - host.states.count
    #expect(lost > 0 && lost < 100)
  }

  @Test("A speed that isn't positive is refused", arguments: [0, -1, Double.nan, .infinity])
  func badSpeed(_ speed: Double) {
    #expect(throws: SimulationError.self) {
      try VirtualRobotServer(robot: Self.robot, seed: 1, speed: speed)
    }
  }
}
