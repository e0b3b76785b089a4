import Foundation
import LinearAlgebra
import Robotics

/// A prior model and the description of its parameters, for a fit.
public struct PriorForFit: Sendable {
  /// The simulator.
  public var model: any PriorModel
  /// Its parameters: where to start, bounds, which are tunable.
  public var description: PriorDescription

  /// A prior from its model and description.
  public init(model: any PriorModel, description: PriorDescription) {
    self.model = model
    self.description = description
  }
}

/// A prior model with its parameters settled.
public struct TunedPrior: Sendable {
  /// The simulator.
  public let model: any PriorModel
  /// φ, in the order of the model's `parameterNames`, in SI units.
  public let parameters: [Double]
}

/// Dynamics learnt from steps: x(t+1) = x(t) + M(x, u, φ) + F(x, u), with F a Gaussian process for
/// each output and M a prior model, or nothing (Deisenroth et al., PAMI 2015; Chatzilygeroudis &
/// Mouret, ICRA 2018).
///
///     let model = try GaussianProcessDynamics.fit(
///       steps: steps, features: FeatureMap(robot: robot), periodSeconds: task.periodSeconds)
///     let workspace = model.makeWorkspace(capacity: 1000)
///     model.predict(count: 1000, …, workspace: workspace)
///
/// Angles enter as cosine and sine; the predicted change of an angle is added to it unwrapped. A
/// member's prediction depends on neither the batch's size nor the number of threads; with a covariance
/// of several parts it depends on the batch's size in the last bits.
public struct GaussianProcessDynamics: DynamicsModel {
  /// How states enter.
  public let features: FeatureMap
  /// The number of action dimensions.
  public let actionDimensions: Int
  /// The period over which it predicts, in seconds.
  public let periodSeconds: Double
  /// Whether positions follow from velocity changes.
  public let integratesPositions: Bool
  /// The processes: of every state dimension, or of the velocities alone.
  public let outputs: [GaussianProcess]
  /// The prior; nil when there is none, or the data spoke against it.
  public let prior: TunedPrior?
  /// What the model says of itself.
  public let summary: ModelSummary
  /// σ_n of the change of each state dimension over one period (rad or m, then rad/s or m/s). For
  /// a position that follows from velocities it is what that rule leaves unexplained.
  public let noiseDeviations: [Double]
  /// What a later fit starts from.
  let warmStart: WarmStart

  /// Hyperparameters of a fit, to start the next one from.
  struct WarmStart: Sendable {
    var withPrior: [GaussianProcessHyperparameters]?
    var withoutPrior: [GaussianProcessHyperparameters]?
    var parameters: [Double]?
  }

  init(
    features: FeatureMap, actionDimensions: Int, periodSeconds: Double, integratesPositions: Bool,
    outputs: [GaussianProcess], prior: TunedPrior?, summary: ModelSummary,
    noiseDeviations: [Double], warmStart: WarmStart
  ) {
    self.features = features
    self.actionDimensions = actionDimensions
    self.periodSeconds = periodSeconds
    self.integratesPositions = integratesPositions
    self.outputs = outputs
    self.prior = prior
    self.summary = summary
    self.noiseDeviations = noiseDeviations
    self.warmStart = warmStart
  }

  /// The number of state dimensions.
  public var stateDimensions: Int { features.stateDimensions }
  /// The number of processes, and of normal numbers that ``sampleChange`` wants a member.
  public var outputCount: Int { outputs.count }
  /// The number of inputs of a process.
  public var inputCount: Int { features.featureCount + actionDimensions }
  /// The state dimension that the first process changes; the others follow in order.
  public var firstOutputDimension: Int { stateDimensions - outputs.count }

  // MARK: Workspace

  /// Scratch memory for one thread's predictions. Its size doesn't depend on the capacity: batches
  /// are worked through in pieces that stay in the processor's cache.
  public final class Workspace {
    /// The members that are worked on at once.
    package static let block = 128

    /// As many members as fill registers, the widest of which hold eight: a part of one costs as much as a
    /// whole, and more to load. What is found for those beyond the last member is not looked at.
    static func filled(_ members: Int) -> Int { (members + 7) / 8 * 8 }

    let inputs: UnsafeMutablePointer<Double>
    let next: UnsafeMutablePointer<Double>
    let means: UnsafeMutablePointer<Double>
    let variances: UnsafeMutablePointer<Double>
    let scratch: UnsafeMutablePointer<Double>
    /// Derivatives of every output by every input, for linearising.
    let slopes: UnsafeMutablePointer<Double>
    /// States, actions and what follows them, for derivatives of a prior.
    let moved: UnsafeMutablePointer<Double>

    init(inputCount: Int, stateDimensions: Int, scratchCount: Int) {
      let block = Workspace.block
      inputs = .zeros(inputCount * block)
      next = .zeros(stateDimensions * block)
      means = .zeros(stateDimensions * block)
      variances = .zeros(stateDimensions * block)
      scratch = .zeros(scratchCount)
      slopes = .zeros(stateDimensions * inputCount * block)
      moved = .zeros(2 * (stateDimensions + inputCount) * block)
    }

    deinit {
      inputs.deallocate()
      next.deallocate()
      means.deallocate()
      variances.deallocate()
      scratch.deallocate()
      slopes.deallocate()
      moved.deallocate()
    }
  }

  /// Scratch memory for one thread, for batches of any size.
  public func makeWorkspace(capacity: Int) -> Workspace {
    Workspace(
      inputCount: inputCount, stateDimensions: stateDimensions,
      scratchCount: outputs.map { $0.scratchCount(Workspace.block) }.max() ?? 0)
  }
}

