/// What a policy knows of its robot's state while it runs, and how: where velocities come from, and
/// which efforts have yet to act.
///
/// The offline side follows suit: models learn from states smoothed with all of a trial, and a search
/// simulates the filter and the delay that the policy will live with (Amadio et al., 'Model-Based
/// Policy Search Using Monte Carlo Gradient Estimation With Real Systems Application', T-RO 2022,
/// section VI).
public struct StateSettings: Sendable, Equatable, Codable {
  /// The cut-off frequency of the causal filter that makes velocities from positions, in hertz
  /// (``VelocityFilter``); nil to take the firmware's velocities.
  public var velocityCutoffHertz: Double?
  /// How long after a command took effect its effort acts on the joints, in seconds: a slow bus or
  /// driver, or sensors that tell where the joints were. The link's command delay comes before it.
  public var delaySeconds: Double
  /// The number of previous actions that are part of the state, at least.
  public var leastPreviousActions: Int

  /// The most previous actions that a state can have.
  public static let mostPreviousActions = 4

  /// Settings from their parts: the firmware's velocities, no delay, no previous action.
  public init(
    velocityCutoffHertz: Double? = nil, delaySeconds: Double = 0, leastPreviousActions: Int = 0
  ) {
    self.velocityCutoffHertz = velocityCutoffHertz
    self.delaySeconds = delaySeconds
    self.leastPreviousActions = leastPreviousActions
  }

  /// How many previous actions are part of the state of a task: those that are asked for, and those
  /// whose effort may still have to act when the next is decided on.
  ///
  /// - Parameter periodSeconds: The task's period.
  public func previousActions(periodSeconds: Double) -> Int {
    max(leastPreviousActions, Int((delaySeconds / periodSeconds - 1e-9).rounded(.up)))
  }
}

extension Robot {
  /// How many previous actions are part of a policy's state in a task.
  public func previousActions(in task: Task) -> Int {
    state.previousActions(periodSeconds: task.periodSeconds)
  }

  /// The part of a task's period for which the action before still acts, because a command takes effect
  /// the link's delay after the state that it answers. Zero where previous actions are part of the
  /// state, as a model then learns what each of them does.
  public func lateShare(in task: Task) -> Double {
    guard previousActions(in: task) == 0 else { return 0 }
    return link.commandDelaySeconds / task.periodSeconds
  }
}
