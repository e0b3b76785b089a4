/// The Rosenbrock method ROS2 of Verwer, Spee, Blom & Hundsdorfer (SIAM Journal on Scientific Computing
/// 20, 1999) with fixed steps, over a batch of states under constant actions: of second order, whatever
/// takes the Jacobian's place, and stable at any step for what it holds.
///
/// With x˙ = f(x) and A in the Jacobian's place, γ = 1 − 1/√2,
///
///     (1 − γhA) k1 = f(x)      (1 − γhA) k2 = f(x + h k1) − 2 k1      x + h (3 k1 + k2) / 2
///
/// A holds that positions follow from velocities, and the damping −M⁻¹B, with the inertia M of where f is
/// taken: that it differs between the stages changes a step by h³ only. So a step costs two solutions of
/// a system that an explicit method solves too (``DampedPlant``). An explicit method of fourth order needs
/// steps below 2.8 over the fastest damping rate to be stable at all; this one's steps follow the motion.
/// The batch goes through in ``IntegrationBlocks``.
public enum LinearlyImplicit {
  /// γ; this one of the two that damp the fastest rates at once.
  private static let gamma = 1 - 0.5.squareRoot()

  /// How much scratch memory an integration of that plant needs, in doubles.
  public static func workspaceCount(for plant: some DampedPlant) -> Int {
    IntegrationBlocks.capacity * 3 * plant.stateDimensions
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
  ///   - stepSeconds: h, the length of a step, in seconds.
  ///   - stepCount: The number of steps.
  ///   - next: Where the states that follow go, `stateDimensions` × `stride`; may be `states`.
  ///   - workspace: Scratch memory of `workspaceCount(for:)` doubles.
  public static func advance(
    _ plant: some DampedPlant, count: Int, stride: Int, states: UnsafePointer<Double>,
    actions: UnsafePointer<Double>, parameters: UnsafePointer<Double>, stepSeconds: Double,
    stepCount: Int, next: UnsafeMutablePointer<Double>, workspace: UnsafeMutablePointer<Double>
  ) {
    IntegrationBlocks.forEach(
      dimensions: plant.stateDimensions, count: count, stride: stride, states: states, next: next,
      dense: workspace
    ) { first, size in
      for _ in 0..<stepCount {
        step(
          plant, size: size, actions: actions + first, actionStride: stride,
          parameters: parameters, seconds: stepSeconds, workspace: workspace)
      }
    }
  }

  /// One step of a block, whose state lies at the workspace's start.
  @inline(__always)
  private static func step(
    _ plant: some DampedPlant, size: Int, actions: UnsafePointer<Double>, actionStride: Int,
    parameters: UnsafePointer<Double>, seconds h: Double, workspace: UnsafeMutablePointer<Double>
  ) {
    // The state, x + h k1, and the velocities of k1 and k2.
    let half = plant.stateDimensions / 2 * size
    let (position, velocity) = (workspace, workspace + half)
    let (movedPosition, movedVelocity) = (velocity + half, velocity + 2 * half)
    let (first, second) = (movedVelocity + half, movedVelocity + 2 * half)
    let implicit = gamma * h
    plant.dampedAccelerations(
      count: size, stride: size, states: position, actions: actions, actionStride: actionStride,
      parameters: parameters, implicitSeconds: implicit, offsets: nil, accelerations: first)
    for i in 0..<half {
      let acceleration = first[i]
      let rate = velocity[i] + implicit * acceleration
      movedPosition[i] = position[i] + h * rate
      movedVelocity[i] = velocity[i] + h * acceleration
      // All but what the second stage's accelerations add: its positions change by
      // v + h a1 − 2 (v + γh a1) + γh a2.
      position[i] += 0.5 * h * (rate + movedVelocity[i])
      velocity[i] += 1.5 * h * acceleration
      first[i] = 2 * acceleration
    }
    plant.dampedAccelerations(
      count: size, stride: size, states: movedPosition, actions: actions,
      actionStride: actionStride, parameters: parameters, implicitSeconds: implicit,
      offsets: first, accelerations: second)
    for i in 0..<half {
      position[i] += 0.5 * h * implicit * second[i]
      velocity[i] += 0.5 * h * second[i]
    }
  }
}
