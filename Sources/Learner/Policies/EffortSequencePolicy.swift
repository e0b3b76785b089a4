import Robotics

/// Efforts as a sequence gives them, whatever the state: what excites a robot for a calibration.
public final class EffortSequencePolicy: Policy {
  /// The motors' efforts at each step, a step after the other.
  private let efforts: UnsafeMutableBufferPointer<Double>
  private let motorCount: Int

  /// The efforts of a sequence; after its end, none.
  public init(_ sequence: EffortSequence) {
    motorCount = sequence.efforts.count
    efforts = .allocate(capacity: motorCount * sequence.count)
    for (motor, values) in sequence.efforts.enumerated() {
      for (step, value) in values.enumerated() {
        efforts.initializeElement(at: step * motorCount + motor, to: value)
      }
    }
  }

  deinit { efforts.deallocate() }

  /// Nothing is left from the last trial.
  public func begin() {}

  /// Writes the efforts of that step; see `Policy`.
  public func decide(
    step: Int, state: UnsafeBufferPointer<Double>, action: UnsafeMutableBufferPointer<Double>
  ) {
    for motor in action.indices {
      let place = step * motorCount + motor
      action[motor] = place < efforts.count ? efforts[place] : 0
    }
  }
}
