import ArgumentParser
import Experiment
import Foundation
import HardwareIO
import Learner
import Robotics
import Supervisor
import TrialStore

/// `handful run`: a learning experiment, or trials of a stored policy.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Learns a task on a robot, trial by trial, or runs a stored policy.",
    discussion: """
      Exit codes: 0 solved (or the policy ran), 1 failed, 2 bad input, 3 not solved within the \
      trials or the budget, 4 stopped for safety, 130 interrupted while the robot stood. Ctrl-C stops \
      the robot in good order; a second Ctrl-C is the emergency stop, and so is the space key. \
      Nothing stored is lost: go on with --resume.
      """)

  @OptionGroup var robotOptions: RobotOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup(title: "Operator") var operatorOptions: OperatorOptions

  @Option(
    help: ArgumentHelp("The task; the robot file's first one when not given.", valueName: "name"))
  var task: String?

  @Option(
    help: ArgumentHelp(
      "The robot's port: auto, a device such as /dev/ttyACM0, or sim for a virtual robot.",
      valueName: "port"))
  var port = "auto"

  @OptionGroup var learning: LearningOptions

  @Option(
    help: ArgumentHelp(
      "Run these efforts (CSV, from 'handful calibrate --suggest') as they stand instead of learning.",
      valueName: "file"))
  var excitation: String?

  @Option(
    help: ArgumentHelp(
      "How many trials at most; random ones and those already stored count. (default: 10; 1 with "
        + "--excitation)"))
  var trials: Int?

  private var trialCount: Int { trials ?? (excitation == nil ? 10 : 1) }

  @Option(help: "The seed of everything random.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Where everything is kept.", valueName: "file"))
  var store: String

  @Flag(help: "Go on with a store that is already there.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "The shape of the policy to search (\(PolicyShape.forms); the task's own when not given), or the "
        + "file of a policy (JSON, from 'handful export --format policy') to run instead of learning.",
      valueName: "shape or file"))
  var policy: String?

  @Option(
    help: ArgumentHelp(
      "Take the prior's parameters from this file, as 'handful calibrate --out' writes it, or a whole "
        + "prior (calibration/README.md).",
      valueName: "file"))
  var prior: String?

  @Option(help: "With --port sim: how many times faster than the wall clock the world runs.")
  var speed = 1.0

  @Option(help: "How many threads search; the result does not depend on it.")
  var threads: Int?

  @Flag(help: "Clear a fault that the firmware has latched; look at the robot first.")
  var clearFault = false

  func validate() throws {
    guard trialCount > 0 else {
      throw ValidationError("--trials is \(trialCount); it must be at least 1.")
    }
    if excitation != nil, policy != nil || learning.algorithm != nil {
      throw ValidationError(
        "--excitation runs the efforts of its file; leave out \(policy == nil ? "--algorithm" : "--policy")."
      )
    }
    guard speed > 0, speed <= 1000 else {
      throw ValidationError("--speed is \(speed); it must be above 0 and at most 1000.")
    }
    if speed != 1 && port != "sim" && !port.hasPrefix("/dev/pts/") {
      throw ValidationError("--speed is for virtual robots only; leave it out for \(port).")
    }
    if let threads, threads < 1 {
      throw ValidationError("--threads is \(threads); it must be at least 1.")
    }
  }

  func run() throws {
    let stopSwitch = StopSwitch()
    let isFirst = MPITeam.rankBeforeJoining == 0
    SignalListener.start(pressing: stopSwitch) { _ in
      guard isFirst else { return }
      Console.shared.line(
        "\nstopping; the robot is brought to a stand (again for the emergency stop)")
    }
    let configuration = try makeConfiguration()
    try robotOptions.placing {
      try RobotCheck.verify(
        configuration.robot, prior: PriorModels.knownModel(of: configuration.robot))
      try RobotCheck.verifyReadings(
        configuration.robot, reported: RobotConnection.motorReadings)
    }
    try configuration.check()
    let team = try joinTeam(configuration, stopSwitch)
    defer { team?.end() }
    if let team, team.rank > 0 { return try team.follow(configuration) }
    let hasTerminal = TerminalKeyboard.isPresent
    try operatorOptions.check(
      robot: configuration.robot, task: configuration.task, hasTerminal: hasTerminal)
    if operatorOptions.dryRun { return try rehearse(configuration, stopSwitch) }
    // Everything that can be refused is refused before the store is made and the robot greeted.
    let store = try openStore(configuration)
    let connection = try RobotConnection.open(
      port: port, robot: configuration.robot, robotFile: robotOptions.file, seed: seed,
      speed: speed, executable: CommandLine.executablePath, world: try keptWorld(store))
    defer { connection.close() }
    let desk = OperatorDesk(stopSwitch: stopSwitch, options: operatorOptions)
    let robot = try robotOptions.placing {
      try SupervisedRobot(
        link: connection.link, robot: configuration.robot, stopSwitch: stopSwitch,
        controls: desk.controls)
    }
    defer { robot.disconnect() }
    let reporter = RunReporter(configuration: configuration, console: .shared)
    let hello = try robot.connect(clearFault: clearFault)
    reporter.observe(.connected(hello, port: connection.path))
    if let file = operatorOptions.stopFile { StopFile.watch(file, pressing: stopSwitch) }
    if hasTerminal {
      TerminalKeyboard.start(onKey: desk.take, onClosed: desk.terminalClosed)
      desk.greet()
    }
    let run = LearningRun(
      configuration: configuration, store: store, robot: robot, stopSwitch: stopSwitch,
      budget: operatorOptions.budget, team: team, permission: { desk.allows(trial: $0) },
      observe: {
        reporter.observe($0)
        desk.prompt(for: $0, robot: configuration.robot)
      })
    let result = try run.run()
    robot.disconnect()
    reporter.conclude(result, storePath: self.store)
    if output.json {
      try JSONOutput.write(RunSummary(result, configuration, storePath: self.store))
    }
    throw result.exit
  }

  private func makeConfiguration() throws -> RunConfiguration {
    var robot = try robotOptions.load()
    if let prior {
      guard let found = try robotOptions.prior(contentsOf: prior, for: robot) else {
        throw ExperimentError.noPrior(robot: robot.name)
      }
      robot.prior = found
    }
    let chosen = try robot.chosenTask(task)
    // A file goes before a shape of the same name.
    let isFile = policy.map { FileManager.default.fileExists(atPath: $0) } ?? false
    let shape = isFile ? nil : policy.flatMap { PolicyShape($0) }
    var settings = try learning.settings(hasPrior: prior != nil, shape: shape ?? chosen.policy)
    settings.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    var configuration = RunConfiguration(
      robot: robot, robotFileText: try robotOptions.text(), task: chosen, settings: settings,
      trialCount: trialCount, seed: seed,
      policy: try shape == nil ? policy.map { try StoredPolicy.read($0) } : nil)
    configuration.repeatsTrialsCutShort = port == "sim"
    if let excitation {
      let efforts = try EffortSequence(contentsOf: excitation, robot: robot)
      configuration.excitation = efforts
      configuration.task.periodSeconds = efforts.periodSeconds
      configuration.task.horizonSeconds = efforts.durationSeconds
    }
    return configuration
  }

  /// The processes that `mpirun` started beside this one; nil without `mpirun`.
  private func joinTeam(
    _ configuration: RunConfiguration, _ stopSwitch: StopSwitch
  ) throws -> MPITeam? {
    guard MPITeam.isPresent else { return nil }
    guard configuration.isLearning, !operatorOptions.dryRun else {
      throw Failure.BadInput(
        message: "mpirun shares out the search for a policy, and "
          + (operatorOptions.dryRun ? "--dry-run" : policy == nil ? "--excitation" : "--policy")
          + " asks for none; run it without mpirun")
    }
    let team = try MPITeam(stops: { stopSwitch.pressed != .none })
    do {
      try team.ensureSameExperiment(configuration)
    } catch {
      team.leave()
      throw error
    }
    return team
  }

  /// `--dry-run`: everything but arming. The store is read for its last policy and not touched.
  private func rehearse(_ configuration: RunConfiguration, _ stopSwitch: StopSwitch) throws {
    let connection = try RobotConnection.open(
      port: port, robot: configuration.robot, robotFile: robotOptions.file, seed: seed,
      speed: speed, executable: CommandLine.executablePath)
    defer { connection.close() }
    let robot = try SupervisedRobot(
      link: connection.link, robot: configuration.robot, stopSwitch: stopSwitch)
    defer { robot.disconnect() }
    let hello = try robot.connect(clearFault: clearFault)
    RunReporter(configuration: configuration, console: .shared)
      .observe(.connected(hello, port: connection.path))
    let stored = resume ? try TrialStore.open(at: store, readOnly: true) : nil
    let plan = try LearningRun.rehearsalPlan(configuration, store: stored)
    let report = try robot.rehearse(plan)
    let isFine = report.isFine(for: configuration.robot)
    for line in report.lines(for: configuration.robot) { Console.shared.line(line) }
    Console.shared.line(
      isFine
        ? "dry run: nothing was armed; nothing speaks against a trial"
        : "dry run: nothing was armed; mend this first")
    if output.json {
      try JSONOutput.write(RehearsalSummary(report, robot: configuration.robot, isFine: isFine))
    }
    if !isFine { throw HandfulExit.failed }
  }

  /// Where the virtual robot's world is kept: beside the store, so that an experiment that is resumed
  /// finds the robot as the one before left it. It goes on after the last trial that came to its end.
  private func keptWorld(_ store: TrialStore) throws -> VirtualRobotProcess.KeptWorld? {
    guard port == "sim" else { return nil }
    let path = self.store + "-world"
    if !resume { try? FileManager.default.removeItem(atPath: path) }
    return VirtualRobotProcess.KeptWorld(
      path: path, episodes: try TrialMargins.armedEpisodes(in: store), isBroughtHome: clearFault)
  }

  private func openStore(_ configuration: RunConfiguration) throws -> TrialStore {
    let record = configuration.experimentRecord(version: Handful.version)
    guard resume else {
      return try TrialStore.create(at: store, experiment: record)
    }
    let existing = try TrialStore.open(at: store)
    try existing.ensureMatches(experiment: record)
    try configuration.ensureResumable(existing.experiment)
    return existing
  }
}

extension RunResult {
  /// The exit code of the contract.
  var exit: HandfulExit {
    switch ending {
    case .solved, .policyRan: .success
    case .notSolved, .budgetSpent: .notSolved
    case .stopped: .stoppedForSafety
    case .interrupted: .interrupted
    }
  }
}
