/// The classic fourth-order Runge-Kutta method with fixed steps, over a batch of states under
/// constant actions (Hairer, Nørsett & Wanner 1993, table II.1.2).
///
/// The batch goes through in ``IntegrationBlocks``.
public enum RungeKutta4 {
  /// How much scratch memory an integration of that plant needs, in doubles.
  public static func workspaceCount(for plant: some Plant) -> Int {
    IntegrationBlocks.capacity * (4 * plant.stateDimensions + plant.scratchDimensions)
  }

  /// The least number of equal steps, none longer than `stepSeconds`, that make up a period.
  public static func stepCount(periodSeconds: Double, stepSeconds: Double) -> Int {
    // A period that is a whole number of steps but for rounding takes just that number.
    max(1, Int((periodSeconds / stepSeconds - 1e-9).rounded(.up)))
  }

  /// Writes the states that follow `count` states after `stepCount` steps. Allocates nothing.
  ///
  /// - Parameters:
  ///   - plant: The equations of motion.
  ///   - count: The number of batch members.
  ///   - stride: The distance between two dimensions of one member, at least `count`.
  ///   - states: The states, `stateDimensions` × `stride`.
  ///   - actions: The efforts (N m or N), `actionDimensions` × `stride`.
  ///   - parameters: The plant's parameters, in order, in SI units.
  ///   - stepSeconds: The length of a step, in seconds.
  ///   - stepCount: The number of steps.
  ///   - next: Where the states that follow go, `stateDimensions` × `stride`; may be `states`.
  ///   - workspace: Scratch memory of `workspaceCount(for:)` doubles.
  public static func advance(
    _ plant: some Plant, count: Int, stride: Int, states: UnsafePointer<Double>,
    actions: UnsafePointer<Double>, parameters: UnsafePointer<Double>, stepSeconds: Double,
    stepCount: Int, next: UnsafeMutablePointer<Double>, workspace: UnsafeMutablePointer<Double>
  ) {
    let dimensions = plant.stateDimensions
    let half = stepSeconds / 2
    let sixth = stepSeconds / 6
    IntegrationBlocks.forEach(
      dimensions: dimensions, count: count, stride: stride, states: states, next: next,
      dense: workspace
    ) { first, size in
      let entries = dimensions * size
      let state = workspace
      let stage = state + entries
      let slope = stage + entries
      let sum = slope + entries
      let scratch = sum + entries
      let evaluate = { (point: UnsafePointer<Double>, result: UnsafeMutablePointer<Double>) in
        plant.derivative(
          count: size, stride: size, states: point, actions: actions + first,
          actionStride: stride, parameters: parameters, derivative: result, scratch: scratch)
      }
      for _ in 0..<stepCount {
        evaluate(state, sum)
        for i in 0..<entries { stage[i] = state[i] + half * sum[i] }
        evaluate(stage, slope)
        for i in 0..<entries {
          sum[i] += 2 * slope[i]
          stage[i] = state[i] + half * slope[i]
        }
        evaluate(stage, slope)
        for i in 0..<entries {
          sum[i] += 2 * slope[i]
          stage[i] = state[i] + stepSeconds * slope[i]
        }
        evaluate(stage, slope)
        for i in 0..<entries { state[i] += sixth * (sum[i] + slope[i]) }
      }
    }
  }
}
