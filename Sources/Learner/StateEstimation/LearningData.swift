import Robotics

/// What the trials of a robot give a learner: steps at the task's period, with states as well as they
/// can be known afterwards.
///
/// Where the robot file has velocities filtered, they are not what the filter gave on the robot, which
/// lags: states are smoothed with all of a trial, before and after each sample
/// (``SmoothedTrajectory``). The search then simulates the filter.
public struct LearningData: Sendable {
  /// The steps of each trial. A step's action is the present one, then previous ones, the latest
  /// first, as many as the robot's state has in the task.
  public var steps: [[Step]]
  /// The standard deviation of a measured position (rad or m), joint by joint, as smoothing found it;
  /// nil where nothing was smoothed.
  public var positionNoise: [Double]?

  /// The steps of trials.
  public init(trials: [Trial], robot: Robot, task: Task) {
    var noises: [[Double]] = []
    steps = trials.map { trial in
      let history = robot.previousActions(in: task)
      var steps = trial.placedSteps(period: task.periodSeconds)
      if robot.state.velocityCutoffHertz != nil {
        // A trial too short to be smoothed gives nothing to learn from.
        guard let motion = try? RecordedMotion(trial, robot: robot) else { return [] }
        noises.append(motion.trajectory.joints.map(\.positionNoise))
        for index in steps.indices {
          steps[index].step.state = motion.trajectory.state(at: steps[index].first)
          steps[index].step.nextState = motion.trajectory.state(at: steps[index].last)
        }
      }
      guard history > 0 else { return steps.map(\.step) }
      return steps.map { placed in
        var step = placed.step
        for place in 1...history {
          step.action += trial.action(
            periods: place, before: placed.first, period: task.periodSeconds)
        }
        return step
      }
    }
    if let first = noises.first {
      positionNoise = first.indices.map { joint in
        noises.reduce(0) { $0 + $1[joint] } / Double(noises.count)
      }
    }
  }
}
