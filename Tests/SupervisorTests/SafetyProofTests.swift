import HardwareIO
import Supervisor
import Testing

@Suite("Proofs that a robot turns itself off")
struct SafetyProofTests {
  private let stopSwitch = StopSwitch()

  private func supervised(
    _ faults: RobotDouble.Faults = .init()
  ) throws -> (RobotDouble, SupervisedRobot) {
    let robot = pendulum()
    let double = RobotDouble(robot: robot)
    double.faults = faults
    let supervised = try SupervisedRobot(link: double, robot: robot, stopSwitch: stopSwitch)
    try supervised.connect()
    return (double, supervised)
  }

  @Test("A robot whose watchdog works is off within its time, and clean afterwards")
  func watchdog() throws {
    let (double, supervised) = try supervised()
    let proof = try supervised.proveWatchdog()
    #expect(proof.passes)
    let seconds = try #require(proof.armedSeconds)
    // Armed for 0.1 s and a period at most, and no more than a period less.
    #expect(abs(seconds - proof.watchdogSeconds) < 0.011)
    #expect(double.armedAt.count == 1)
    #expect(double.sentEfforts.isEmpty)
    #expect(double.mode == .disarmed)
    #expect(supervised.state == .settled)
  }

  @Test("A robot without a watchdog fails the proof, and is turned off by message")
  func noWatchdog() throws {
    var faults = RobotDouble.Faults()
    faults.hasNoWatchdog = true
    let (double, supervised) = try supervised(faults)
    let proof = try supervised.proveWatchdog()
    #expect(!proof.passes)
    #expect(proof.armedSeconds == nil)
    #expect(proof.isOff)
    #expect(double.mode == .disarmed)
  }

  @Test("A robot that neither trips nor disarms is reported as not off")
  func staysOn() throws {
    var faults = RobotDouble.Faults()
    faults.hasNoWatchdog = true
    faults.ignoresDisarm = true
    let (_, supervised) = try supervised(faults)
    let proof = try supervised.proveWatchdog()
    #expect(!proof.passes && !proof.isOff)
  }

  @Test("An emergency stop turns off, holds against an arm, and clears")
  func emergencyStop() throws {
    let (double, supervised) = try supervised()
    let proof = try supervised.proveEmergencyStop()
    #expect(proof.passes)
    #expect(try #require(proof.stopSeconds) <= proof.allowedSeconds)
    #expect(double.sentEfforts.isEmpty)
    #expect(double.mode == .disarmed)
  }

  @Test("A robot that ignores the emergency stop fails the proof, and is turned off all the same")
  func ignoredStop() throws {
    var faults = RobotDouble.Faults()
    faults.ignoresEmergencyStop = true
    faults.hasNoWatchdog = true
    let (double, supervised) = try supervised(faults)
    let proof = try supervised.proveEmergencyStop()
    #expect(!proof.passes)
    #expect(proof.stopSeconds == nil)
    #expect(double.mode == .disarmed)
  }

  @Test("A stop that an arm undoes is not latched")
  func forgottenStop() throws {
    var faults = RobotDouble.Faults()
    faults.forgetsEmergencyStop = true
    let (double, supervised) = try supervised(faults)
    let proof = try supervised.proveEmergencyStop()
    #expect(!proof.passes && !proof.isLatched)
    #expect(double.mode == .disarmed)
  }

  /// Someone who does what is asked, at once.
  private func proveButton(
    _ double: RobotDouble, _ supervised: SupervisedRobot
  ) throws -> StopButtonProof {
    try supervised.proveStopButton(patienceSeconds: 1) { double.isStopButtonPressed = $0 == .press }
  }

  @Test("A stop button that works holds against an arm and a clear until it is released")
  func stopButton() throws {
    let (double, supervised) = try supervised()
    let proof = try proveButton(double, supervised)
    #expect(proof.passes, "\(proof)")
    #expect(double.armedAt.isEmpty, "a hand is at the robot")
    #expect(double.mode == .disarmed)
    #expect(supervised.state == .settled)
  }

  @Test("A stop button that nobody presses proves nothing")
  func buttonLeftAlone() throws {
    let (double, supervised) = try supervised()
    let proof = try supervised.proveStopButton(patienceSeconds: 0.2) { _ in }
    #expect(!proof.passes && proof.pressedSeconds == nil)
    #expect(double.armedAt.isEmpty)
  }

  @Test("A stop that can be cleared with the button still pressed is no stop")
  func clearedUnderButton() throws {
    var faults = RobotDouble.Faults()
    faults.clearsUnderStopButton = true
    let (double, supervised) = try supervised(faults)
    let proof = try proveButton(double, supervised)
    #expect(!proof.passes && !proof.refusesClear)
    #expect(double.mode == .disarmed)
  }

  @Test("A button that an arm overcomes is found, and the robot turned off again")
  func armedUnderButton() throws {
    var faults = RobotDouble.Faults()
    faults.forgetsEmergencyStop = true
    let (double, supervised) = try supervised(faults)
    let proof = try proveButton(double, supervised)
    #expect(!proof.passes && !proof.refusesArm)
    #expect(double.mode == .disarmed)
  }

  @Test("Proofs follow each other and an episode")
  func inTurn() throws {
    let (_, supervised) = try supervised()
    #expect(try supervised.observeStream(seconds: 0.5).lostCount == 0)
    #expect(try supervised.proveWatchdog().passes)
    #expect(try supervised.proveEmergencyStop().passes)
    let robot = pendulum()
    let plan = TrialPlan(
      policy: ClosurePolicy { _, _ in 0 }, robot: robot, task: robot.tasks[0])
    #expect(try supervised.runEpisode(plan) { _ in }.outcome.stopReason == nil)
  }

  @Test("A robot that won't arm proves nothing, and says so")
  func willNotArm() throws {
    var faults = RobotDouble.Faults()
    faults.refusesToArm = true
    let (_, supervised) = try supervised(faults)
    #expect(throws: SupervisorError.self) { try supervised.proveWatchdog() }
    #expect(supervised.state == .faulted)
  }

  @Test("Nothing is armed once the operator's switch is pressed")
  func pressed() throws {
    let (double, supervised) = try supervised()
    stopSwitch.press(.stop)
    #expect(throws: SupervisorError.self) { try supervised.proveWatchdog() }
    #expect(double.armedAt.isEmpty)
    #expect(double.mode == .disarmed)
  }

  @Test("Lost samples are counted in a stream that is only watched")
  func losses() throws {
    var faults = RobotDouble.Faults()
    faults.loseTicks = 10...14
    let (double, supervised) = try supervised(faults)
    let seen = try supervised.observeStream(seconds: 0.5)
    #expect(seen.lostCount == 5)
    #expect(seen.sampleCount == 50)
    #expect(double.armedAt.isEmpty)
  }
}
