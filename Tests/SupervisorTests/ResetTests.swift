import CAllocationCounter
import Robotics
import Supervisor
import Testing

@Suite("Ways to come home; that a robot has is for its sensors to say")
struct ResetTests {
  @Test("Settling never turns the actuators on; a robot that doesn't settle is a fault")
  func settleFails() throws {
    let double = RobotDouble(robot: robot(.settle), position: 1)
    let (result, samples) = try run(double)
    guard case .resetFailed(let seconds, 0, _, _) = result.outcome.stopReason else {
      Issue.record("\(String(describing: result.outcome.stopReason))")
      return
    }
    #expect(seconds > 20 && seconds < 20.1)
    #expect(double.armedAt.isEmpty && double.sentEfforts.isEmpty)
    #expect(samples.isEmpty)
  }

  @Test("A robot that is brought to a stand at home while it settles goes on to its trial")
  func settles() throws {
    let double = RobotDouble(robot: robot(.settle), position: 1)
    double.onTick = { tick in
      if tick == 300 { (double.position, double.velocity) = (0, 0) }
    }
    let (result, _) = try run(double)
    #expect(result.outcome.stopReason == nil)
    #expect(!result.outcome.resetDrove)
    // 0.2 s of standing still, then it arms.
    #expect(double.armedAt.first.map { (319...321).contains($0) } == true)
  }

  @Test("A trajectory is followed from rest to rest, then home, before the trial begins")
  func trajectory() throws {
    var robot = robot(.trajectory)
    robot.reset.waypoints = [
      ResetSettings.Waypoint(atSeconds: 1.5, positions: [0.3]),
      ResetSettings.Waypoint(atSeconds: 3, positions: [-0.2]),
    ]
    robot.reset.proportionalGains = [40]
    robot.reset.derivativeGains = [4]
    robot.reset.effortLimits = [2.5]
    let double = RobotDouble(robot: robot)
    var course: [Double] = []
    double.onTick = { _ in course.append(double.position) }
    let (result, samples) = try run(double)
    #expect(result.outcome.stopReason == nil)
    #expect(result.outcome.resetDrove)
    // Where a movement from rest to rest is at its quarter (10τ³ − 15τ⁴ + 6τ⁵ at τ = 1/4: 0.1035),
    // at its half and at its end; gravity pulls the arm back by 4.91 sin q / 40.
    for (second, place) in [
      (0.375, 0.3 * 0.1035), (0.75, 0.15), (1.5, 0.3), (2.25, 0.05), (3, -0.2),
    ] {
      #expect(abs(course[Int(second * 100)] - place) < 0.05, "at \(second) s")
    }
    #expect(result.outcome.resetSeconds > 3.2)
    #expect(abs(samples[0].positions[0]) <= 0.035)
  }

  @Test("A trajectory that a hand blocks is a fault when its time is up, actuators off")
  func blockedTrajectory() throws {
    var robot = robot(.trajectory)
    robot.reset.waypoints = [ResetSettings.Waypoint(atSeconds: 1.5, positions: [0.3])]
    let double = RobotDouble(robot: robot, position: 0.5)
    double.faults.blocksHome = true
    let (result, _) = try run(double)
    #expect(result.outcome.stopReason?.code == "reset-failed")
    #expect(double.mode == .disarmed)
  }

  @Test("A continuous joint takes its waypoints along when it has turned")
  func turnedTrajectory() throws {
    var robot = robot(.trajectory)
    robot.reset.waypoints = [ResetSettings.Waypoint(atSeconds: 1.5, positions: [0.1])]
    robot.reset.proportionalGains = [40]
    robot.reset.derivativeGains = [4]
    let double = RobotDouble(robot: robot, position: -6 * .pi)
    var furthest = 0.0
    double.onTick = { _ in furthest = max(furthest, abs(double.position + 6 * .pi)) }
    let (result, _) = try run(double)
    #expect(result.outcome.stopReason == nil)
    #expect(furthest < 0.2)
  }

