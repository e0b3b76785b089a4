import LinearAlgebra

/// Values whole generations of candidates on several threads.
///
/// The generation is cut into blocks whose size depends on the number of particles alone; threads
/// take blocks as they get free. A block's result depends on nothing but the block, so the returns
/// are the same for every number of threads, and of processes that share the work.
final class RolloutEvaluator<Model: DynamicsModel> {
  private let problem: RolloutProblem<Model>
  private let threads: Int
  private let team: (any Team)?
  private var workers: [RolloutWorker<Model>] = []
  private var capacity = 0

  /// The number of members that a block should have: enough for matrix products to pay, few enough
  /// to stay in the cache and to give each thread some.
  private static var blockMembers: Int { 64 }

  init(problem: RolloutProblem<Model>, threads: Int, team: (any Team)?) {
    self.problem = problem
    self.threads = max(1, threads)
    self.team = team
  }

  /// Values each candidate with the noise's particles.
  ///
  /// - Parameter dynamics: The model itself, or functions drawn from it.
  func scores<Dynamics: DynamicsModel>(
    of candidates: [[Double]], noise: RolloutNoise, dynamics: Dynamics
  ) -> [RolloutScore] where Dynamics.Workspace == Model.Workspace {
    let particles = noise.particles
    let perBlock = max(1, Self.blockMembers / particles)
    reserve(capacity: perBlock * particles)
    let blocks = (candidates.count + perBlock - 1) / perBlock
    let weights = candidates.flatMap { $0 }
    let weightCount = problem.policy.weightCount
    let total = candidates.count
    // A block's row is its scores as they lie in memory: no number of theirs is wider than a Double.
    let fields = MemoryLayout<RolloutScore>.stride / MemoryLayout<Double>.stride
    nonisolated(unsafe) let workers = workers
    let rows = weights.withUnsafeBufferPointer { weights in
      nonisolated(unsafe) let weights = weights
      return Parallel.rows(
        blocks: blocks, length: perBlock * fields, threads: threads, team: team,
        about: { [noise.functionSeed] + weights.map(\.bitPattern) }
      ) { block, worker, row in
        guard let source = weights.baseAddress, let row = row.baseAddress else { return }
        let first = block * perBlock
        row.withMemoryRebound(to: RolloutScore.self, capacity: perBlock) { scores in
          workers[worker].run(
            dynamics: dynamics, candidates: min(perBlock, total - first),
            weights: source + first * weightCount, noise: noise, scores: scores)
        }
      }
    }
    return rows.withUnsafeBytes { Array($0.bindMemory(to: RolloutScore.self).prefix(total)) }
  }

  private func reserve(capacity needed: Int) {
    guard needed > capacity || workers.isEmpty else { return }
    capacity = max(needed, Self.blockMembers)
    workers = (0..<threads).map { _ in RolloutWorker(problem: problem, capacity: capacity) }
  }
}
