import FirmwareProtocol
import Foundation
import Robotics
import Simulation
import Testing

/// The virtual robot, driven without a wire.
@Suite("The virtual robot")
struct VirtualRobotTests {
  // MARK: Plant and time

  @Test("A pendulum at rest stays at rest")
  func rest() throws {
    let host = try DirectHost(testRobot(noise: 0))
    host.begin()
    try host.run(steps: 500)
    #expect(host.states.count == 50)
    #expect(
      host.states.allSatisfy { $0.joints == [JointState(position: 0, velocity: 0, effort: 0)] })
    #expect(host.states.map(\.tick) == Array(0..<50))
  }

  @Test("States come at the control rate in the robot's clock")
  func rate() throws {
    let host = try DirectHost(testRobot())
    try host.run(steps: 7)
    host.begin()
    try host.run(steps: 300)
    let times = host.states.map(\.robotTimeMicroseconds)
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 10_000 })
    #expect(times.first == 7000)
  }

  @Test(
    "A command acts from exactly its delay after its state, on whatever step that falls",
    arguments: [0, 1000, 2000, 7000, 10_000, 13_000] as [UInt64])
  func commandDelay(_ delay: UInt64) throws {
    let host = try DirectHost(testRobot(encoderCounts: 0, noise: 0))
    try host.beginArmed()
    // A different effort each tick shows which one acts when.
    try host.run(steps: 400, delayMicroseconds: delay) { Float($0.tick % 7) * 0.4 - 1.2 }
    let armed = host.states.filter { $0.mode == .armed }
    #expect(armed.count > 35 && armed.allSatisfy { $0.lateCommands == 0 })
    // The same course, by integrating the plant with the efforts that should act.
    let start = try #require(armed.first)
    var state: [Double] = [0, 0]
    var expected: [Float] = []
    for step in 0..<(armed.count * 10) {
      let now = start.robotTimeMicroseconds + UInt64(step) * 1000
      if step % 10 == 0 { expected.append(Float(state[0])) }
      let acting = armed.last { $0.robotTimeMicroseconds + delay <= now }
      let effort = acting.map { Float($0.tick % 7) * 0.4 - 1.2 } ?? 0
      state = integrated(
        try Plants.named("pendulum"), from: state, action: [Double(effort)],
        parameters: host.robot.parameters, seconds: 0.001, stepSeconds: 0.001)
    }
    #expect(armed.map { $0.joints[0].position } == expected)
  }

  @Test(
    "An effort that acts late acts as one whose command took longer", arguments: [1, 8, 20])
  func effortDelay(milliseconds: Int) throws {
    var late = testRobot(encoderCounts: 0, noise: 0)
    late.virtualRobot?.effortDelaySeconds = 0.001 * Double(milliseconds)
    let hosts = try [DirectHost(late), DirectHost(testRobot(encoderCounts: 0, noise: 0))]
    for (host, delay) in zip(hosts, [2000, 2000 + 1000 * UInt64(milliseconds)]) {
      try host.beginArmed()
      try host.run(steps: 300, delayMicroseconds: delay) { Float($0.tick % 7) * 0.4 - 1.2 }
    }
    #expect(hosts[0].positions == hosts[1].positions && hosts[0].positions.last != 0)
  }

  @Test("A command between two steps acts from the next one")
  func delayBetweenSteps() throws {
    let between = try DirectHost(testRobot(encoderCounts: 0, noise: 0))
    let after = try DirectHost(testRobot(encoderCounts: 0, noise: 0))
    for (host, delay) in [(between, 2300), (after, 3000)] as [(DirectHost, UInt64)] {
      try host.beginArmed()
      try host.run(steps: 300, delayMicroseconds: delay) { _ in 1 }
    }
    #expect(between.positions == after.positions && between.positions.last != 0)
  }

  @Test("The watchdog cuts within its time and one plant step")
  func watchdog() throws {
    let host = try DirectHost(testRobot())
    try host.beginArmed()
    try host.run(steps: 300) { $0.tick < 20 ? 1 : nil }
    let last = try #require(host.states.last { $0.tick == 19 }).robotTimeMicroseconds
    let reports = host.received.compactMap {
      if case .fault(let report) = $0 { report } else { nil }
    }
    #expect(reports.map(\.code) == [.watchdog])
    let time = try #require(reports.first).robotTimeMicroseconds
    #expect(time > last + 100_000 && time <= last + 101_000)
    #expect(host.states.last?.mode == .faulted && host.states.last?.joints[0].effort == 0)
  }

  @Test("The plant stands still while no state streams, and keeps its state over sessions")
  func unseenPlant() throws {
    let host = try DirectHost(testRobot(encoderCounts: 0, noise: 0, start: [1, 0]))
    host.begin()
    try host.run(steps: 200)
    let seen = host.robot.plantState
    host.send(.hello(HostHello(nonce: 2)))
    try host.run(steps: 1234)
    #expect(host.robot.plantState == seen && seen != [1, 0])
    host.begin()
    try host.run(steps: 2)
    #expect(host.states.last?.tick == 0)
    #expect(abs(Double(host.positions.last ?? 0) - seen[0]) < 0.01)
    // The firmware's velocity carries on where it was.
    #expect(abs(Double(host.states.last?.joints[0].velocity ?? 0) - seen[1]) < 0.05)
  }

  // MARK: Sensors

  @Test("Positions come in the encoder's steps")
  func encoderSteps() throws {
    let host = try DirectHost(testRobot(encoderCounts: 1000, noise: 0, start: [1, 0]))
    host.begin()
    try host.run(steps: 1000)
    let step = 2 * Double.pi / 1000
    for (position, truth) in zip(host.positions, host.truth) {
      let counts = Double(position) / step
      #expect(abs(counts - counts.rounded()) < 1e-4)
      #expect(abs(Double(position) - truth[0]) <= step / 2 + 1e-6)
    }
  }

  @Test("Velocities follow the plant's to the encoder's accuracy")
  func velocities() throws {
    let host = try DirectHost(testRobot(encoderCounts: 16_384, noise: 0.0005, start: [2.5, 0]))
    host.begin()
    try host.run(steps: 3000)
    let errors = zip(host.states, host.truth).dropFirst(2).map {
      Double($0.joints[0].velocity) - $1[1]
    }
    let meanSquare = errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
    // A step of 2π/16384 rad is uniform noise of 1.1e-4 rad; the end slope of a parabola through 21
    // readings 1 ms apart multiplies white noise by about 140/s.
    #expect(meanSquare.squareRoot() < 0.025)
    #expect((errors.map(abs).max() ?? 0) < 0.12)
  }

  @Test("Without encoder steps the velocity is right to the smoothness of the motion")
  func exactVelocities() throws {
    let host = try DirectHost(testRobot(encoderCounts: 0, noise: 0, start: [2.5, 0]))
    host.begin()
    try host.run(steps: 3000)
    // The motion begins with the third state; two periods later the parabola has only seen it.
    for (state, truth) in zip(host.states, host.truth).dropFirst(5) {
      #expect(abs(Double(state.joints[0].velocity) - truth[1]) < 0.01)
    }
  }

  @Test("Noise has its deviation, and differs between seeds and episodes but not between runs")
  func noise() throws {
    /// Two episodes at rest, of 1000 states each.
    func positions(seed: UInt64, idleSteps: Int, asksTwice: Bool) throws -> [[Float]] {
      let host = try DirectHost(testRobot(encoderCounts: 0, noise: 0.01), seed: seed)
      try host.run(steps: idleSteps)
      host.send(.hello(HostHello(nonce: 1)))
      host.send(.configure(testLimits()))
      for _ in 0..<2 {
        host.send(.stream(isEnabled: true))
        if asksTwice {
          host.send(.stream(isEnabled: false))
          host.send(.stream(isEnabled: true))
        }
        try host.run(steps: 25)
        host.send(.arm(bootCounter: host.robot.logic.bootCounter))
        try host.run(steps: 10_000 - 25)
        host.send(.disarm)
        host.send(.stream(isEnabled: false))
      }
      return [Array(host.positions[..<1000]), Array(host.positions[1000...])]
    }
    let first = try positions(seed: 4, idleSteps: 0, asksTwice: false)
    let again = try positions(seed: 4, idleSteps: 77, asksTwice: true)
    let other = try positions(seed: 5, idleSteps: 0, asksTwice: false)
    #expect(again == first)
    #expect(zip(first[0], other[0]).allSatisfy { $0 != $1 })
    #expect(zip(first[0], first[1]).dropFirst(3).allSatisfy { $0 != $1 })
    for episode in first {
      let meanSquare = episode.reduce(0) { $0 + Double($1 * $1) } / Double(episode.count)
      #expect(episode.count == 1000 && abs(meanSquare.squareRoot() - 0.01) < 0.0008)
    }
  }

  // MARK: Set-up

  @Test("A robot file that doesn't fit its plant is refused")
  func misfits() throws {
    var robot = testRobot()
    robot.virtualRobot?.plant = "cart-pole"
    #expect(
      throws: SimulationError.jointsDiffer(
        robot: "test-pendulum", plant: "cart-pole", found: "revolute with motor",
        expected: "prismatic with motor, revolute")
    ) { try VirtualRobot(robot: robot, seed: 1) }
    robot.virtualRobot?.parameters = ["weight": 1]
    #expect(throws: SimulationError.self) { try VirtualRobot(robot: robot, seed: 1) }
    robot = testRobot()
    robot.virtualRobot?.stepSeconds = 0
    #expect(throws: SimulationError.self) { try VirtualRobot(robot: robot, seed: 1) }
    robot.virtualRobot = nil
    #expect(throws: SimulationError.noVirtualRobot(robot: "test-pendulum")) {
      try VirtualRobot(robot: robot, seed: 1)
    }
  }
}
