import FirmwareProtocol
import Simulation
import Testing

/// What goes wrong on demand, and that nothing else does.
@Suite("Faults of a virtual robot")
struct VirtualRobotFaultTests {
  /// A host that has run for 60 armed states at 1 N m, and one without the faults beside it.
  static func pair(_ faults: VirtualRobotFaults) throws -> (faulty: DirectHost, sound: DirectHost) {
    let faulty = try DirectHost(testRobot(noise: 0), faults: faults)
    let sound = try DirectHost(testRobot(noise: 0))
    for host in [faulty, sound] {
      try host.beginArmed()
      try host.run(steps: 600) { _ in 1 }
    }
    return (faulty, sound)
  }

  @Test("A glitch spoils one reading of one joint")
  func glitch() throws {
    var faults = VirtualRobotFaults.none
    faults.glitch = .init(tick: 10, jump: 0.5)
    let (faulty, sound) = try Self.pair(faults)
    let differences = zip(faulty.positions, sound.positions).map { $0 - $1 }
    #expect(differences.count { $0 != 0 } == 1)
    let armedTick = try #require(faulty.states.firstIndex { $0.mode == .armed })
    #expect(abs(differences[armedTick + 10] - 0.5) < 1e-6)
  }

  @Test("A stuck sensor doesn't move any more, while the plant does")
  func stuckSensor() throws {
    var faults = VirtualRobotFaults.none
    faults.stuckSensor = .init(tick: 10)
    let (faulty, sound) = try Self.pair(faults)
    let armedTick = try #require(faulty.states.firstIndex { $0.mode == .armed })
    #expect(faulty.positions[...(armedTick + 10)] == sound.positions[...(armedTick + 10)])
    #expect(Set(faulty.positions[(armedTick + 10)...]).count == 1)
    #expect(faulty.robot.plantState == sound.robot.plantState)
    #expect(faulty.states.last?.joints[0].velocity == 0)
  }

  @Test("The stop button turns off at its tick and says so")
  func stopButton() throws {
    var faults = VirtualRobotFaults.none
    faults.pressStopButtonAtTick = 10
    let faulty = try Self.pair(faults).faulty
    #expect(faulty.states.count { $0.mode == .armed } == 10)
    #expect(faulty.states.last?.mode == .emergencyStopped)
    #expect(faulty.states.last?.fault == .emergencyStopButton)
    let reports = faulty.received.count {
      if case .fault(let report) = $0 { report.code == .emergencyStopButton } else { false }
    }
    #expect(reports == 1)
  }

  @Test("A reboot says hello unasked, with another counter, and is off")
  func reboot() throws {
    var faults = VirtualRobotFaults.none
    faults.rebootAtTick = 10
    let faulty = try Self.pair(faults).faulty
    #expect(faulty.states.count { $0.mode == .armed } == 10)
    let hellos = faulty.received.compactMap {
      if case .hello(let hello) = $0 { hello } else { nil }
    }
    #expect(hellos.map(\.nonce) == [0, 1, 0])
    #expect(hellos[2].bootCounter != hellos[1].bootCounter)
    #expect(faulty.robot.logic.mode == .disarmed && !faulty.robot.logic.isStreaming)
    #expect(faulty.robot.nowMicroseconds < 600_000)
  }

  @Test("Another name or protocol version shows in the hello")
  func hello() throws {
    var faults = VirtualRobotFaults.none
    faults.robotName = "somebody-else"
    faults.protocolVersion = 9
    let host = try DirectHost(testRobot(), faults: faults)
    host.begin()
    try host.run(steps: 1)
    guard case .hello(let hello) = host.received.last else {
      Issue.record("no hello but \(host.received)")
      return
    }
    #expect(hello.robotName == "somebody-else" && hello.protocolVersion == 9)
  }
}
