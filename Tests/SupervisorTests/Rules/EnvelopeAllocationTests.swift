import CAllocationCounter
import Foundation
import Robotics
import Supervisor
import Testing

@Suite("What the envelope costs the control thread")
struct EnvelopeAllocationTests {
  /// Eighteen joints with every rule that there is.
  private func robot() -> Robot {
    var robot = pendulum(isContinuous: false, range: -2...2)
    robot.joints = (0..<18).map { index in
      var joint = index % 3 == 0 ? pendulum().joints[0] : robot.joints[0]
      joint.name = "joint-\(index)"
      joint.limits.effortRate = 100
      joint.limits.softVelocity = 4
      joint.limits.motor = MotorLimits(
        temperatureCelsius: GradedLimit(soft: 60, hard: 80),
        currentAmperes: GradedLimit(soft: 2, hard: 3),
        voltageVolts: VoltageLimits(lower: 9, softLower: 10.5, upper: 14))
      return joint
    }
    robot.safety = SafetySettings(
      tipBox: TipBox(
        chain: TipChain(
          joints: [0, 1, 2, 3, 4, 5], lengthsMetres: Array(repeating: 0.2, count: 6),
          anglesAreRelative: true),
        lower: TipPlace(xMetres: -1, yMetres: -1.3), upper: TipPlace(xMetres: 1, yMetres: 1),
        marginMetres: 0.1),
      energyJoules: GradedLimit(soft: 1e3, hard: 2e3))
    return robot
  }

  @Test("Judging eighteen joints by every rule allocates nothing, whatever is decided")
  func allocations() {
    let robot = robot()
    var envelope = SafetyEnvelope(robot: robot)
    let count = robot.joints.count
    let memory = UnsafeMutableBufferPointer<Double>.allocate(capacity: 6 * count)
    defer { memory.deallocate() }
    func row(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
      UnsafeMutableBufferPointer(rebasing: memory[index * count..<(index + 1) * count])
    }
    let (positions, velocities, efforts) = (row(0), row(1), row(2))
    let readings = MotorReadings(temperatures: row(3), currents: row(4), voltages: row(5))
    var decisions = (passed: 0, clamped: 0, stopped: 0)
    func note(_ decision: SafetyDecision) {
      switch decision {
      case .pass: decisions.passed += 1
      case .clamp: decisions.clamped += 1
      case .stop: decisions.stopped += 1
      }
    }
    func judge(_ tick: Int) {
      let time = 0.01 * Double(tick)
      for joint in 0..<count {
        positions[joint] = 0.8 * sin(time + Double(joint))
        velocities[joint] = 0.8 * cos(time + Double(joint))
        efforts[joint] = 3 * sin(7 * time + Double(joint))
        readings.temperatures[joint] = tick % 4 == 0 ? 50 + 40 * sin(0.3 * time) : .nan
        readings.currents[joint] = tick % 4 == 1 ? 2.5 * sin(time) : .nan
        readings.voltages[joint] = tick % 4 == 2 ? 12 + 2.5 * sin(0.7 * time) : .nan
      }
      if tick % 97 == 0 { positions[tick % count] += 50 }
      if tick % 331 == 0 { efforts[tick % count] = .nan }
      note(
        envelope.judgeSample(
          positions: positions, velocities: velocities, elapsedSeconds: 0.01, readings: readings))
      note(envelope.judgeEfforts(efforts))
      if tick % 50 == 0 { envelope.noteNotSent() }
      if tick % 1000 == 0 { envelope.resetMargins() }
    }
    for tick in 0..<100 { judge(tick) }
    let before = allocation_count_of_this_thread()
    for tick in 100..<20_000 { judge(tick) }
    let after = allocation_count_of_this_thread()
    #expect(after - before == 0)
    // Every kind of decision was made.
    #expect(decisions.passed > 100 && decisions.clamped > 100 && decisions.stopped > 100)
  }

  @Test("Filtering the velocities and keeping previous actions allocates nothing")
  func observedState() {
    var robot = robot()
    robot.state = StateSettings(velocityCutoffHertz: 15)
    let observed = ObservedState(robot: robot, previousActions: 3)
    func observe(_ tick: Int) {
      if tick % 500 == 0 { observed.begin() }
      for joint in robot.joints.indices {
        observed.observe(
          joint: joint, position: sin(0.01 * Double(tick + joint)), velocity: 0,
          elapsedSeconds: tick % 500 == 0 ? 0 : 0.01)
      }
      observed.shiftActions()
      for entry in 0..<robot.joints.count { observed.note(action: Double(tick), entry: entry) }
    }
    for tick in 0..<100 { observe(tick) }
    let before = allocation_count_of_this_thread()
    for tick in 100..<2000 { observe(tick) }
    let after = allocation_count_of_this_thread()
    #expect(after - before == 0)
    // Joint 0's velocity is about cos(19.99), and its last three actions are the last three ticks.
    #expect(abs(observed.values[18] - cos(19.99)) < 0.05)
    #expect([36, 54, 72].map { observed.values[$0] } == [1999, 1998, 1997])
  }
}
