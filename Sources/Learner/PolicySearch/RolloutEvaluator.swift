import LinearAlgebra

/// Values whole generations of candidates on several threads.
///
/// The generation is cut into blocks whose size depends on the number of particles alone; threads
/// take blocks as they get free. A block's result depends on nothing but the block, so the returns
/// are the same for every number of threads.
final class RolloutEvaluator<Model: DynamicsModel> {
  private let problem: RolloutProblem<Model>
  private let threads: Int
  private var workers: [RolloutWorker<Model>] = []
  private var capacity = 0

  /// The number of members that a block should have: enough for matrix products to pay, few enough
  /// to stay in the cache and to give each thread some.
  private static var blockMembers: Int { 64 }

  init(problem: RolloutProblem<Model>, threads: Int) {
    self.problem = problem
    self.threads = max(1, threads)
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
    var scores = Array(
      repeating: RolloutScore(mean: 0, deviation: 0, lost: 0), count: candidates.count)
    weights.withUnsafeBufferPointer { weights in
      scores.withUnsafeMutableBufferPointer { scores in
        guard let weights = weights.baseAddress, let scores = scores.baseAddress else { return }
        // Threads write apart from each other: each block has its own scores, each worker its own
        // buffers.
        nonisolated(unsafe) let source = weights
        nonisolated(unsafe) let target = scores
        nonisolated(unsafe) let workers = workers
        let total = candidates.count
        Parallel.forEach(blocks: blocks, threads: threads) { block, worker in
          let first = block * perBlock
          workers[worker].run(
            dynamics: dynamics, candidates: min(perBlock, total - first),
            weights: source + first * weightCount,
            noise: noise, scores: target + first)
        }
      }
    }
    return scores
  }

  private func reserve(capacity needed: Int) {
    guard needed > capacity || workers.isEmpty else { return }
    capacity = max(needed, Self.blockMembers)
    workers = (0..<threads).map { _ in RolloutWorker(problem: problem, capacity: capacity) }
  }
}
