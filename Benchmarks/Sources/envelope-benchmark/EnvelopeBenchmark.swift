import Foundation
import Robotics
import Supervisor

/// How long the safety envelope takes for a sample and its efforts.
///
///     cd Benchmarks && swift run -c release envelope-benchmark
///
/// A check is what the control thread does once a period: a sample judged and a command judged. Checks
/// are timed a hundred at a time, as reading the clock takes longer than a joint; the figures are the
/// mean of each hundred.
@main
struct EnvelopeBenchmark {
  static func main() {
    print("joints  rules      ns a check: least / median / 99 % / greatest of 20000 × 100 checks")
    for count in [1, 6, 18] {
      for hasAll in [false, true] {
        let times = measure(robot(joints: count, hasAll: hasAll)).sorted()
        let figures = [times[0], times[times.count / 2], times[times.count * 99 / 100]]
        let text = (figures + [times[times.count - 1]]).map { String(Int($0.rounded())) }
        let name = hasAll ? "all" : "usual"
        print("\(pad("\(count)", 8))\(pad(name, 11))\(text.joined(separator: " / "))")
      }
    }
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// - Parameter hasAll: Soft limits, motor readings, a tip box over six links and an energy limit as
  ///   well, or only what every robot has.
  private static func robot(joints count: Int, hasAll: Bool) -> Robot {
    let joints = (0..<count).map { index in
      var limits = JointLimits(
        positionLower: -2, positionUpper: 2, velocity: 10, effort: 2.5, effortRate: 500,
        brakingDeceleration: 10)
      if hasAll {
        limits.softPositionLower = -1.8
        limits.softPositionUpper = 1.8
        limits.softVelocity = 8
        limits.motor = MotorLimits(
          temperatureCelsius: GradedLimit(soft: 60, hard: 80),
          currentAmperes: GradedLimit(soft: 2, hard: 3),
          voltageVolts: VoltageLimits(lower: 9, softLower: 10.5, upper: 14))
      }
      return Joint(name: "joint-\(index)", limits: limits)
    }
    var robot = Robot(name: "arm", joints: joints)
    if hasAll {
      let links = min(count, 6)
      robot.safety = SafetySettings(
        tipBox: TipBox(
          chain: TipChain(
            joints: Array(0..<links), lengthsMetres: Array(repeating: 0.2, count: links),
            anglesAreRelative: true),
          lower: TipPlace(xMetres: -2, yMetres: -2), upper: TipPlace(xMetres: 2, yMetres: 2),
          marginMetres: 0.1),
        energyJoules: GradedLimit(soft: 1e8, hard: 2e8))
    }
    return robot
  }

  /// The nanoseconds a check, a hundred at a time.
  private static func measure(_ robot: Robot) -> [Double] {
    let count = robot.joints.count
    var envelope = SafetyEnvelope(robot: robot)
    let memory = UnsafeMutableBufferPointer<Double>.allocate(capacity: 6 * count)
    defer { memory.deallocate() }
    memory.initialize(repeating: 0)
    func row(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
      UnsafeMutableBufferPointer(rebasing: memory[index * count..<(index + 1) * count])
    }
    let (positions, velocities, efforts) = (row(0), row(1), row(2))
    let readings = MotorReadings(temperatures: row(3), currents: row(4), voltages: row(5))
    readings.temperatures.update(repeating: 40)
    readings.currents.update(repeating: 1)
    readings.voltages.update(repeating: 12)
    let hasReadings = robot.joints[0].limits.motor != nil
    // One swing, worked out before.
    let swing = (0..<100).map { sin(2 * Double.pi * Double($0) / 100) }
    var stops = 0
    var times: [Double] = []
    for round in 0..<20_500 {
      let begin = ContinuousClock.now
      for step in 0..<100 {
        for joint in 0..<count {
          positions[joint] = swing[step]
          velocities[joint] = swing[(step + 25) % 100]
          efforts[joint] = 2 * swing[(step + joint) % 100]
        }
        let decision = envelope.judgeSample(
          positions: positions, velocities: velocities, elapsedSeconds: 0.01,
          readings: hasReadings ? readings : nil)
        if case .stop = decision { stops += 1 }
        if case .stop = envelope.judgeEfforts(efforts) { stops += 1 }
      }
      let elapsed = ContinuousClock.now - begin
      if round >= 500 { times.append((elapsed / .nanoseconds(1)) / 100) }
    }
    precondition(stops == 0, "the swing is within every limit")
    return times
  }
}
