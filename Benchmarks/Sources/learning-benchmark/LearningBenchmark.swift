import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation

/// Solved-by-trial tables: learns a task on a simulated plant from scratch, once a seed.
///
///     swift run -c release learning-benchmark --task pendulum --prior none --seeds 1-20
@main
struct LearningBenchmark {
  static func main() throws {
    let options = try Options()
    print(options.summary)
    var solvedAt: [Int?] = []
    for seed in options.seeds {
      let report: Report
      do {
        report = try Self.learn(seed: seed, options: options)
      } catch let error as LearnerError {
        switch error {
        case .settingOutOfRange, .searchMismatch: options.refuse("\(error)")
        default: throw error
        }
      }
      solvedAt.append(report.solvedAt)
      print(report.line)
      fflush(nil)
    }
    print(table(solvedAt, trials: options.trials))
  }

  struct Report {
    var seed: UInt64
    var solvedAt: Int?
    var rewards: [Double]
    var predicted: [Double]
    var fitSeconds: [Double]
    var searchSeconds: [Double]
    var notes: [String]

    var line: String {
      func list(_ values: [Double], _ format: String) -> String {
        values.map { String(format: format, $0) }.joined(separator: " ")
      }
      return "seed \(seed)  solved at \(solvedAt.map(String.init) ?? "-")  "
        + "rewards \(list(rewards, "%.2f"))  predicted \(list(predicted, "%.2f"))  "
        + "fit s \(list(fitSeconds, "%.1f"))  search s \(list(searchSeconds, "%.1f"))"
        + (notes.isEmpty ? "" : "  \(notes.joined(separator: "; "))")
    }
  }

  static func learn(seed: UInt64, options: Options) throws -> Report {
    let robot = options.robot
    let task = options.task
    let plant = try PlantPrior(plantName: options.plantName, stepSeconds: 0.001)
    let simulated = SimulatedRobot(
      robot: robot, task: task, plant: plant, parameters: options.trueParameters(of: plant),
      noise: options.noise, lagSeconds: options.lagSeconds)
    var settings = options.settings
    settings.algorithm = options.prior == .none ? .blackDrops : .gpMI
    let learner = EpisodeLearner(
      robot: robot, task: task,
      prior: options.prior == .none ? nil : try PlantPrior(plantName: options.plantName),
      priorDescription: options.priorDescription(of: plant, seed: seed), settings: settings,
      seed: seed)
    var stream = RandomStream(seed: seed, path: [0xBE])
    var report = Report(
      seed: seed, solvedAt: nil, rewards: [], predicted: [], fitSeconds: [], searchSeconds: [],
      notes: [])
    var trials: [Trial] = []
    var previous: LearntEpisode?
    var policy: any Policy =
      options.pushes
      ? RandomPolicy(robot: robot, task: task, longestHold: options.longestHold, seed: seed)
      : RandomPolicy(
        actionLimits: robot.actionLimits, longestHold: options.longestHold, seed: seed)
    for trial in 1...options.trials {
      let outcome = simulated.run(policy, number: trial, stream: &stream)
      trials.append(outcome.trial)
      report.rewards.append(outcome.meanReward)
      if outcome.isSolved {
        report.solvedAt = trial
        break
      }
      guard trial < options.trials else { break }
      var data = LearningData(trials: trials, robot: robot, task: task)
      if !options.smooths {
        // The states as measured, with the efforts as they acted.
        for (index, trial) in trials.enumerated() {
          for (step, raw) in trial.steps(period: task.periodSeconds).enumerated() {
            data.steps[index][step].state = raw.state
            data.steps[index][step].nextState = raw.nextState
          }
        }
        data.measurementNoise = nil
        data.middleSteps = nil
      }
      let learnt = try learner.learn(
        episode: trial, steps: data.steps, measurementNoise: data.measurementNoise,
        middleSteps: data.middleSteps, previous: previous)
      report.predicted.append(learnt.predictedReturn.mean)
      report.fitSeconds.append(learnt.fitSeconds)
      report.searchSeconds.append(learnt.searchSeconds)
      if let prior = learnt.modelSummary.prior {
        report.notes.append(
          prior.parameters.filter(\.isTunable)
            .map { "\($0.name) \(String(format: "%.2f", $0.value))" }.joined(separator: " ")
            + (prior.isUsed ? "" : " dropped"))
      }
      if options.isVerbose {
        for output in learnt.modelSummary.outputs { print("  ", output) }
      }
      policy = try learnt.policy.makePolicy(for: robot)
      previous = learnt
    }
    return report
  }

  static func table(_ solvedAt: [Int?], trials: Int) -> String {
    var lines = ["solved by trial (the random one included), of \(solvedAt.count) seeds:"]
    for trial in 1...trials {
      let count = solvedAt.count { ($0 ?? .max) <= trial }
      lines.append("  \(trial): \(count) (\(100 * count / max(1, solvedAt.count)) %)")
    }
    return lines.joined(separator: "\n")
  }
}
