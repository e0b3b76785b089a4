import LinearAlgebra

/// Values whole generations of candidates on several threads.
///
/// The generations, of one search or of several beside each other, are cut into blocks
/// (``RolloutSegment/blocks(of:)``); threads take blocks as they get free. A block's result depends on
/// nothing but the block, so the returns are the same for every number of threads, and of processes
/// that share the work.
package final class RolloutEvaluator<Model: DynamicsModel> {
  private let problem: RolloutProblem<Model>
  private let threads: Int
  private let team: (any Team)?
  private var workers: [RolloutWorker<Model>] = []
  private var capacity = 0

  package init(problem: RolloutProblem<Model>, threads: Int, team: (any Team)?) {
    self.problem = problem
    self.threads = max(1, threads)
    self.team = team
  }

  /// Values each candidate with the noise's particles.
  ///
  /// - Parameter dynamics: The model itself, or functions drawn from it.
  package func scores<Dynamics: DynamicsModel>(
    of candidates: [[Double]], noise: RolloutNoise, dynamics: Dynamics
  ) -> [RolloutScore] where Dynamics.Workspace == Model.Workspace {
    scores(of: [RolloutGroup(candidates: candidates, noise: noise)], dynamics: dynamics)[0]
  }

  /// Values each candidate of several groups, all in lockstep, with its group's particles.
  ///
  /// - Parameter dynamics: The model itself, or functions drawn from it: the same for all groups.
  /// - Returns: A score a candidate, for each group.
  func scores<Dynamics: DynamicsModel>(
    of groups: [RolloutGroup], dynamics: Dynamics
  ) -> [[RolloutScore]] where Dynamics.Workspace == Model.Workspace {
    let blocks = RolloutSegment.blocks(of: groups)
    let most = blocks.map { $0.reduce(0) { $0 + $1.candidates } }.max() ?? 0
    reserve(capacity: blocks.map { $0.reduce(0) { $0 + $1.members } }.max() ?? 0)
    // A block's weights lie one after the other, in the order of its segments.
    var firstWeight: [Int] = []
    var weights: [Double] = []
    for block in blocks {
      firstWeight.append(weights.count)
      for segment in block {
        for c in segment.firstCandidate..<(segment.firstCandidate + segment.candidates) {
          weights += groups[segment.group].candidates[c]
        }
      }
    }
    // A block's row is its scores as they lie in memory: no number of theirs is wider than a Double.
    let fields = MemoryLayout<RolloutScore>.stride / MemoryLayout<Double>.stride
    let starts = firstWeight
    nonisolated(unsafe) let workers = workers
    let rows = weights.withUnsafeBufferPointer { weights in
      nonisolated(unsafe) let weights = weights
      return Parallel.rows(
        blocks: blocks.count, length: most * fields, threads: threads, team: team,
        about: { groups.map(\.noise.functionSeed) + weights.map(\.bitPattern) }
      ) { block, worker, row in
        guard let source = weights.baseAddress, let row = row.baseAddress else { return }
        row.withMemoryRebound(to: RolloutScore.self, capacity: most) { scores in
          workers[worker].run(
            dynamics: dynamics, segments: blocks[block], weights: source + starts[block],
            scores: scores)
        }
      }
    }
    var scores = groups.map {
      Array(
        repeating: RolloutScore(mean: 0, deviation: 0, lost: 0), count: $0.candidates.count)
    }
    rows.withUnsafeBytes { bytes in
      let found = bytes.bindMemory(to: RolloutScore.self)
      for (index, block) in blocks.enumerated() {
        var place = index * most
        for segment in block {
          for c in 0..<segment.candidates {
            scores[segment.group][segment.firstCandidate + c] = found[place + c]
          }
          place += segment.candidates
        }
      }
    }
    return scores
  }

  /// Values one candidate in a model's mean, from near the start and with exact measurements.
  func score<Dynamics: DynamicsModel>(of candidate: [Double], dynamics: Dynamics) -> RolloutScore
  where Dynamics.Workspace == Model.Workspace {
    let noise = RolloutNoise(
      particles: 1, stepCount: problem.stepCount, dimensions: problem.model.stateDimensions,
      sampling: .none, measuresNoisily: false, seed: 0, path: [])
    return scores(of: [candidate], noise: noise, dynamics: dynamics)[0]
  }

  private func reserve(capacity needed: Int) {
    guard needed > capacity || workers.isEmpty else { return }
    capacity = needed
    workers = (0..<threads).map { _ in RolloutWorker(problem: problem, capacity: capacity) }
  }
}
