/// Adam: gradient steps of about equal size in every variable, from running means of the gradient and
/// of its square (Kingma & Ba, ICLR 2015, algorithm 1).
///
///     var adam = Adam(count: weights.count)
///     adam.descend(&weights, gradient: gradient, rate: 0.01)
public struct Adam: Codable, Sendable, Equatable {
  /// β₁, the decay of the gradient's mean.
  public var meanDecay: Double
  /// β₂, the decay of the squared gradient's mean.
  public var squareDecay: Double
  /// The number of steps so far.
  public private(set) var steps = 0
  private var means: [Double]
  private var squares: [Double]

  /// An optimiser of `count` variables.
  public init(count: Int, meanDecay: Double = 0.9, squareDecay: Double = 0.999) {
    self.meanDecay = meanDecay
    self.squareDecay = squareDecay
    means = Array(repeating: 0, count: count)
    squares = means
  }

  /// Moves the variables against the gradient. A gradient that isn't finite moves nothing.
  ///
  /// - Parameters:
  ///   - variables: The variables.
  ///   - gradient: The derivative of what shall become small by each variable.
  ///   - rate: α, about how far a variable moves.
  public mutating func descend(_ variables: inout [Double], gradient: [Double], rate: Double) {
    precondition(
      variables.count == means.count && gradient.count == means.count,
      "an optimiser of \(means.count) variables got \(variables.count)")
    guard gradient.allSatisfy(\.isFinite) else { return }
    steps += 1
    var meanBias = 1.0
    var squareBias = 1.0
    for _ in 0..<min(steps, 100_000) {
      meanBias *= meanDecay
      squareBias *= squareDecay
    }
    let squareScale = (1 - squareBias).squareRoot()
    let scale = squareScale / (1 - meanBias)
    for i in variables.indices {
      means[i] = meanDecay * means[i] + (1 - meanDecay) * gradient[i]
      squares[i] = squareDecay * squares[i] + (1 - squareDecay) * gradient[i] * gradient[i]
      variables[i] -= rate * scale * means[i] / (squares[i].squareRoot() + 1e-8 * squareScale)
    }
  }
}
