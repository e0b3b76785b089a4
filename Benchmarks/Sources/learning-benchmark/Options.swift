import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation

/// What to learn, and how, from the command line: `--task
/// pendulum|cart-pole|cart-pole-fast|pendubot --prior none|wrong50|wrong30 --seeds A-B --trials N
/// --threads N`, search settings by name, such as `--particles 2`, and `--lag SECONDS` for efforts that act
/// late (`--told-lag SECONDS` tells the model what then acted in each step).
struct Options {
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

  enum Failure: Error, CustomStringConvertible {
    case unknown(String)
    case value(String, String)

    var description: String {
      switch self {
      case .unknown(let name): "unknown option \(name)"
      case .value(let name, let value): "\(name) can't be \(value)"
      }
    }
  }

  let robot: Robot
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
  /// How late efforts act, in seconds; less than a control period.
  let lagSeconds: Double
  /// How late the model is told that they act, in seconds.
  let toldLagSeconds: Double
  let settings: LearningSettings
  let summary: String

  init(_ arguments: [String]) throws {
    var values: [String: String] = [:]
    var index = 1
    while index + 1 < arguments.count {
      values[arguments[index]] = arguments[index + 1]
      index += 2
    }
    summary = arguments.dropFirst().joined(separator: " ")
    func take(_ name: String) -> String? { values.removeValue(forKey: "--\(name)") }
    func number(_ name: String, _ set: (Double) -> Void) throws {
      guard let text = take(name) else { return }
      guard let value = Double(text) else { throw Failure.value(name, text) }
      set(value)
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
    case "pendubot":
      (robot, task) = try Bench.robot("pendubot", task: "swing-up")
      noise = [0.01, 0.01, 0.1, 0.1]
    default: throw Failure.value("task", name)
    }
    let noiseFactor = take("noise-factor").flatMap(Double.init) ?? 1
    noise = noise.map { noiseFactor * $0 }
    plantName = robot.virtualRobot?.plant ?? name
    let priorName = take("prior") ?? "none"
    guard let kind = PriorKind(rawValue: priorName) else {
      throw Failure.value("prior", priorName)
    }
    prior = kind
    let range = (take("seeds") ?? "1-5").split(separator: "-").compactMap { UInt64($0) }
    guard let first = range.first, let last = range.last, first <= last else {
      throw Failure.value("seeds", "\(range)")
    }
    seeds = first...last
    trials = take("trials").flatMap(Int.init) ?? 6
    isVerbose = take("verbose") == "1"
    longestHold = take("longest-hold").flatMap(Int.init) ?? 5
    lagSeconds = take("lag").flatMap(Double.init) ?? 0
    toldLagSeconds = take("told-lag").flatMap(Double.init) ?? 0
    guard lagSeconds >= 0, lagSeconds < robot.link.controlPeriodSeconds else {
      throw Failure.value("lag", "\(lagSeconds)")
    }
    var settings = LearningSettings()
    settings.threads = take("threads").flatMap(Int.init) ?? 1
    try number("particles") { settings.search.particles = Int($0) }
    try number("most-particles") { settings.search.mostParticles = Int($0) }
    try number("budget") { settings.search.rolloutBudget = Int($0) }
    try number("starts") { settings.search.starts = Int($0) }
    try number("population") { settings.search.population = Int($0) }
    try number("initial-deviation") { settings.search.initialDeviation = $0 }
    try number("least-initial-deviation") { settings.search.leastInitialDeviation = $0 }
    try number("step-size-factor") { settings.search.stepSizeFactor = $0 }
    try number("warm-step-size") { settings.search.warmStepSize = $0 }
    try number("width") { settings.search.rewardWidthFactor = $0 }
    try number("fixed-noise") { settings.search.noiseIsFixed = $0 != 0 }
    try number("hidden") {
      settings.search.policy = $0 == 0 ? .linear : .network(hiddenUnits: Int($0))
    }
    try number("groups") { settings.search.trajectories.groups = Int($0) }
    try number("last-width") { settings.search.trajectories.lastWidthFactor = $0 }
    try number("refinements") { settings.search.refinement.iterations = Int($0) }
    try number("refined-particles") { settings.search.refinement.particles = Int($0) }
    try number("refined-rate") { settings.search.refinement.rate = $0 }
    if let text = take("method") {
      guard let method = SearchSettings.Method(rawValue: text) else {
        throw Failure.value("method", text)
      }
      settings.search.method = method
    }
    if let text = take("prices") {
      settings.search.trajectories.effortPrices = text.split(separator: ",").compactMap {
        Double($0)
      }
    }
    if let text = take("covariance") {
      switch text {
      case "se": settings.model.covariance = .squaredExponential
      case "se+poly3": settings.model.covariance = .squaredExponential + .polynomial(degree: 3)
      case "se+poly2": settings.model.covariance = .squaredExponential + .polynomial(degree: 2)
      default: throw Failure.value("covariance", text)
      }
    }
    try number("integrates") { settings.model.integratesPositions = $0 != 0 }
    if let text = take("sampling") {
      guard let sampling = ParticleSampling(rawValue: text) else {
        throw Failure.value("sampling", text)
      }
      settings.search.sampling = sampling
    }
    if let unknown = values.keys.sorted().first { throw Failure.unknown(unknown) }
    self.settings = settings
  }

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
