import Foundation

/// How values of a Gaussian process at two points covary: a kernel put together from parts by sums
/// and products (Rasmussen & Williams 2006, chapter 4; Duvenaud 2014).
///
///     settings.covariance = .squaredExponential                       // the default, and fastest
///     settings.covariance = .squaredExponential + .polynomial(degree: 2)
///     settings.covariance = .matern52 * .periodic
///
/// Every part has a lengthscale ℓ of its own for each input and a deviation σ; with
/// s = Σ_d (z_d − z'_d)² / ℓ_d² and p = 1 + Σ_d z_d z'_d / ℓ_d²:
///
/// | part | k(z, z') / σ² |
/// | --- | --- |
/// | `squaredExponential` | exp(−s / 2) |
/// | `matern32` | (1 + √(3s)) exp(−√(3s)) |
/// | `matern52` | (1 + √(5s) + 5s/3) exp(−√(5s)) |
/// | `periodic` | exp(−2 Σ_d sin²(π (z_d − z'_d) / period_d) / ℓ_d²), with a period an input |
/// | `linear` | p |
/// | `polynomial(degree:)` | p to that power |
///
/// A process with a squared exponential alone takes the vectorised path throughout; sums of it with
/// polynomials up to the second degree predict means at nearly the same cost.
public indirect enum CovarianceFunction: Sendable, Hashable, Codable {
  /// Smooth functions.
  case squaredExponential
  /// Functions with one derivative.
  case matern32
  /// Functions with two derivatives.
  case matern52
  /// Functions that repeat.
  case periodic
  /// Planes.
  case linear
  /// Polynomials of a degree of at least 1.
  case polynomial(degree: Int)
  /// The sum of two independent functions.
  case sum(CovarianceFunction, CovarianceFunction)
  /// The product of two covariances.
  case product(CovarianceFunction, CovarianceFunction)

  /// The sum of two independent functions.
  public static func + (a: CovarianceFunction, b: CovarianceFunction) -> CovarianceFunction {
    .sum(a, b)
  }

  /// The product of two covariances.
  public static func * (a: CovarianceFunction, b: CovarianceFunction) -> CovarianceFunction {
    .product(a, b)
  }

  /// How many hyperparameters it has for that many inputs: for each part, in order, log ℓ of every
  /// input, for a periodic part log period of every input, and log σ.
  public func parameterCount(dimensions: Int) -> Int {
    switch self {
    case .sum(let a, let b), .product(let a, let b):
      a.parameterCount(dimensions: dimensions) + b.parameterCount(dimensions: dimensions)
    case .periodic: 2 * dimensions + 1
    default: dimensions + 1
    }
  }

  /// A form for a person, such as `squared exponential + polynomial of degree 2`.
  public var name: String {
    switch self {
    case .squaredExponential: "squared exponential"
    case .matern32: "Matérn 3/2"
    case .matern52: "Matérn 5/2"
    case .periodic: "periodic"
    case .linear: "linear"
    case .polynomial(let degree): "polynomial of degree \(degree)"
    case .sum(let a, let b): "\(a.name) + \(b.name)"
    case .product(let a, let b): "(\(a.name)) · (\(b.name))"
    }
  }

  /// The terms that add up to it.
  var terms: [CovarianceFunction] {
    if case .sum(let a, let b) = self { return a.terms + b.terms }
    return [self]
  }

  /// The degree of a polynomial part; nil for others.
  var degree: Int? {
    switch self {
    case .linear: 1
    case .polynomial(let degree): max(1, degree)
    default: nil
    }
  }
}

/// One part of a covariance function, and where its hyperparameters stand.
struct CovariancePart: Sendable {
  let kind: CovarianceFunction
  let dimensions: Int
  /// Where log ℓ of the first input stands.
  let offset: Int
  /// Whether its deviation is in the target's unit; a product has one such factor.
  let carriesUnit: Bool

  var lengthscales: Range<Int> { offset..<(offset + dimensions) }
  var periods: Range<Int>? {
    kind == .periodic ? (offset + dimensions)..<(offset + 2 * dimensions) : nil
  }
  var signal: Int { offset + (kind == .periodic ? 2 : 1) * dimensions }
}

/// A covariance function laid out over a vector of hyperparameters.
indirect enum CovarianceTree: Sendable {
  case part(CovariancePart)
  case sum(CovarianceTree, CovarianceTree)
  case product(CovarianceTree, CovarianceTree)

  init(_ function: CovarianceFunction, dimensions: Int) {
    var offset = 0
    self.init(function, dimensions: dimensions, offset: &offset, carriesUnit: true)
  }

  private init(
    _ function: CovarianceFunction, dimensions: Int, offset: inout Int, carriesUnit: Bool
  ) {
    switch function {
    case .sum(let a, let b):
      let first = CovarianceTree(
        a, dimensions: dimensions, offset: &offset, carriesUnit: carriesUnit)
      self = .sum(
        first,
        CovarianceTree(b, dimensions: dimensions, offset: &offset, carriesUnit: carriesUnit))
    case .product(let a, let b):
      let first = CovarianceTree(
        a, dimensions: dimensions, offset: &offset, carriesUnit: carriesUnit)
      self = .product(
        first, CovarianceTree(b, dimensions: dimensions, offset: &offset, carriesUnit: false))
    default:
      self = .part(
        CovariancePart(
          kind: function, dimensions: dimensions, offset: offset, carriesUnit: carriesUnit))
      offset += function.parameterCount(dimensions: dimensions)
    }
  }

  /// The parts, in the order of their hyperparameters.
  var parts: [CovariancePart] {
    switch self {
    case .part(let part): [part]
    case .sum(let a, let b), .product(let a, let b): a.parts + b.parts
    }
  }
}
