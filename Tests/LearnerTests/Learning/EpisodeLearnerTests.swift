import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Synchronization
import Testing

@Suite struct EpisodeLearnerTests {
  private let robot = TestRobots.pendulum
  private let task = TestRobots.pendulumTask

  private func learner(_ settings: LearningSettings, seed: UInt64 = 1) -> EpisodeLearner {
    EpisodeLearner(
      robot: robot, task: task, prior: nil, priorDescription: nil, settings: settings, seed: seed)
  }

  private func randomTrial(seed: UInt64) throws -> [Step] {
    var stream = RandomStream(seed: seed, path: [1])
    return try PendulumTrial(
      RandomPolicy(robot: robot, task: task, seed: seed), stream: &stream
    ).steps
  }

  private func quick(threads: Int = 1) -> LearningSettings {
    LearningSettings(search: SearchSettings(rolloutBudget: 20_000), threads: threads)
  }

  /// The trial that solved the task, from 1 (the random one).
  private func solvedAt(
    seed: UInt64, trials: Int, prior: PriorDescription? = nil
  ) throws -> Int? {
    let learner = EpisodeLearner(
      robot: robot, task: task,
      prior: prior == nil ? nil : try PlantPrior(plantName: "pendulum"), priorDescription: prior,
      settings: LearningSettings(algorithm: prior == nil ? .blackDrops : .gpMI), seed: seed)
    var stream = RandomStream(seed: seed, path: [1])
    var policy: any Policy = RandomPolicy(robot: robot, task: task, seed: seed)
    var steps: [[Step]] = []
    var previous: LearntEpisode?
    for trial in 1...trials {
      let outcome = try PendulumTrial(policy, stream: &stream)
      if outcome.isSolved { return trial }
      steps.append(outcome.steps)
      let learnt = try learner.learn(episode: trial, steps: steps, previous: previous)
      policy = try learnt.policy.makePolicy(for: robot)
      previous = learnt
    }
    return nil
  }

  private func pendulumPrior(mass: Double, length: Double) -> PriorDescription {
    PriorDescription(
      model: "pendulum",
      parameters: [
        PriorParameter(name: "mass", unit: "kg", nominal: mass, lower: 0.4, upper: 2),
        PriorParameter(name: "length", unit: "m", nominal: length, lower: 0.5, upper: 1.5),
        PriorParameter(
          name: "damping", unit: "N m s/rad", nominal: 0.01, lower: 0, upper: 0.2),
        PriorParameter(
          name: "friction", unit: "N m", nominal: 0, lower: 0, upper: 1, isTunable: false),
        PriorParameter(
          name: "gravity", unit: "m/s^2", nominal: 9.82, lower: 9, upper: 10, isTunable: false),
      ])
  }

  @Test("From nothing it swings up the pendulum by the fourth trial", arguments: [1, 2])
  func withoutPrior(seed: UInt64) throws {
    let trial = try solvedAt(seed: seed, trials: 4)
    print("seed \(seed): solved at trial \(trial.map(String.init) ?? "-")")
    #expect(trial != nil)
  }

  @Test("With a prior whose mass and length are half wrong, by the third", arguments: [1, 2])
  func withPrior(seed: UInt64) throws {
    let wrong = seed == 1 ? (1.5, 0.6) : (0.5, 1.4)
    let trial = try solvedAt(
      seed: seed, trials: 3, prior: pendulumPrior(mass: wrong.0, length: wrong.1))
    print("seed \(seed): solved at trial \(trial.map(String.init) ?? "-")")
    #expect(trial != nil)
  }

  @Test(
    "What is learnt doesn't depend on the number of threads, bit for bit",
    arguments: SearchSettings.Method.allCases)
  func deterministic(method: SearchSettings.Method) throws {
    let steps = [try randomTrial(seed: 5)]
    func learn(threads: Int) throws -> LearntEpisode {
      var settings = quick(threads: threads)
      settings.search.method = method
      var learnt = try learner(settings).learn(episode: 1, steps: steps)
      learnt.fitSeconds = 0
      learnt.searchSeconds = 0
      return learnt
    }
    let one = try learn(threads: 1)
    #expect(try learn(threads: 1) == one)
    #expect(try learn(threads: 3) == one)
    let other = try learner(quick(), seed: 2).learn(episode: 1, steps: steps)
    #expect(other.policy != one.policy)
  }

