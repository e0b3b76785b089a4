/// What a policy sees of its robot from sample to sample: positions, velocities as the robot file says
/// that they are had, and previous actions, the latest first.
///
/// The control thread and whoever looks at a log use the same one, so that both see the same. It
/// allocates in `init` alone.
public final class ObservedState {
  /// The state.
  public let values: UnsafeMutableBufferPointer<Double>
  private let joints: Int
  private let actions: Int
  private let history: Int
  /// A filter a joint; empty where velocities are measured.
  private let filters: UnsafeMutableBufferPointer<VelocityFilter>

  /// The observed state of a robot.
  ///
  /// - Parameter previousActions: The number of previous actions that are part of it.
  public init(robot: Robot, previousActions: Int) {
    joints = robot.joints.count
    actions = robot.actionDimensions
    history = previousActions
    values = .allocate(capacity: 2 * joints + history * actions)
    values.initialize(repeating: 0)
    filters = .allocate(capacity: robot.state.velocityCutoffHertz == nil ? 0 : joints)
    if let cutoff = robot.state.velocityCutoffHertz {
      filters.initialize(repeating: VelocityFilter(cutoffHertz: cutoff))
    }
  }

  deinit {
    values.deallocate()
    filters.deallocate()
  }

  /// Begins a trial: there are no previous actions.
  public func begin() { values.update(repeating: 0) }

  /// Takes a sample.
  ///
  /// - Parameters:
  ///   - joint: The joint.
  ///   - position: Its position (rad or m, not wrapped).
  ///   - velocity: Its measured velocity (rad/s or m/s).
  ///   - elapsedSeconds: The time since the sample before; zero at a trial's first, where a filter
  ///     begins at rest.
  @inline(__always)
  public func observe(joint: Int, position: Double, velocity: Double, elapsedSeconds: Double) {
    values[joint] = position
    guard !filters.isEmpty else {
      values[joints + joint] = velocity
      return
    }
    if elapsedSeconds > 0 {
      filters[joint].advance(position: position, elapsedSeconds: elapsedSeconds)
    } else {
      filters[joint].begin(position: position)
    }
    values[joints + joint] = filters[joint].velocity
  }

  /// Makes room for an action that was held until now, ahead of those before it.
  @inline(__always)
  public func shiftActions() {
    var place = values.count - 1
    while place >= 2 * joints + actions {
      values[place] = values[place - actions]
      place -= 1
    }
  }

  /// Notes the latest previous action (N m or N).
  @inline(__always)
  public func note(action: Double, entry: Int) {
    if history > 0 { values[2 * joints + entry] = action }
  }
}

extension Trial {
  /// A moment at which a policy decides, and what it sees there.
  public struct Decision: Sendable, Equatable {
    /// The number of the decision within the trial, from 0.
    public var step: Int
    /// When, in seconds since the trial began.
    public var seconds: Double
    /// Positions, velocities, and previous actions, the latest first.
    public var state: [Double]
  }

  /// The moments of a log at which a policy of a task decides, with the state that it sees there: the
  /// filter and the previous actions as on the robot.
  public func decisions(robot: Robot, task: Task) -> [Decision] {
    let span = max(1, Int((task.periodSeconds / samplePeriodSeconds).rounded()))
    let observed = ObservedState(robot: robot, previousActions: robot.previousActions(in: task))
    var decisions: [Decision] = []
    var before: Sample?
    // As on the robot: where a sample was lost, the next one after it decides.
    var next = 0
    observed.begin()
    for sample in samples {
      let elapsed = before.map { sample.robotTimeSeconds - $0.robotTimeSeconds } ?? 0
      for joint in robot.joints.indices {
        observed.observe(
          joint: joint, position: sample.positions[joint],
          velocity: joint < sample.velocities.count ? sample.velocities[joint] : 0,
          elapsedSeconds: elapsed)
      }
      defer { before = sample }
      guard sample.tick >= next * span else { continue }
      let step = next
      next = sample.tick / span + 1
      if let before {
        observed.shiftActions()
        for (entry, effort) in before.sentAction.enumerated() {
          observed.note(action: effort, entry: entry)
        }
      }
      let state = Array(observed.values)
      if step < task.stepCount, state.allSatisfy(\.isFinite) {
        decisions.append(
          Decision(step: step, seconds: sample.robotTimeSeconds, state: state))
      }
    }
    return decisions
  }
}
