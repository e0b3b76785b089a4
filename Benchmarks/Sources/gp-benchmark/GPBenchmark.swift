import BenchmarkArguments
import Foundation
import Learner
import LinearAlgebra
import Robotics

/// Times fits and predictions of Gaussian-process dynamics: 4 outputs, 6 inputs (a cart-pole).
///
///     swift run -c release gp-benchmark [repetitions]
///     swift run -c release gp-benchmark growth out.svg    (cost against the number of steps)
///     swift run -c release gp-benchmark approximation     (errors of fewer points that stand for all)
///     swift run -c release gp-benchmark barriers          (what the barrier on lengthscales does)
///     swift run -c release gp-benchmark adding            (steps added without a fit)
///     swift run -c release gp-benchmark fits [--alike] [--steps N] [--repetitions N]
///                                                         (JSON for `compare_scikit_learn.py`)
@main
struct GPBenchmark {
  static let features = FeatureMap(kinds: [.prismatic, .revolute])
  static let settings = GaussianProcessSettings(integratesPositions: false)

  static func main() throws {
    var arguments = BenchmarkArguments(
      usage:
        "gp-benchmark [repetitions] | growth [FILE] | approximation | barriers | adding "
        + "| fits [--alike] [--steps N] [--repetitions N]",
      flags: ["alike"])
    let first = arguments.word()
    switch first {
    case "fits":
      let isAlike = arguments.flag("alike")
      let counts = arguments.whole("steps", 8...2000).map { [$0] } ?? [50, 100, 200, 400]
      let repetitions = arguments.whole("repetitions", 1...100_000) ?? 200
      arguments.end()
      return try writeFits(isAlike: isAlike, counts: counts, repetitions: repetitions)
    case "growth":
      let file = arguments.word()
      arguments.end()
      return try writeGrowth(to: file)
    case "approximation":
      arguments.end()
      return try compareApproximations()
    case "adding":
      arguments.end()
      return try measureAdding()
    case "barriers":
      arguments.end()
      return try compareBarriers()
    default: break
    }
    arguments.end()
    let repetitions = first.map { Int($0) ?? 0 } ?? 15
    if repetitions < 1 { arguments.refuse("'\(first ?? "")' is no measurement and no number") }
    print("kernels: \(VectorKernels.name), \(repetitions) repetitions; ms: min / median / max\n")
    print("| N | fit, 1 thread, processor | fit, 2 threads, wall | warm fit, 2 threads, wall |")
    print("| --- | --- | --- | --- |")
    var models: [Int: GaussianProcessDynamics] = [:]
    for count in [50, 100, 200, 400] {
      let steps = cartPoleSteps(count)
      let model = try fit(steps, threads: 1)
      models[count] = model
      let runs = count >= 400 ? max(3, repetitions / 3) : repetitions
      let one = try times(runs) { _ = try fit(steps, threads: 1) }
      let two = try wallTimes(runs) { _ = try fit(steps, threads: 2) }
      let warm = try wallTimes(runs) { _ = try fit(steps, threads: 2, warmStart: model) }
      print("| \(count) | \(line(one)) | \(line(two)) | \(line(warm)) |")
    }
    print("\nA batch of 1000, 4 outputs, one thread, processor, and by two threads, wall:\n")
    print(
      "| N | mean | mean and variance | the same by two | pathwise, 32 functions, 256 features | dtrsm alone | "
        + "half a dgemm | both in parts of dtrsm's and of the dgemm's speed |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for count in [50, 100, 200, 400] {
      guard let model = models[count] else { continue }
      try predictions(model, repetitions: repetitions)
    }
  }

  static func fit(
    _ steps: [Step], threads: Int, warmStart: GaussianProcessDynamics? = nil
  ) throws -> GaussianProcessDynamics {
    try .fit(
      steps: steps, features: features, periodSeconds: 0.05, settings: settings,
      warmStart: warmStart, seed: 1, threads: threads)
  }

