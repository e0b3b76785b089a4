import Robotics
import Supervisor

/// An envelope with the memory that it judges in.
final class EnvelopeBench {
  private var envelope: SafetyEnvelope
  private let count: Int
  private let memory: UnsafeMutableBufferPointer<Double>

  init(_ robot: Robot) {
    envelope = SafetyEnvelope(robot: robot)
    count = robot.joints.count
    memory = .allocate(capacity: 6 * count)
    memory.initialize(repeating: 0)
  }

  deinit { memory.deallocate() }

  private func slice(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(rebasing: memory[index * count..<(index + 1) * count])
  }

  /// Judges a sample; nil readings for a link without any.
  @discardableResult
  func sample(
    _ positions: [Double], _ velocities: [Double], celsius: [Double]? = nil,
    amperes: [Double]? = nil, volts: [Double]? = nil, elapsed: Double = 0.01
  ) -> SafetyDecision {
    let absent = Array(repeating: Double.nan, count: count)
    let rows = [positions, velocities, celsius ?? absent, amperes ?? absent, volts ?? absent]
    for (index, row) in rows.enumerated() { _ = slice(index).update(from: row) }
    let hasReadings = celsius != nil || amperes != nil || volts != nil
    return envelope.judgeSample(
      positions: slice(0), velocities: slice(1), elapsedSeconds: elapsed,
      readings: hasReadings
        ? MotorReadings(temperatures: slice(2), currents: slice(3), voltages: slice(4)) : nil)
  }

  /// Judges efforts.
  ///
  /// - Returns: What may be sent.
  func sent(_ asked: [Double]) -> [Double] {
    _ = slice(5).update(from: asked)
    _ = envelope.judgeEfforts(slice(5))
    return Array(slice(5))
  }

  var clamps: [ClampSummary] { envelope.clampSummaries }
  var robotMargins: RobotMargins { envelope.robotMargins }
  var jointMargins: [JointMargins] { envelope.jointMargins }

  /// The positions of the last sample, as judged.
  var positions: [Double] { Array(slice(0)) }

  var believes: Bool { envelope.believesSensors }

  /// What a joint's next position is compared with.
  func expectedPosition(joint: Int) -> Double { envelope.expectedPosition(joint: joint) }

  func forget() { envelope.forgetSamples() }

  func resetMargins() { envelope.resetMargins() }
}
