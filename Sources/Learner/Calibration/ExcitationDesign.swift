import Foundation
import LinearAlgebra
import Robotics

/// Proposes the trial from which a calibration would learn most.
///
///     let proposal = try ExcitationDesign.propose(
///       after: result, robot: robot, prior: prior, description: description, seed: 1)
///
/// Efforts are sums of a few sines for every motor, from seeded candidates that the prior, with its
/// calibrated parameters, keeps within a part of the robot's limits. Each is judged by the determinant
/// of the information that the recording would have together with its own (D-optimality, Fedorov
/// 1972): segments of half a second each count as one observation, as in ``Calibrator``.
public enum ExcitationDesign {
  /// What candidates are made of.
  public struct Settings: Sendable, Equatable, Codable {
    /// How long the trial lasts, in seconds; at least 1, for segments of half a second to say anything.
    public var seconds: Double
    /// How many candidates are tried, at least 1.
    public var candidates: Int
    /// The part of the limits of effort, velocity and position that may be used, above 0 and at most 1.
    /// Of positions, it is that part of the way from home to either limit.
    public var partOfLimits: Double

    /// Settings from their parts.
    public init(seconds: Double = 10, candidates: Int = 100, partOfLimits: Double = 0.8) {
      self.seconds = seconds
      self.candidates = candidates
      self.partOfLimits = partOfLimits
    }
  }

  /// A proposed trial.
  public struct Proposal: Sendable, Equatable, Codable {
    /// What one parameter's standard error would become.
    public struct Gain: Sendable, Equatable, Codable {
      /// The parameter's name.
      public var name: String
      /// The unit of the errors: the parameter's, such as `kg`.
      public var unit: String
      /// Its standard error now; of one at a bound, the one-sided error, or a quarter of the distance
      /// between its bounds.
      public var before: Double
      /// Its standard error after the trial, if the prior is right.
      public var after: Double
    }

    /// The time between two efforts, in seconds.
    public var periodSeconds: Double
    /// The efforts (N m or N), an array a motor in joint order, an entry a period.
    public var efforts: [[Double]]
    /// The greatest distance of each joint from home, in rad or m.
    public var farthest: [Double]
    /// The greatest speed of each joint, in rad/s or m/s.
    public var fastest: [Double]
    /// What would be learnt.
    public var gains: [Gain]
    /// How many candidates stayed within the limits.
    public var withinLimits: Int
  }

  /// The best of seeded candidates.
  ///
  /// - Parameters:
  ///   - result: What is known so far, of this prior: values and covariance in its parameters' units.
  ///   - robot: The robot, with its limits; the trial begins at rest at the reset's home.
  ///   - prior: The prior model, which must have all parameters that the result estimates.
  ///   - description: Its parameters' bounds, in the parameters' units.
  ///   - settings: What candidates are made of.
  ///   - seed: Of the candidates.
  /// - Returns: The candidate of the greatest information, the same for the same seed.
  /// - Throws: ``CalibrationError/noExcitation(tried:)`` when the prior lets no candidate stay within
  ///   that part of the limits of velocity and position.
  public static func propose(
    after result: CalibrationResult, robot: Robot, prior: any PriorModel,
    description: PriorDescription, settings: Settings = Settings(), seed: UInt64
  ) throws(CalibrationError) -> Proposal {
    let study = ExcitationStudy(
      result: result, robot: robot, prior: prior, description: description, settings: settings)
    var best: (motion: ExcitationStudy.Motion, information: Matrix, value: Double)?
    var within = 0
    for candidate in 0..<settings.candidates {
      var stream = RandomStream(seed: seed, path: [0xD0E, UInt64(candidate)])
      guard let motion = study.motion(study.efforts(&stream)) else { continue }
      within += 1
      let information = study.information(motion)
      guard let factor = try? Cholesky(study.known(adding: information)) else { continue }
      let value = factor.logDeterminant
      if value > best?.value ?? -.infinity { best = (motion, information, value) }
    }
    guard let best else { throw .noExcitation(tried: settings.candidates) }
    return study.proposal(best.motion, best.information, within: within)
  }
}

