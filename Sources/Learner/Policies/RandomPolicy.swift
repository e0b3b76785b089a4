import LinearAlgebra
import Robotics

/// Random actions for a first trial: slow pushes to and fro, and quick actions on top of them.
///
/// A quick action is uniform within its limit and held for a random number of periods from 1 to
/// `longestHold`; all change together. A push has a constant size and changes its sign after a random time,
/// for each action by itself. Quick actions alone hardly move a robot that swings: pushes about as long as
/// half a swing show the learner more of what it will have to go through (`Benchmarks/RESULTS.md`). The
/// same seed gives the same trial.
public final class RandomPolicy: Policy {
  private let limits: UnsafeMutableBufferPointer<Double>
  private let held: UnsafeMutableBufferPointer<Double>
  /// The pushes, −1 or 1, or 0 before the first one, and for how many periods each stays.
  private let pushes: UnsafeMutableBufferPointer<(sign: Double, periodsLeft: Int)>
  private let longestHold: Int
  private let pushPeriods: ClosedRange<Int>?
  private let beginning: RandomStream
  private var stream: RandomStream
  private var periodsLeft = 0

  /// The part of its limit that a push takes; quick actions have the rest.
  private static let pushShare = 0.6

  /// Random actions within limits.
  ///
  /// - Parameters:
  ///   - actionLimits: The greatest size of each action (N m or N).
  ///   - longestHold: The greatest number of periods that a quick action is held, at least 1.
  ///   - pushPeriods: How many periods a push lasts, at least 1; nil for quick actions alone.
  ///   - seed: The seed of the trial.
  public init(
    actionLimits: [Double], longestHold: Int = 5, pushPeriods: ClosedRange<Int>? = nil,
    seed: UInt64
  ) {
    precondition(longestHold > 0, "an action is held for one period at least")
    precondition(pushPeriods.map { $0.lowerBound > 0 } ?? true, "a push lasts one period at least")
    limits = .allocate(capacity: actionLimits.count)
    _ = limits.initialize(from: actionLimits)
    held = .allocate(capacity: actionLimits.count)
    held.initialize(repeating: 0)
    pushes = .allocate(capacity: actionLimits.count)
    pushes.initialize(repeating: (0, 0))
    self.longestHold = longestHold
    self.pushPeriods = pushPeriods
    beginning = RandomStream(seed: seed, path: [RandomPolicy.streamName])
    stream = beginning
  }

  /// Random actions for a robot's first trial of a task: pushes last from a ninth to a quarter of it.
  ///
  /// - Parameters:
  ///   - robot: Whose actions.
  ///   - task: Whose period and horizon.
  ///   - longestHold: The greatest number of periods that a quick action is held, at least 1.
  ///   - seed: The seed of the trial.
  public convenience init(robot: Robot, task: Task, longestHold: Int = 5, seed: UInt64) {
    let steps = Double(task.stepCount)
    let fewest = max(1, Int((steps / 9).rounded()))
    self.init(
      actionLimits: robot.actionLimits, longestHold: longestHold,
      pushPeriods: fewest...max(fewest, Int((steps / 4).rounded())), seed: seed)
  }

  deinit {
    limits.deallocate()
    held.deallocate()
    pushes.deallocate()
  }

  private static let streamName: UInt64 = 0xAC_71_0B

  /// Begins the sequence of actions anew.
  public func begin() {
    // Made in `init`: the control thread makes nothing anew.
    stream = beginning
    periodsLeft = 0
    for a in pushes.indices { pushes[a] = (0, 0) }
  }

  /// Writes the present action; see `Policy`.
  public func decide(
    step: Int, state: UnsafeBufferPointer<Double>, action: UnsafeMutableBufferPointer<Double>
  ) {
    if periodsLeft == 0 {
      periodsLeft = 1 + Int(stream.nextUniform() * Double(longestHold))
      for a in held.indices { held[a] = stream.nextUniform(in: -limits[a], limits[a]) }
    }
    periodsLeft -= 1
    guard let pushPeriods else {
      for a in action.indices { action[a] = held[a] }
      return
    }
    for a in action.indices {
      if pushes[a].periodsLeft == 0 { push(a, pushPeriods) }
      pushes[a].periodsLeft -= 1
      action[a] =
        Self.pushShare * limits[a] * pushes[a].sign + (1 - Self.pushShare) * held[a]
    }
  }

  /// Begins the next push, against the last one.
  private func push(_ action: Int, _ periods: ClosedRange<Int>) {
    let last = pushes[action].sign
    pushes[action] = (
      last == 0 ? (stream.nextUniform() < 0.5 ? -1 : 1) : -last,
      periods.lowerBound + Int(stream.nextUniform() * Double(periods.count))
    )
  }
}
