import LinearAlgebra

/// Returns and their derivatives for several candidates, on several threads.
///
/// Each candidate's particles are cut into blocks of a fixed size, and the blocks' sums are added in
/// their order, so that results don't depend on the number of threads, nor of processes that share
/// the work.
final class GradientEvaluator<Model: DynamicsModel> {
  private let problem: RolloutProblem<Model>
  private let shape: PolicyParameters
  private let threads: Int
  private let team: (any Team)?
  private let settings: RefinementSettings
  private var workers: [GradientWorker<Model>] = []

  /// The most particles of a block.
  static var blockMembers: Int { 32 }

  init(
    problem: RolloutProblem<Model>, shape: PolicyParameters, settings: RefinementSettings,
    threads: Int, team: (any Team)?
  ) {
    self.problem = problem
    self.shape = shape
    self.settings = settings
    self.threads = max(1, threads)
    self.team = team
  }

  /// The mean return a step of each candidate, and its derivative by the weights.
  func evaluate<Dynamics: DifferentiableDynamics>(
    _ candidates: [[Double]], noise: RolloutNoise, widthFactor: Double, dynamics: Dynamics
  ) -> [ReturnGradient] where Dynamics.Workspace == Model.Workspace {
    let size = min(Self.blockMembers, noise.particles)
    if workers.isEmpty {
      workers = (0..<threads).map { _ in
        GradientWorker(
          problem: problem, shape: shape, capacity: Self.blockMembers, settings: settings)
      }
    }
    let perCandidate = (noise.particles + size - 1) / size
    let blocks = candidates.count * perCandidate
    nonisolated(unsafe) let workers = workers
    // A block's row: its sum and the gradient.
    let length = 1 + shape.weightCount
    let rows = Parallel.rows(
      blocks: blocks, length: length, threads: threads, team: team,
      about: { [noise.functionSeed] + candidates.flatMap { $0.map(\.bitPattern) } }
    ) { block, worker, row in
      let first = block % perCandidate * size
      candidates[block / perCandidate].withUnsafeBufferPointer { weights in
        guard let weights = weights.baseAddress else { return }
        let part = workers[worker].run(
          dynamics: dynamics, weights: weights, first: first,
          count: min(size, noise.particles - first), noise: noise, widthFactor: widthFactor)
        row[0] = part.sum
        for (index, slope) in part.gradient.enumerated() { row[1 + index] = slope }
      }
    }
    let share = 1 / Double(noise.particles)
    return candidates.indices.map { candidate in
      var total = ReturnGradient(gradient: Array(repeating: 0, count: shape.weightCount))
      for block in (candidate * perCandidate)..<((candidate + 1) * perCandidate) {
        let row = rows[(block * length)..<((block + 1) * length)]
        total.sum += row[row.startIndex]
        for i in total.gradient.indices { total.gradient[i] += row[row.startIndex + 1 + i] }
      }
      total.sum *= share
      for i in total.gradient.indices { total.gradient[i] *= share }
      return total
    }
  }
}