/// The candidates of one proposal.
struct ExcitationStudy {
  let result: CalibrationResult
  let robot: Robot
  let prior: any PriorModel
  let settings: ExcitationDesign.Settings
  let periodSeconds: Double
  /// Of the tunable parameters: their places among all, and the distance between their bounds.
  let places: [Int]
  let ranges: [Double]
  /// The scale of a segment's error, in rad or m.
  let scale: Double

  init(
    result: CalibrationResult, robot: Robot, prior: any PriorModel,
    description: PriorDescription, settings: ExcitationDesign.Settings
  ) {
    self.result = result
    self.robot = robot
    self.prior = prior
    self.settings = settings
    // Efforts change with samples only.
    let control = robot.link.controlPeriodSeconds
    periodSeconds = control * max(1, (0.005 / control - 1e-9).rounded(.up))
    places = result.estimates.map { prior.parameterNames.firstIndex(of: $0.name) ?? 0 }
    ranges = result.estimates.map { estimate in
      let parameter = description.parameters.first { $0.name == estimate.name }
      return max((parameter?.upper ?? 1) - (parameter?.lower ?? 0), 1e-12)
    }
    scale = max(result.fittedAfter.median, 1e-4)
  }

  /// A candidate's motion from home.
  struct Motion {
    var efforts: [[Double]]
    /// The state at each tick, a dimension after the other.
    var states: [[Double]]
  }

  private var ticks: Int { Int(settings.seconds / periodSeconds) }

  /// Sums of four sines, faded in and out over a second.
  func efforts(_ stream: inout RandomStream) -> [[Double]] {
    robot.joints.filter(\.isActuated).map { joint in
      let limit = settings.partOfLimits * joint.limits.effort
      let level = limit * stream.nextUniform(in: 0.2, 1)
      let sines = (0..<4).map { _ in
        (
          frequency: exp(stream.nextUniform(in: log(0.1), log(2))),
          phase: stream.nextUniform(in: 0, 2 * .pi), weight: stream.nextUniform(in: 0.3, 1)
        )
      }
      let total = sines.reduce(0) { $0 + $1.weight }
      return (0..<ticks).map { tick in
        let time = Double(tick) * periodSeconds
        let fade = min(1, time, settings.seconds - time)
        let sum = sines.reduce(0.0) {
          $0 + $1.weight * sin(2 * .pi * $1.frequency * time + $1.phase)
        }
        return fade * level * sum / total
      }
    }
  }

  /// How the robot would move; nil when it would leave its limits or the prior diverges.
  func motion(_ efforts: [[Double]]) -> Motion? {
    let joints = robot.joints.count
    var state = robot.reset.homePositions
    if state.count != joints { state = [Double](repeating: 0, count: joints) }
    state += [Double](repeating: 0, count: joints)
    let home = state
    var states = [state]
    for tick in 0..<ticks {
      advance(&state, efforts.map { $0[tick] }, result.parameters, count: 1)
      guard state.allSatisfy(\.isFinite) else { return nil }
      for (j, joint) in robot.joints.enumerated() {
        guard abs(state[joints + j]) <= settings.partOfLimits * joint.limits.velocity else {
          return nil
        }
        guard !joint.isContinuous else { continue }
        let up = settings.partOfLimits * (joint.limits.positionUpper - home[j])
        let down = settings.partOfLimits * (joint.limits.positionLower - home[j])
        guard (down...max(up, down)).contains(state[j] - home[j]) else { return nil }
      }
      states.append(state)
    }
    return Motion(efforts: efforts, states: states)
  }