// MARK: - Prediction

extension GaussianProcessDynamics {
  /// Writes the mean and variance of the change of state of `count` members.
  public func predict(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?,
    workspace: Workspace
  ) {
    forEachBlock(count) { first, part in
      let state = states + first
      prepareInputs(
        part, stride: stride, states: state, actions: actions + first, workspace: workspace)
      for output in outputs.indices {
        let place = output * Workspace.block
        outputs[output].predict(
          count: Workspace.filled(part), queries: workspace.inputs, queryStride: Workspace.block,
          mean: workspace.means + place,
          variance: variance == nil ? nil : workspace.variances + place,
          scratch: workspace.scratch)
      }
      writeChange(
        part, stride: stride, states: state, actions: actions + first, change: mean + first,
        workspace: workspace)
      if let variance { writeVariance(part, stride: stride, variance + first, workspace) }
    }
  }

  /// Writes a sample of the change of state of each member, drawn from its predictive distribution.
  ///
  /// Unlike numbers drawn for each state dimension apart from `predict`'s mean and variance, a
  /// position that follows from its velocity gets the same deviation as it.
  ///
  /// - Parameters:
  ///   - normals: A standard normal number an output and member, `outputCount` × `stride`.
  ///   - addsNoise: Whether the observation noise σ_n is part of the deviation.
  ///   - change: Where x(t+1) − x(t) goes, `stateDimensions` × `stride`.
  public func sampleChange(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    normals: UnsafePointer<Double>, addsNoise: Bool = false,
    change: UnsafeMutablePointer<Double>, workspace: Workspace
  ) {
    forEachBlock(count) { first, part in
      let state = states + first
      prepareInputs(
        part, stride: stride, states: state, actions: actions + first, workspace: workspace)
      for output in outputs.indices {
        let mean = workspace.means + output * Workspace.block
        let variance = workspace.variances + output * Workspace.block
        outputs[output].predict(
          count: part, queries: workspace.inputs, queryStride: Workspace.block, mean: mean,
          variance: variance, scratch: workspace.scratch)
        let noise = addsNoise ? outputs[output].noiseDeviation : 0
        let normal = normals + output * stride + first
        for b in 0..<part {
          mean[b] += (variance[b] + noise * noise).squareRoot() * normal[b]
        }
      }
      writeChange(
        part, stride: stride, states: state, actions: actions + first, change: change + first,
        workspace: workspace)
    }
  }

  /// Calls `body` for every piece of a batch.
  func forEachBlock(_ count: Int, _ body: (_ first: Int, _ part: Int) -> Void) {
    var first = 0
    while first < count {
      let part = min(Workspace.block, count - first)
      body(first, part)
      first += part
    }
  }

  /// Writes z = [features(x), u] to the workspace.
  func prepareInputs(
    _ part: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    workspace: Workspace
  ) {
    features.map(
      count: part, stateStride: stride, states: states, featureStride: Workspace.block,
      features: workspace.inputs)
    for action in 0..<actionDimensions {
      (workspace.inputs + (features.featureCount + action) * Workspace.block)
        .update(from: actions + action * stride, count: part)
    }
  }

  /// Writes M plus what the processes gave (in the workspace's means) as a change of state.
  func writeChange(
    _ part: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    change: UnsafeMutablePointer<Double>, workspace: Workspace
  ) {
    let block = Workspace.block
    let joints = stateDimensions / 2
    if let prior {
      prior.model.advance(
        count: part, stride: block, states: gather(part, stride, states, workspace),
        actions: workspace.inputs + features.featureCount * block, parameters: prior.parameters,
        periodSeconds: periodSeconds, next: workspace.next)
      for d in 0..<stateDimensions {
        let destination = change + d * stride
        let next = workspace.next + d * block
        let state = states + d * stride
        for b in 0..<part {
          // Where a prior diverges it says nothing: the state stays, but for what was learnt.
          let moved = next[b] - state[b]
          destination[b] = moved.isFinite ? moved : 0
        }
      }
    } else {
      for d in 0..<stateDimensions { (change + d * stride).update(repeating: 0, count: part) }
      if integratesPositions {
        for joint in 0..<joints {
          let velocity = states + (joints + joint) * stride
          let destination = change + joint * stride
          for b in 0..<part { destination[b] = periodSeconds * velocity[b] }
        }
      }
    }
    for output in outputs.indices {
      let mean = workspace.means + output * block
      let destination = change + (firstOutputDimension + output) * stride
      for b in 0..<part { destination[b] += mean[b] }
      if integratesPositions {
        let position = change + output * stride
        for b in 0..<part { position[b] += 0.5 * periodSeconds * mean[b] }
      }
    }
  }

  /// Copies states side by side with the workspace's stride, into its place for the next ones.
  private func gather(
    _ part: Int, _ stride: Int, _ states: UnsafePointer<Double>, _ workspace: Workspace
  ) -> UnsafePointer<Double> {
    for d in 0..<stateDimensions {
      (workspace.next + d * Workspace.block).update(from: states + d * stride, count: part)
    }
    return UnsafePointer(workspace.next)
  }

  private func writeVariance(
    _ part: Int, stride: Int, _ variance: UnsafeMutablePointer<Double>, _ workspace: Workspace
  ) {
    for output in outputs.indices {
      let source = workspace.variances + output * Workspace.block
      (variance + (firstOutputDimension + output) * stride).update(from: source, count: part)
      if integratesPositions {
        let factor = 0.25 * periodSeconds * periodSeconds
        let position = variance + output * stride
        for b in 0..<part { position[b] = factor * source[b] }
      }
    }
  }
}