  @Test("Without a prior a part of each process is polynomial; on a prior's residual none is")
  func covariances() throws {
    let steps = [try randomTrial(seed: 5)]
    let plain = try learner(LearningSettings()).model(episode: 1, steps: steps)
    #expect(
      plain.outputs.allSatisfy {
        $0.hyperparameters.covariance == .squaredExponential + .polynomial(degree: 2)
      })
    let withPrior = try EpisodeLearner(
      robot: robot, task: task, prior: try PlantPrior(plantName: "pendulum"),
      priorDescription: pendulumPrior(mass: 1.5, length: 0.6),
      settings: LearningSettings(algorithm: .gpMI), seed: 1
    ).model(episode: 1, steps: steps)
    #expect(withPrior.prior != nil)
    #expect(withPrior.outputs.allSatisfy { $0.hyperparameters.covariance == .squaredExponential })
  }

  @Test("Settings stored before residuals had a covariance of their own are read as meant then")
  func olderSettings() throws {
    var settings = GaussianProcessSettings(covariance: .matern52, residualCovariance: .linear)
    var stored = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(settings)) as? [String: Any])
    #expect(stored.removeValue(forKey: "residualCovariance") != nil)
    settings.residualCovariance = nil
    let read = try JSONDecoder().decode(
      GaussianProcessSettings.self, from: JSONSerialization.data(withJSONObject: stored))
    #expect(read == settings)
  }

  @Test("A learnt episode survives being stored")
  func codable() throws {
    let learnt = try learner(quick()).learn(episode: 1, steps: [try randomTrial(seed: 5)])
    let read = try JSONDecoder().decode(LearntEpisode.self, from: JSONEncoder().encode(learnt))
    #expect(read == learnt)
  }

  @Test("Progress tells of fitting first, then of a search that never goes back")
  func progress() throws {
    let seen = Recorder()
    _ = try learner(quick()).learn(
      episode: 1, steps: [try randomTrial(seed: 5)], progress: { seen.append($0) })
    let all = seen.all
    #expect(all.first == .fitting(stepCount: 40))
    let fractions = all.dropFirst().compactMap(\.fraction)
    #expect(fractions.count > 3)
    #expect(fractions == fractions.sorted())
    #expect(fractions.last == 1)
  }

  @Test("Steps that can't be learnt from are refused with trial and step named")
  func refused() throws {
    let learner = learner(quick())
    var steps = try randomTrial(seed: 5)
    #expect(throws: LearnerError.notEnoughData(steps: 0, needed: 5)) {
      try learner.learn(episode: 1, steps: [])
    }
    #expect(throws: LearnerError.notEnoughData(steps: 3, needed: 5)) {
      try learner.learn(episode: 1, steps: [Array(steps[..<3])])
    }
    steps[6].nextState[1] = .infinity
    #expect(throws: LearnerError.stepNotFinite(trial: 2, step: 7)) {
      try learner.learn(episode: 1, steps: [[], steps])
    }
    steps[6].nextState = [1, 2, 3]
    #expect(
      throws: LearnerError.stepOfAnotherRobot(
        trial: 1, step: 7, found: 3, expected: 2, what: "numbers in its next state")
    ) { try learner.learn(episode: 1, steps: [steps]) }
    #expect(throws: LearnerError.priorMissing(robot: "pendulum")) {
      try self.learner(LearningSettings(algorithm: .gpMI)).learn(episode: 1, steps: [steps])
    }
    #expect(throws: LearnerError.priorMissing(robot: "pendulum")) {
      try self.learner(LearningSettings(algorithm: .gpMI)).model(episode: 1, steps: [steps])
    }
    #expect(throws: LearnerError.cancelled) {
      try learner.learn(
        episode: 1, steps: [try randomTrial(seed: 5)], isCancelled: { true })
    }
  }

  @Test("Every error says what was found and what to do")
  func descriptions() {
    let error = LearnerError.notEnoughData(steps: 3, needed: 5)
    #expect(
      "\(error)" == "There are 3 logged steps to learn from and a model needs at least 5; run a "
        + "random trial first, or a longer one.")
    #expect("\(LearnerError.policyForAnotherRobot(policy: "a", robot: "b"))".contains("'a'"))
  }
}

/// Collects progress, whatever thread reports it.
final class Recorder: Sendable {
  private let values = Mutex<[LearningProgress]>([])
  var all: [LearningProgress] { values.withLock { $0 } }
  func append(_ value: LearningProgress) { values.withLock { $0.append(value) } }
}
