import LinearAlgebra
import Robotics

/// Piecewise-constant random actions: each uniform within its limit and held for a random number of
/// periods from 1 to `longestHold`, so that a trial holds both quick changes and pushes long enough
/// to move the robot. All actions change together. The same seed gives the same trial.
public final class RandomPolicy: Policy {
  private let limits: UnsafeMutableBufferPointer<Double>
  private let held: UnsafeMutableBufferPointer<Double>
  private let longestHold: Int
  private let beginning: RandomStream
  private var stream: RandomStream
  private var periodsLeft = 0

  /// Random actions within limits.
  ///
  /// - Parameters:
  ///   - actionLimits: The greatest size of each action (N m or N).
  ///   - longestHold: The greatest number of periods that an action is held, at least 1.
  ///   - seed: The seed of the trial.
  public init(actionLimits: [Double], longestHold: Int = 5, seed: UInt64) {
    precondition(longestHold > 0, "an action is held for one period at least")
    limits = .allocate(capacity: actionLimits.count)
    _ = limits.initialize(from: actionLimits)
    held = .allocate(capacity: actionLimits.count)
    held.initialize(repeating: 0)
    self.longestHold = longestHold
    beginning = RandomStream(seed: seed, path: [RandomPolicy.streamName])
    stream = beginning
  }

  deinit {
    limits.deallocate()
    held.deallocate()
  }

  private static let streamName: UInt64 = 0xAC_71_0B

  /// Begins the sequence of actions anew.
  public func begin() {
    // Made in `init`: the control thread makes nothing anew.
    stream = beginning
    periodsLeft = 0
  }

  /// Writes the present action, a new one when the last was held long enough; see `Policy`.
  public func decide(
    step: Int, state: UnsafeBufferPointer<Double>, action: UnsafeMutableBufferPointer<Double>
  ) {
    if periodsLeft == 0 {
      periodsLeft = 1 + Int(stream.nextUniform() * Double(longestHold))
      for a in held.indices { held[a] = stream.nextUniform(in: -limits[a], limits[a]) }
    }
    periodsLeft -= 1
    for a in action.indices { action[a] = held[a] }
  }
}
