import LinearAlgebra

/// Returns and their derivatives for several candidates, on several threads.
///
/// Each candidate's particles are cut into blocks of a fixed size, and the blocks' sums are added in
/// their order, so that results don't depend on the number of threads.
final class GradientEvaluator<Model: DynamicsModel> {
  private let problem: RolloutProblem<Model>
  private let shape: PolicyParameters
  private let threads: Int
  private let gradientLimit: Double
  private var workers: [GradientWorker<Model>] = []

  /// The most particles of a block.
  static var blockMembers: Int { 32 }

  init(
    problem: RolloutProblem<Model>, shape: PolicyParameters, gradientLimit: Double, threads: Int
  ) {
    self.problem = problem
    self.shape = shape
    self.gradientLimit = gradientLimit
    self.threads = max(1, threads)
  }

  /// The mean return a step of each candidate, and its derivative by the weights.
  func evaluate<Dynamics: DifferentiableDynamics>(
    _ candidates: [[Double]], noise: RolloutNoise, widthFactor: Double, dynamics: Dynamics
  ) -> [ReturnGradient] where Dynamics.Workspace == Model.Workspace {
    let size = min(Self.blockMembers, noise.particles)
    if workers.isEmpty {
      workers = (0..<threads).map { _ in
        GradientWorker(
          problem: problem, shape: shape, capacity: Self.blockMembers,
          gradientLimit: gradientLimit)
      }
    }
    let perCandidate = (noise.particles + size - 1) / size
    let blocks = candidates.count * perCandidate
    var parts = Array(repeating: ReturnGradient(gradient: []), count: blocks)
    parts.withUnsafeMutableBufferPointer { parts in
      // Each block writes its own part, each worker its own buffers.
      nonisolated(unsafe) let parts = parts
      nonisolated(unsafe) let workers = workers
      Parallel.forEach(blocks: blocks, threads: threads) { block, worker in
        let first = block % perCandidate * size
        candidates[block / perCandidate].withUnsafeBufferPointer { weights in
          guard let weights = weights.baseAddress else { return }
          parts[block] = workers[worker].run(
            dynamics: dynamics, weights: weights, first: first,
            count: min(size, noise.particles - first), noise: noise, widthFactor: widthFactor)
        }
      }
    }
    let share = 1 / Double(noise.particles)
    return candidates.indices.map { candidate in
      var total = parts[candidate * perCandidate]
      for block in 1..<max(1, perCandidate) {
        let part = parts[candidate * perCandidate + block]
        total.sum += part.sum
        total.lost += part.lost
        for i in total.gradient.indices { total.gradient[i] += part.gradient[i] }
      }
      total.sum *= share
      for i in total.gradient.indices { total.gradient[i] *= share }
      return total
    }
  }
}
