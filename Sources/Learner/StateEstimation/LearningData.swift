import Robotics

/// What the trials of a robot give a learner: steps at the task's period, and of parts of it for robots that
/// have models of such (``Robotics/Robot/substeps(in:)``), with states as well as they can be known afterwards.
///
/// They are not what was measured on the robot, noisy or, through a filter, late: states are smoothed with
/// all of a trial, before and after each sample (``SmoothedTrajectory``), from the positions and, where
/// the firmware gives them, the velocities. Noise in a state is noise in a model's inputs as well as its
/// outputs. The search then simulates the noise and the filter.
public struct LearningData: Sendable {
  /// The steps of each trial. A step's action is the present one, then previous ones, the latest
  /// first, as many as the robot's state has in the task. Without previous ones it is the mean effort
  /// that acted: what was sent, from the link's command delay after the step began until as long after
  /// its end. In 2 % of a period the action before does as much to a velocity as its noise.
  public var steps: [[Step]]
  /// The standard deviations of measured positions (rad or m) and then, where the firmware gives them,
  /// velocities (rad/s or m/s), as smoothing found them; nil where nothing was smoothed.
  public var measurementNoise: [Double]?
  /// What the middle fifth of each period changes, the same effort acting, as far as no sample that tells it was
  /// lost; nil for robots whose models are of whole periods.
  public var middleSteps: [[Step]]?

  /// The steps of trials.
  public init(trials: [Trial], robot: Robot, task: Task) {
    var noises: [[Double]] = []
    let history = robot.previousActions(in: task)
    let isMeasured = robot.state.velocityCutoffHertz == nil
    let isDivided = robot.substeps(in: task) > 1
    var parts: [[Step]] = []
    steps = trials.map { trial in
      var steps = trial.placedSteps(period: task.periodSeconds)
      let isHeld = trial.origin != .imported
      let smoothing = SmoothingSettings(
        usesVelocities: isMeasured && isHeld, jumpsWithEfforts: isHeld)
      var trajectory: SmoothedTrajectory?
      if !isMeasured || isHeld {
        if let motion = try? RecordedMotion(trial, robot: robot, smoothing: smoothing) {
          trajectory = motion.trajectory
          let joints = motion.trajectory.joints
          noises.append(
            joints.map(\.positionNoise) + (isMeasured ? joints.map { $0.velocityNoise ?? 0 } : []))
          for index in steps.indices {
            steps[index].step.state = motion.trajectory.state(at: steps[index].first)
            steps[index].step.nextState = motion.trajectory.state(at: steps[index].last)
          }
        } else if !isMeasured {
          // A trial too short to be smoothed gives nothing to learn from.
          parts.append([])
          return []
        }
      }
      guard history > 0 else {
        let late = isHeld ? robot.lateShare(in: task) : 0
        if isDivided {
          let lateInMiddle = Substeps.lateShare(ofPeriod: late)
          parts.append(
            steps.compactMap { placed in
              let action = trial.acting(placed, lateShare: lateInMiddle).action
              return trial.middle(of: placed, action: action) {
                trajectory?.state(at: $0) ?? trial.samples[$0].state
              }
            })
        }
        return steps.map { trial.acting($0, lateShare: late) }
      }
      return steps.map { placed in
        var step = placed.step
        for place in 1...history {
          step.action += trial.action(
            periods: place, before: placed.first, period: task.periodSeconds)
        }
        return step
      }
    }
    middleSteps = isDivided ? parts : nil
    if let first = noises.first {
      measurementNoise = first.indices.map { dimension in
        noises.reduce(0) { $0 + $1[dimension] } / Double(noises.count)
      }
    }
  }
}

extension Trial {
  /// A step with the mean effort that acted in it, where commands take effect late.
  fileprivate func acting(_ placed: PlacedStep, lateShare: Double) -> Step {
    var step = placed.step
    guard lateShare > 0 else { return step }
    let last = samples[placed.last - 1].sentAction
    for a in step.action.indices {
      let before = placed.first > 0 ? samples[placed.first - 1].sentAction[a] : 0
      step.action[a] += lateShare * (before - last[a])
    }
    return step
  }
}
