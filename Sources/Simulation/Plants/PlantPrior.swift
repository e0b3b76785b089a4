import Robotics

/// A plant as a prior model of a robot's dynamics: M(x, u, φ) of GP-MI, with all the plant's
/// parameters in φ.
///
///     let prior = try PlantPrior(plantName: "pendulum", stepSeconds: 0.005)
///
/// Advancing integrates with ``RungeKutta4``, or with ``LinearlyImplicit`` where the plant's damping may be
/// fast (``DampedPlant``), in equal steps no longer than `stepSeconds`. A member's result depends on that
/// member alone, not on the batch around it.
public struct PlantPrior: PriorModel {
  /// The equations of motion.
  public let plant: any Plant
  /// The longest integration step, in seconds.
  public let stepSeconds: Double
  /// The number of state dimensions.
  public let stateDimensions: Int
  /// The number of action dimensions.
  public let actionDimensions: Int
  /// The names of the plant's parameters, in order.
  public let parameterNames: [String]

  /// The stack memory of one integration, in doubles.
  private static let stackCapacity = 1024
  /// The plant, where its damping may be fast.
  private let damped: (any DampedPlant)?

  /// The prior with the plant of that name and that longest integration step.
  ///
  /// - Throws: ``SimulationError/unknownPlant(name:known:)``, or
  ///   ``SimulationError/invalidValue(what:value:allowed:)`` for a step that isn't positive.
  public init(plantName: String, stepSeconds: Double = 0.005) throws(SimulationError) {
    guard stepSeconds > 0, stepSeconds.isFinite else {
      throw .invalidValue(
        what: "prior's integration step in seconds", value: stepSeconds,
        allowed: "greater than 0, such as 0.005")
    }
    plant = try Plants.named(plantName)
    self.stepSeconds = stepSeconds
    stateDimensions = plant.stateDimensions
    actionDimensions = plant.actionDimensions
    parameterNames = plant.parameterNames
    damped = plant as? any DampedPlant
    let capacity =
      damped.map { LinearlyImplicit.workspaceCount(for: $0) }
      ?? RungeKutta4.workspaceCount(for: plant)
    precondition(capacity <= PlantPrior.stackCapacity)
  }

  /// Writes the states that follow `count` states after `periodSeconds` under constant actions; see
  /// ``PriorModel``. Allocates nothing.
  public func advance(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    parameters: UnsafePointer<Double>, periodSeconds: Double, next: UnsafeMutablePointer<Double>
  ) {
    let steps = RungeKutta4.stepCount(periodSeconds: periodSeconds, stepSeconds: stepSeconds)
    PlantPrior.withStackMemory { workspace in
      if let damped {
        LinearlyImplicit.advance(
          damped, count: count, stride: stride, states: states, actions: actions,
          parameters: parameters, stepSeconds: periodSeconds / Double(steps), stepCount: steps,
          next: next, workspace: workspace)
      } else {
        RungeKutta4.advance(
          plant, count: count, stride: stride, states: states, actions: actions,
          parameters: parameters, stepSeconds: periodSeconds / Double(steps), stepCount: steps,
          next: next, workspace: workspace)
      }
    }
  }

  // An inline array lies on the stack; the temporary-allocation function of the standard library
  // goes to the heap for more than a kilobyte.

  @inline(never)
  private static func withStackMemory(_ body: (UnsafeMutablePointer<Double>) -> Void) {
    var workspace = InlineArray<1024, Double>(repeating: 0)
    var span = workspace.mutableSpan
    span.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { body(base) }
    }
  }
}
