import Robotics

/// By what a robot comes home: waiting, driving, a trajectory, the operator's hand.
///
/// A strategy only says what to do. Whether the robot has come home is for its sensors to say, and
/// for ``ResetSequence`` to judge; no strategy can declare a robot ready. The control thread asks
/// once a tick: nothing is allocated after `init`.
protocol ResetStrategy: AnyObject {
  /// Says what to do on a sample.
  ///
  /// - Parameter efforts: Where the efforts go when the answer drives (N m or N); they pass the
  ///   safety envelope like any others.
  func decide(
    _ moment: ResetMoment, efforts: UnsafeMutableBufferPointer<Double>
  ) -> ResetAction
}

/// What a reset strategy sees of a sample.
struct ResetMoment {
  /// The joints' positions (rad or m).
  var positions: UnsafeMutableBufferPointer<Double>
  /// The joints' velocities (rad/s or m/s).
  var velocities: UnsafeMutableBufferPointer<Double>
  /// The robot's time since the reset began.
  var elapsedSeconds: Double
  /// Whether every joint is within its tolerances of home.
  var isHome: Bool
  /// Whether every joint is as slow as one that stands.
  var isStill: Bool
}

/// What a reset strategy wants.
struct ResetAction: Equatable {
  /// Whether the actuators shall be on and take the efforts; otherwise they get none.
  var drives: Bool
  /// Whether the strategy has done its part, so that standing still at home ends the reset.
  var isDone: Bool

  /// Leaves the robot alone; standing still at home ends the reset.
  static let wait = ResetAction(drives: false, isDone: true)
  /// Drives the robot; standing still at home ends the reset.
  static let drive = ResetAction(drives: true, isDone: true)
}

extension ResetSettings {
  /// The strategy that the robot file names.
  func makeStrategy(joints: [Joint], confirmation: OperatorConfirmation) -> any ResetStrategy {
    switch strategy {
    case .settle: SettleReset()
    case .drive: DriveReset(settings: self, joints: joints)
    case .trajectory: TrajectoryReset(settings: self, joints: joints)
    case .operator: OperatorReset(confirmation: confirmation)
    }
  }
}
