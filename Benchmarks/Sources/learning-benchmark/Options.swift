import BenchmarkArguments
import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation

/// What to learn, and how, from the command line; `--lag` is for efforts that act late, and `--told-lag`
/// tells the model what then acted in each step.
struct Options {
  private static let usage = """
    learning-benchmark [--task pendulum|cart-pole|cart-pole-fast|cart-pole-mc-pilco|pendubot]
      [--prior none|wrong50|wrong30] [--seeds A-B] [--trials N] [--threads N] [--verbose 1]
      [--lag SECONDS] [--told-lag SECONDS] [--noise-factor X] [--smoothed 0], and settings of the search and the
      model by the names that are in Options.swift, such as --particles 2
    """

  enum PriorKind: String {
    /// No prior: Black-DROPS.
    case none
    /// GP-MI, with every tunable parameter up to half wrong either way.
    case wrong50
    /// The same with up to 30 %.
    case wrong30

    /// How wrong a parameter may be, as a part of it.
    var error: Double { self == .wrong50 ? 0.5 : 0.3 }
  }

  private(set) var robot: Robot
  let task: Robotics.Task
  let plantName: String
  /// The standard deviations of measured positions, then velocities.
  private(set) var noise: [Double]
  let prior: PriorKind
  let seeds: ClosedRange<UInt64>
  let trials: Int
  let isVerbose: Bool
  /// For how many periods a random action is held at most.
  let longestHold: Int
  /// Whether the random trial has slow pushes beside quick actions.
  let pushes: Bool
  /// Whether states are smoothed with all of a trial before they are learnt from.
  let smooths: Bool
  /// How late efforts act, in seconds; less than a control period.
  let lagSeconds: Double
  /// How late the model is told that they act, in seconds.
  let toldLagSeconds: Double
  let settings: LearningSettings
  let summary: String
  private let arguments: BenchmarkArguments

