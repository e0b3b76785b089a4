import Foundation
import LinearAlgebra

/// How far a process on a prior's residual is to be believed: judged on blocks of steps that were left
/// out.
///
/// The evidence takes a step's errors for independent. They are not: a prior that is a little wrong,
/// or a state that was smoothed a little wrong, errs the same way over many steps in a row, and a
/// process explains just that course of the errors and carries it elsewhere. So each process is asked
/// to foretell blocks of consecutive steps from the others, with its noise variance enlarged by a
/// factor between 1 and infinity; the greatest factor that does no worse than the best, to within two
/// standard errors, is kept: what is carried to other recordings has to be worth it. At infinity nothing is left but the prior.
struct ResidualValidation {
  /// The factors by which the noise variance may be enlarged.
  static let factors: [Double] = [1, 2, 4, 8, 16, 32, 64]
  /// How many steps a block has at least.
  static let fewestStepsOfBlock = 5
  /// The most blocks.
  static let mostBlocks = 10
  /// The greatest lengthscale, in standard deviations of its input: a residual reaches no further
  /// beyond its data than the data spread.
  static let reach = 1.0

  /// A process with its noise enlarged as the blocks demand.
  ///
  /// - Parameters:
  ///   - process: The process as fitted.
  ///   - target: What it was fitted to.
  ///   - points: Its points, in physical units, in the order of time.
  /// - Returns: The process to use, and the factor; infinite when the prior is better off alone.
  static func validated(_ process: GaussianProcess, target: FitTarget, points: [Double]) throws
    -> (process: GaussianProcess, factor: Double)
  {
    let count = target.values.count
    let blocks = min(mostBlocks, count / fewestStepsOfBlock)
    guard !target.isConstant, blocks >= 3 else { return (process, 1) }
    let ranges = (0..<blocks).map { ($0 * count / blocks)..<(($0 + 1) * count / blocks) }
    let parts = CovarianceTree(
      process.hyperparameters.covariance, dimensions: process.dimensions
    ).parts
    let scales = StandardisedInputs.scales(points: points, dimensions: process.dimensions)
    func enlarged(_ factor: Double) throws -> GaussianProcess {
      var parameters = process.hyperparameters
      parameters.logNoise += 0.5 * log(factor)
      for part in parts where part.kind.degree == nil && part.kind != .periodic {
        for d in 0..<process.dimensions {
          let place = part.offset + d
          parameters.parameters[place] = min(parameters.parameters[place], log(reach * scales[d]))
        }
      }
      return try process.reconditioned(points: points, targets: target.values, parameters)
    }
    var candidates: [(process: GaussianProcess, factor: Double, squares: [Double])] = []
    for factor in factors {
      let candidate = try enlarged(factor)
      candidates.append((candidate, factor, candidate.squaresOfLeftOut(ranges)))
    }
    let alone = ranges.map { range in
      range.reduce(0.0) { $0 + pow(target.values[$1] - process.mean, 2) }
    }
    let totals = candidates.map { $0.squares.reduce(0, +) } + [alone.reduce(0, +)]
    let rows = candidates.map(\.squares) + [alone]
    guard let best = totals.indices.min(by: { totals[$0] < totals[$1] }) else {
      return (process, 1)
    }
    let chosen = totals.indices.last { index in
      let differences = zip(rows[index], rows[best]).map { $0 - $1 }
      let (mean, deviation) = meanAndDeviation(differences)
      return index == best || mean <= 2 * deviation / Double(blocks - 1).squareRoot()
    }
    guard let chosen, chosen < candidates.count else {
      return (try muted(process, target, points), .infinity)
    }
    return (candidates[chosen].process, candidates[chosen].factor)
  }

  /// A process that says next to nothing: all that the prior leaves is noise.
  private static func muted(_ process: GaussianProcess, _ target: FitTarget, _ points: [Double])
    throws -> GaussianProcess
  {
    var parameters = process.hyperparameters
    for part in CovarianceTree(parameters.covariance, dimensions: parameters.dimensions).parts
    where part.carriesUnit {
      parameters.parameters[part.signal] = log(target.scale) - 7
    }
    parameters.logNoise = log(target.scale)
    return try process.reconditioned(points: points, targets: target.values, parameters)
  }
}