  static func predictions(_ model: GaussianProcessDynamics, repetitions: Int) throws {
    let batch = 1000
    let points = model.summary.pointCount
    var stream = RandomStream(seed: 2)
    let states = (0..<(4 * batch)).map { _ in stream.nextGaussian() }
    let actions = (0..<batch).map { _ in stream.nextUniform(in: -10, 10) }
    var mean = [Double](repeating: 0, count: 4 * batch)
    var variance = mean
    let workspace = model.makeWorkspace(capacity: batch)
    let samples = model.pathwiseSamples(count: 32, seed: 3)
    let meanTime = try times(repetitions) {
      model.predict(
        count: batch, stride: batch, states: states, actions: actions, mean: &mean, variance: nil,
        workspace: workspace)
    }
    let bothTime = try times(repetitions) {
      model.predict(
        count: batch, stride: batch, states: states, actions: actions, mean: &mean,
        variance: &variance, workspace: workspace)
    }
    let sharedTime = try wallTimes(repetitions) {
      Parallel.forEach(blocks: 2, threads: 2) { half, _ in
        let count = batch / 2
        let first = half * count
        var mean = [Double](repeating: 0, count: 4 * count)
        var variance = mean
        model.predict(
          count: count, stride: count,
          states: (0..<4).flatMap { states[($0 * batch + first)..<($0 * batch + first + count)] },
          actions: Array(actions[first..<(first + count)]), mean: &mean, variance: &variance,
          workspace: model.makeWorkspace(capacity: count))
      }
    }
    let pathwiseTime = try times(repetitions) {
      samples.predict(
        count: batch, stride: batch, states: states, actions: actions, mean: &mean, variance: nil,
        workspace: workspace)
    }
    // What the variance costs at least: ‖L⁻¹ k*‖² wants half the operations of a square product, or
    // a triangular solve. Kernels and means come on top.
    var lower = Matrix.identity(points)
    for j in 0..<points {
      for i in (j + 1)..<max(points, j + 1) { lower[i, j] = 0.01 * stream.nextGaussian() }
    }
    let numbers = (0..<(points * batch)).map { _ in stream.nextUniform() }
    var solved = numbers
    let solves = try times(repetitions) {
      for _ in 0..<4 {
        solved.withUnsafeMutableBufferPointer { buffer in
          guard let base = buffer.baseAddress else { return }
          BLAS.solveLower(
            .left, .plain, rows: points, columns: batch, lower.values, points, base, points)
        }
      }
    }
    var product = numbers
    let products = try times(repetitions) {
      for _ in 0..<2 {
        product.withUnsafeMutableBufferPointer { buffer in
          guard let base = buffer.baseAddress else { return }
          BLAS.multiply(
            .plain, .plain, rows: points, columns: batch, inner: points, lower.values, points,
            numbers, points, into: base, points)
        }
      }
    }
    func share(_ floor: [Double]) -> String {
      String(format: "%.0f %%", 100 * median(floor) / median(bothTime))
    }
    print(
      "| \(points) | \(line(meanTime)) | \(line(bothTime)) | \(line(sharedTime)) | "
        + "\(line(pathwiseTime)) | \(line(solves)) | \(line(products)) | \(share(solves)), \(share(products)) |"
    )
  }

  /// The times of some runs, in milliseconds of this process's processors. Unlike the wall clock's
  /// they are about the same on a busy machine.
  static func times(_ count: Int, _ body: () throws -> Void) throws -> [Double] {
    try body()
    return try (0..<count).map { _ in
      let start = clock()
      try body()
      return Double(clock() - start) * 1000 / Double(CLOCKS_PER_SEC)
    }
  }

  /// The same by the wall clock.
  static func wallTimes(_ count: Int, _ body: () throws -> Void) throws -> [Double] {
    try body()
    let clock = ContinuousClock()
    return try (0..<count).map { _ in try clock.measure(body) / .milliseconds(1) }
  }

  static func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

  /// Least, median and greatest.
  static func line(_ times: [Double]) -> String {
    let sorted = times.sorted()
    return [sorted[0], sorted[sorted.count / 2], sorted[sorted.count - 1]]
      .map { String(format: $0 < 10 ? "%.2f" : "%.0f", $0) }.joined(separator: " / ")
  }

  /// Steps of a cart-pole under random forces, with measurement noise of 0.01 (Euler at 1 ms).
  static func cartPoleSteps(_ count: Int) -> [Step] {
    var stream = RandomStream(seed: 4)
    var state = [0.0, 0, 0, 0]
    var steps: [Step] = []
    while steps.count < count {
      if steps.count % 60 == 0 { state = (0..<4).map { _ in 0.1 * stream.nextGaussian() } }
      let force = stream.nextUniform(in: -10, 10)
      let before = state.map { $0 + 0.01 * stream.nextGaussian() }
      state = advanced(state, force)
      let after = state.map { $0 + 0.01 * stream.nextGaussian() }
      steps.append(Step(state: before, action: [force], nextState: after))
    }
    return steps
  }

  /// The state of a cart-pole after 50 ms under a force (Euler at 1 ms).
  static func advanced(_ state: [Double], _ force: Double) -> [Double] {
    var state = state
    for _ in 0..<50 {
      let (angle, speed, rate) = (state[1], state[2], state[3])
      let scale = 4 - 3 * cos(angle) * cos(angle)
      let push = force - 0.1 * speed
      let swing = 0.5 * rate * rate * sin(angle)
      let cart = (swing + 1.5 * 9.82 * sin(angle) * cos(angle) + 4 * push) / scale
      let pole =
        (-1.5 * 0.5 * rate * rate * sin(angle) * cos(angle) - 6 * 9.82 * sin(angle)
          - 6 * push * cos(angle)) / (0.5 * scale)
      state[0] += 0.001 * speed
      state[1] += 0.001 * rate
      state[2] += 0.001 * cart
      state[3] += 0.001 * pole
    }
    return state
  }
}