  private func advance(
    _ states: inout [Double], _ actions: [Double], _ parameters: [Double], count: Int
  ) {
    states.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let given = actions.isEmpty ? [0] : actions
      prior.advance(
        count: count, stride: count, states: base, actions: given, parameters: parameters,
        periodSeconds: periodSeconds, next: base)
    }
  }

  /// What segments of half a second of a motion say of the parameters, in units of their ranges.
  func information(_ motion: Motion) -> Matrix {
    let length = max(1, Int(0.5 / periodSeconds))
    let starts = Array(stride(from: 0, to: ticks - length, by: length))
    let joints = robot.joints.count
    /// Positions over the segments with some parameters, all started on the motion.
    func positions(_ parameters: [Double]) -> [Double] {
      var batch = [Double](repeating: 0, count: 2 * joints * starts.count)
      for (s, start) in starts.enumerated() {
        for d in 0..<(2 * joints) { batch[d * starts.count + s] = motion.states[start][d] }
      }
      var result: [Double] = []
      for tick in 0..<length {
        let actions = motion.efforts.flatMap { row in starts.map { row[$0 + tick] } }
        advance(&batch, actions, parameters, count: starts.count)
        result += batch.prefix(joints * starts.count)
      }
      return result
    }
    let weight = 1 / (scale * Double(length).squareRoot())
    let columns = places.indices.map { p -> [Double] in
      let step = 1e-3 * ranges[p]
      var (low, high) = (result.parameters, result.parameters)
      low[places[p]] -= step
      high[places[p]] += step
      if low[places[p]] < 0 { low[places[p]] = result.parameters[places[p]] }
      let width = (high[places[p]] - low[places[p]]) / ranges[p]
      return zip(positions(high), positions(low)).map {
        let slope = weight * ($0 - $1) / width
        return slope.isFinite ? slope : 0
      }
    }
    var matrix = Matrix(rows: places.count, columns: places.count)
    for p in columns.indices {
      for q in columns.indices {
        matrix[p, q] = zip(columns[p], columns[q]).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    return matrix
  }

  /// What is known, in units of the ranges, with more information added.
  func known(adding information: Matrix?) -> Matrix {
    let count = places.count
    var covariance = Matrix(rows: count, columns: count)
    for p in 0..<count {
      for q in 0..<count {
        covariance[p, q] = result.covariance[p][q] / (ranges[p] * ranges[q])
      }
      // One at its bound is known as well as its one-sided error says; none better than the bounds.
      if covariance[p, p] <= 0 {
        covariance[p, p] = pow(result.estimates[p].standardError.map { $0 / ranges[p] } ?? 0.25, 2)
      }
      covariance[p, p] += 1e-10
    }
    guard var precision = try? Cholesky(covariance).inverse() else {
      var weak = Matrix.identity(count)
      for i in weak.values.indices { weak.values[i] *= 16 }
      return weak
    }
    if let information {
      for i in precision.values.indices { precision.values[i] += information.values[i] }
    }
    return precision
  }

  func proposal(_ motion: Motion, _ information: Matrix, within: Int)
    -> ExcitationDesign.Proposal
  {
    let joints = robot.joints.count
    func errors(_ precision: Matrix) -> [Double] {
      guard let covariance = try? Cholesky(precision).inverse() else {
        return ranges.map { 0.25 * $0 }
      }
      return ranges.indices.map { covariance[$0, $0].squareRoot() * ranges[$0] }
    }
    let (before, after) = (errors(known(adding: nil)), errors(known(adding: information)))
    let home = motion.states[0]
    func greatest(_ d: Int) -> Double {
      motion.states.map { abs($0[d] - home[d]) }.max() ?? 0
    }
    return ExcitationDesign.Proposal(
      periodSeconds: periodSeconds, efforts: motion.efforts,
      farthest: (0..<joints).map(greatest), fastest: (joints..<(2 * joints)).map(greatest),
      gains: result.estimates.enumerated().map { p, estimate in
        .init(
          name: estimate.name, unit: estimate.unit, before: before[p], after: after[p])
      }, withinLimits: within)
  }
}