  /// What the command line says; ends the program when it says something wrong.
  init() throws {
    var arguments = BenchmarkArguments(usage: Self.usage)
    summary = CommandLine.arguments.dropFirst().joined(separator: " ")
    func take(_ name: String) -> String? { arguments.text(name) }
    func number(_ name: String, _ set: (Double) -> Void) { arguments.number(name).map(set) }
    func whole(_ name: String, _ set: (Int) -> Void) { arguments.whole(name).map(set) }
    func refuse(_ name: String, _ value: String) -> Never {
      arguments.refuse("--\(name) can't be '\(value)'")
    }
    let name = take("task") ?? "pendulum"
    switch name {
    case "pendulum":
      (robot, task) = try Bench.robot("pendulum", task: "swing-up")
      noise = [0.0005, 0.05]
    case "cart-pole":
      (robot, task) = try Bench.robot("cart-pole", task: "swing-up")
      noise = [0.01, 0.01, 0.01, 0.01]
    case "cart-pole-fast":
      (robot, task) = try Bench.robot("cart-pole", task: "swing-up-fast")
      noise = [0.01, 0.01, 0.01, 0.01]
    case "cart-pole-mc-pilco":
      (robot, task) = try Bench.robot(name, task: "swing-up")
      noise = [0.01, 0.01, 0.01, 0.01]
    case "pendubot":
      (robot, task) = try Bench.robot("pendubot", task: "swing-up")
      noise = [0.01, 0.01, 0.01, 0.01]
    default: refuse("task", name)
    }
    let noiseFactor = arguments.number("noise-factor") ?? 1
    noise = noise.map { noiseFactor * $0 }
    plantName = robot.virtualRobot?.plant ?? name
    let priorName = take("prior") ?? "none"
    guard let kind = PriorKind(rawValue: priorName) else {
      refuse("prior", priorName)
    }
    prior = kind
    let seedsText = take("seeds") ?? "1-5"
    let range = seedsText.split(separator: "-").map { UInt64($0) ?? 0 }
    guard range.count <= 2, let first = range.first, let last = range.last, first > 0, first <= last
    else { refuse("seeds", seedsText) }
    seeds = first...last
    trials = arguments.whole("trials", 1...1000) ?? 6
    isVerbose = take("verbose") == "1"
    longestHold = arguments.whole("longest-hold", 1...1_000_000) ?? 5
    pushes = arguments.whole("pushes", 0...1) != 0
    smooths = take("smoothed") != "0"
    lagSeconds = arguments.number("lag") ?? 0
    toldLagSeconds = arguments.number("told-lag") ?? 0
    guard lagSeconds >= 0, lagSeconds < robot.link.controlPeriodSeconds else {
      refuse("lag", "\(lagSeconds)")
    }
    robot.link.commandDelaySeconds = toldLagSeconds
    var settings = LearningSettings()
    settings.threads = arguments.whole("threads", 1...64) ?? 1
    whole("particles") { settings.search.particles = $0 }
    whole("most-particles") { settings.search.mostParticles = $0 }
    whole("budget") { settings.search.rolloutBudget = $0 }
    whole("starts") { settings.search.starts = $0 }
    whole("population") { settings.search.population = $0 }
    number("initial-deviation") { settings.search.initialDeviation = $0 }
    number("least-initial-deviation") { settings.search.leastInitialDeviation = $0 }
    number("step-size-factor") { settings.search.stepSizeFactor = $0 }
    number("warm-step-size") { settings.search.warmStepSize = $0 }
    number("width") { settings.search.rewardWidthFactor = $0 }
    number("fixed-noise") { settings.search.noiseIsFixed = $0 != 0 }
    whole("hidden") {
      settings.search.policy = $0 == 0 ? .linear : .network(hiddenUnits: $0)
    }
    whole("groups") { settings.search.trajectories.groups = $0 }
    number("last-width") { settings.search.trajectories.lastWidthFactor = $0 }
    whole("refinements") { settings.search.refinement.iterations = $0 }
    whole("refined-particles") { settings.search.refinement.particles = $0 }
    number("success-weight") {
      settings.search.refinement.success = $0 == 0 ? nil : SuccessReward(weight: $0)
    }
    number("success-width") { settings.search.refinement.success?.widthFactor = $0 }
    number("refined-rate") { settings.search.refinement.rate = $0 }
    if let text = take("method") {
      guard let method = SearchSettings.Method(rawValue: text) else {
        refuse("method", text)
      }
      settings.search.method = method
    }
    if let text = take("prices") {
      let prices = text.split(separator: ",").map { Double($0) ?? .nan }
      guard !prices.isEmpty, prices.allSatisfy({ $0 >= 0 }) else { refuse("prices", text) }
      settings.search.trajectories.effortPrices = prices
    }
    if let text = take("covariance") {
      switch text {
      case "se": settings.model.covariance = .squaredExponential
      case "se+poly3": settings.model.covariance = .squaredExponential + .polynomial(degree: 3)
      case "se+poly2": settings.model.covariance = .squaredExponential + .polynomial(degree: 2)
      default: refuse("covariance", text)
      }
    }
    number("integrates") { settings.model.integratesPositions = $0 != 0 }
    if let text = take("sampling") {
      guard let sampling = ParticleSampling(rawValue: text) else {
        refuse("sampling", text)
      }
      settings.search.sampling = sampling
    }
    arguments.end()
    self.settings = settings
    self.arguments = arguments
  }

  /// Ends the program because of what the command line says.
  func refuse(_ problem: String) -> Never { arguments.refuse(problem) }

  /// The plant's true parameters, in its order.
  func trueParameters(of plant: PlantPrior) -> [Double] {
    let given = robot.virtualRobot?.parameters ?? [:]
    return plant.plant.parameters.map { given[$0.name] ?? $0.defaultValue }
  }

  /// The prior's description, with parameters wrong by up to a part of each, drawn by the seed.
  func priorDescription(of plant: PlantPrior, seed: UInt64) -> PriorDescription? {
    guard prior != .none, var description = robot.prior else { return robot.prior }
    var stream = RandomStream(seed: seed, path: [0x77])
    for index in description.parameters.indices where description.parameters[index].isTunable {
      description.parameters[index].nominal *= 1 + stream.nextUniform(in: -prior.error, prior.error)
    }
    return description
  }
}
