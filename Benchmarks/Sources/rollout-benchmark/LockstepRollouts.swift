import CRolloutYardstick
import Learner
import LinearAlgebra

/// The same rollouts by the same random numbers, one at a time in C++ and in lockstep here.
struct LockstepRollouts {
  let problem: CartPoleProblem
  let weights: [[Double]]
  /// A standard normal number a rollout, step and state.
  let normals: [Double]

  init(problem: CartPoleProblem, count: Int) {
    self.problem = problem
    var stream = RandomStream(seed: 9)
    let weightCount = problem.shape.weightCount
    weights = (0..<count).map { _ in (0..<weightCount).map { _ in stream.nextGaussian() } }
    normals = (0..<(count * problem.task.stepCount * 4)).map { _ in stream.nextGaussian() }
  }

  /// The mean reward a step of each rollout by the yardstick.
  func byYardstick(threads: Int) -> [Double] {
    let flat = weights.flatMap { $0 }
    var returns = [Double](repeating: 0, count: weights.count)
    var task = problem.yardstickTask
    yardstick_rollouts(
      problem.yardstick, &task, Int32(weights.count), flat, Int32(problem.shape.weightCount),
      normals,
      Int32(threads), &returns)
    return returns
  }

  /// The same with the learner's batched model, policy and reward.
  func inLockstep() -> [Double] {
    let count = weights.count
    let model = problem.model
    let policy = PolicyBatch(problem.shape)
    let workspace = model.makeWorkspace(capacity: count)
    let flat = weights.flatMap { $0 }
    var states = [Double](repeating: 0, count: 4 * count)
    var actions = [Double](repeating: 0, count: count)
    var mean = states
    var variance = states
    var rewards = actions
    var sums = actions
    var scratch = [Double](repeating: 0, count: policy.scratchCount(capacity: count))
    let steps = problem.task.stepCount
    for step in 0..<steps {
      policy.decide(
        candidates: count, members: 1, step: step, stride: count, weights: flat, states: states,
        actions: &actions, scratch: &scratch)
      model.predict(
        count: count, stride: count, states: states, actions: actions, mean: &mean,
        variance: &variance, workspace: workspace)
      for d in 0..<4 {
        for b in 0..<count {
          let i = d * count + b
          states[i] +=
            mean[i] + max(variance[i], 0).squareRoot() * normals[(b * steps + step) * 4 + d]
        }
      }
      problem.task.reward.values(count: count, stride: count, states: states, into: &rewards)
      for b in 0..<count { sums[b] += rewards[b] }
    }
    return sums.map { $0 / Double(steps) }
  }

  /// A rollout of every candidate in each of some functions drawn from the model, which is how plans are
  /// compared by default; drawing them counts.
  func inFunctions(count: Int, threads: Int) {
    _ = PolicySearch.returns(
      of: weights, shape: problem.shape,
      model: problem.model.functions(count: count, seed: 12), task: problem.task,
      robot: problem.robot, sampling: .none, particles: count, seed: 1, threads: threads)
  }

  /// Rollouts a second if nothing were computed but each variance's product with a triangle, of four
  /// outputs in blocks of 64: what no other way of computing them saves.
  func productRate(points: Int, threads: Int) -> Double {
    var stream = RandomStream(seed: 11)
    let triangle = TriangularPanels(
      lower: (0..<(points * points)).map { _ in 0.01 * stream.nextGaussian() }, size: points)
    let block = 64
    let kernel = (0..<(points * block)).map { _ in stream.nextUniform() }
    let blocks = weights.count / block
    let products = 4 * problem.task.stepCount
    let start = ContinuousClock.now
    Parallel.forEach(blocks: blocks, threads: threads) { _, _ in
      var variance = [Double](repeating: 0, count: block)
      for _ in 0..<products {
        triangle.subtractSquares(
          count: block, matrix: kernel, stride: block, start: 1, out: &variance)
      }
    }
    return Double(blocks * block) / ((ContinuousClock.now - start) / .seconds(1))
  }

  /// The greatest differences of mean and variance at random inputs, relative to their sizes, and of
  /// the returns.
  func differences() -> (mean: Double, variance: Double, returns: Double) {
    var stream = RandomStream(seed: 10)
    let count = 1000
    let states = (0..<(4 * count)).map { _ in stream.nextGaussian() }
    let actions = (0..<count).map { _ in stream.nextUniform(in: -10, 10) }
    var mean = [Double](repeating: 0, count: 4 * count)
    var variance = mean
    problem.model.predict(
      count: count, stride: count, states: states, actions: actions, mean: &mean,
      variance: &variance, workspace: problem.model.makeWorkspace(capacity: count))
    var worst = (mean: 0.0, variance: 0.0)
    for b in 0..<count {
      let angle = states[count + b]
      let input = [
        states[b], cosine(angle), sine(angle), states[2 * count + b], states[3 * count + b],
        actions[b],
      ]
      var m = [Double](repeating: 0, count: 4)
      var v = m
      yardstick_predict(problem.yardstick, input, &m, &v)
      for d in 0..<4 {
        let i = d * count + b
        worst.mean = max(worst.mean, abs(m[d] - mean[i]) / max(abs(m[d]), 1e-3))
        worst.variance = max(worst.variance, abs(v[d] - variance[i]) / max(abs(v[d]), 1e-6))
      }
    }
    let returns = zip(byYardstick(threads: 1), inLockstep()).map { abs($0 - $1) }.max() ?? .nan
    return (worst.mean, worst.variance, returns)
  }
}
