import Foundation
import Robotics
import Supervisor

/// What an experiment may use of its robot: how long the actuators may be on, and the work they may
/// do. It is looked at before each trial; a trial that has begun runs to its end.
public struct RunBudget: Sendable, Equatable {
  /// A limit of the budget.
  public enum Limit: String, Sendable, Equatable {
    /// The time with the actuators on.
    case time
    /// The work of the actuators.
    case energy
  }

  /// How long the actuators may be on, resets included, in seconds of the robot's clock; nil for as
  /// long as it takes.
  public var armedSeconds: Double?
  /// The work that the actuators may do, the sum of |effort × velocity| over time, in joules; nil for
  /// as much as it takes.
  public var energyJoules: Double?

  /// A budget from its parts; without limits when not given.
  public init(armedSeconds: Double? = nil, energyJoules: Double? = nil) {
    self.armedSeconds = armedSeconds
    self.energyJoules = energyJoules
  }

  /// The limit that keeps the next trial from beginning; nil when none does.
  ///
  /// - Parameters:
  ///   - use: What was used so far.
  ///   - nextTrialSeconds: How long the next trial would be armed at least.
  public func limitReached(after use: RobotUse, nextTrialSeconds: Double) -> Limit? {
    if let armedSeconds, use.armedSeconds + nextTrialSeconds > armedSeconds { return .time }
    if let energyJoules, use.energyJoules >= energyJoules { return .energy }
    return nil
  }
}

extension RobotUse {
  /// The use that a trial's samples show, for one whose own account is lost with its host.
  init(trial: Trial, robot: Robot) {
    let actuated = robot.actuatedJoints
    let energy = trial.samples.reduce(0.0) { sum, sample in
      zip(actuated, sample.sentAction).reduce(sum) { sum, action in
        let power = abs(action.1 * sample.velocities[action.0])
        return power.isFinite ? sum + power * trial.samplePeriodSeconds : sum
      }
    }
    self.init(
      armedSeconds: trial.samples.last?.robotTimeSeconds ?? 0, energyJoules: energy)
  }
}
