import Robotics

/// One reset from its first sample to its end: the strategy does, the sensors judge, the clock ends.
///
/// The robot is home once the strategy has done its part and every joint has stood within its
/// tolerances of home for the robot file's hold. A reset that takes longer than its time limit has
/// failed; it is not tried again.
package struct ResetSequence {
  /// What comes of a sample.
  package enum Step: Equatable {
    /// Leave the actuators as they are, without effort.
    case wait
    /// Drive: the efforts were written.
    case drive
    /// The robot stands still at home.
    case home
    /// Time is up; the joint furthest from home.
    case failed(joint: Int)
    /// Time is up, and the operator has not said that the robot is home.
    case notConfirmed
  }

  private let settings: ResetSettings
  private let strategy: any ResetStrategy
  private var judge: HomeJudge
  /// How long the reset has taken, in seconds of the robot's clock.
  package private(set) var seconds = 0.0
  /// Whether the robot was driven.
  private(set) var isDriving = false

  package init(robot: Robot, confirmation: OperatorConfirmation = OperatorConfirmation()) {
    settings = robot.reset
    strategy = robot.reset.makeStrategy(joints: robot.joints, confirmation: confirmation)
    judge = HomeJudge(settings: robot.reset, joints: robot.joints)
  }

  /// Whether the reset's time is up.
  var isOverdue: Bool { seconds > settings.timeLimitSeconds }

  /// Takes a sample that isn't believed: time goes on, and standing still begins anew.
  package mutating func wait(periodSeconds: Double) {
    seconds += periodSeconds
    judge.release()
  }

  /// Decides on a sample, `periodSeconds` after the one before.
  package mutating func decide(
    positions: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>,
    periodSeconds: Double, efforts: UnsafeMutableBufferPointer<Double>
  ) -> Step {
    seconds += periodSeconds
    judge.judge(positions: positions, velocities: velocities)
    let action = strategy.decide(
      ResetMoment(
        positions: positions, velocities: velocities, elapsedSeconds: seconds,
        isHome: judge.isHome, isStill: judge.isStill), efforts: efforts)
    if action.isDone { judge.hold(periodSeconds: periodSeconds) } else { judge.release() }
    if judge.isSettled { return .home }
    if isOverdue {
      return action.isDone || settings.strategy != .operator
        ? .failed(joint: judge.worstJoint) : .notConfirmed
    }
    if action.drives { isDriving = true }
    return action.drives ? .drive : .wait
  }
}