  @Test("An operator who says that the robot is home is believed when the sensors say so too")
  func operatorBringsHome() throws {
    let confirmation = OperatorConfirmation()
    let double = RobotDouble(robot: robot(.operator), position: 1)
    double.faults.blocksHome = true
    double.onTick = { tick in
      if tick == 100 { double.position = 0 }
      if tick == 150 { confirmation.confirm() }
    }
    let (result, _) = try run(double, controls: OperatorControls(confirmation: confirmation))
    #expect(result.outcome.stopReason == nil)
    #expect(double.armedAt.first.map { (169...171).contains($0) } == true)
  }

  @Test("An operator who says so of a robot that isn't home is not: a fault, never armed")
  func operatorErrs() throws {
    let confirmation = OperatorConfirmation()
    let double = RobotDouble(robot: robot(.operator), position: 1)
    double.faults.blocksHome = true
    double.onTick = { tick in if tick == 150 { confirmation.confirm() } }
    let (result, _) = try run(double, controls: OperatorControls(confirmation: confirmation))
    #expect(result.outcome.stopReason?.code == "reset-failed")
    #expect(double.armedAt.isEmpty)
  }

  @Test("Without a word from the operator nothing arms, and it ends when the time is up")
  func operatorSilent() throws {
    let confirmation = OperatorConfirmation()
    // A word from before doesn't count.
    confirmation.confirm()
    let double = RobotDouble(robot: robot(.operator))
    let (result, _) = try run(double, controls: OperatorControls(confirmation: confirmation))
    guard case .notConfirmed(let seconds) = result.outcome.stopReason else {
      Issue.record("\(String(describing: result.outcome.stopReason))")
      return
    }
    #expect(seconds > 20 && seconds < 20.1)
    #expect(double.armedAt.isEmpty)
    #expect(
      StopReason.notConfirmed(seconds: 20).explanation(for: double.robot)
        == "the operator gave no sign within 20 s; start again and press Enter once the robot is "
        + "home, or hold the dead-man's key; time_limit in the robot file gives more time")
  }

  @Test("No strategy allocates on the control thread", arguments: ResetSettings.Strategy.allCases)
  func allocatesNothing(_ strategy: ResetSettings.Strategy) {
    var robot = robot(strategy)
    robot.reset.waypoints = [ResetSettings.Waypoint(atSeconds: 1.5, positions: [0.3])]
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 3)
    values.initialize(repeating: 0.5)
    defer { values.deallocate() }
    var reset = ResetSequence(robot: robot)
    var waits = 0
    func step() {
      let step = reset.decide(
        positions: UnsafeMutableBufferPointer(rebasing: values[0..<1]),
        velocities: UnsafeMutableBufferPointer(rebasing: values[1..<2]), periodSeconds: 0.01,
        efforts: UnsafeMutableBufferPointer(rebasing: values[2..<3]))
      if step == .wait { waits += 1 }
    }
    let before = allocation_count_of_this_thread()
    for _ in 0..<1000 { step() }
    #expect(allocation_count_of_this_thread() == before)
    #expect(reset.seconds > 9.99 && waits > 50)
  }

  private func robot(_ strategy: ResetSettings.Strategy) -> Robot {
    var robot = pendulum()
    robot.reset.strategy = strategy
    return robot
  }

  private func run(
    _ double: RobotDouble, controls: OperatorControls = OperatorControls()
  ) throws -> (EpisodeResult, [Sample]) {
    let robot = try SupervisedRobot(
      link: double, robot: double.robot, stopSwitch: StopSwitch(), controls: controls)
    try robot.connect()
    var samples: [Sample] = []
    let plan = TrialPlan(
      policy: ClosurePolicy { _, _ in 0 }, robot: double.robot, task: double.robot.tasks[0])
    let result = try robot.runEpisode(plan) { samples += $0 }
    return (result, samples)
  }
}
