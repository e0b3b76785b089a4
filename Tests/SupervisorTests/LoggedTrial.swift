import Robotics
import Supervisor

extension RobotDouble {
  /// A trial of the double's first task, logged by the supervisor itself.
  func loggedTrial(number: Int = 1, policy: any Policy) throws -> Trial {
    let supervised = try SupervisedRobot(link: self, robot: robot, stopSwitch: StopSwitch())
    try supervised.connect()
    var samples: [Sample] = []
    let plan = TrialPlan(policy: policy, robot: robot, task: robot.tasks[0])
    _ = try supervised.runEpisode(plan) { samples += $0 }
    return Trial(
      number: number, robot: robot.name, task: robot.tasks[0].name, origin: .policy, seed: 1,
      samplePeriodSeconds: robot.link.controlPeriodSeconds, startedAtUnixSeconds: 0,
      end: .completed, samples: samples)
  }
}
