import CAllocationCounter
import Foundation
import Learner
import LinearAlgebra
import Robotics
import Testing

@Suite("A trajectory's linearisation and the feedback that is planned with it")
struct TrajectoryLinearisationTests {
  private let reward: Reward = {
    let chain = TipChain(slide: 0, joints: [1], lengthsMetres: [0.5])
    return Reward(distances: [.tip(chain: chain, target: chain.upright)], width: 0.25)
  }()

  /// States of the cart-pole, one after the other, near the reward's bend, and actions' numbers.
  private func course(steps: Int, dimensions: Int) -> (states: [Double], controls: [Double]) {
    var stream = RandomStream(seed: 11)
    let states = (0...steps).flatMap { _ in
      (0..<dimensions).map { d in
        d == 1 ? .pi + 0.5 * stream.nextGaussian() : 0.3 * stream.nextGaussian()
      }
    }
    return (states, (0..<steps).map { _ in stream.nextGaussian() })
  }

  private func linearised<Dynamics: DifferentiableDynamics>(
    _ dynamics: Dynamics, states: [Double], controls: [Double]
  ) -> TrajectoryLinearisation<Dynamics> {
    let found = TrajectoryLinearisation(
      dynamics: dynamics, actionLimits: [10], stepCount: controls.count,
      workspace: dynamics.makeWorkspace(capacity: controls.count))
    found.update(states: states, controls: controls, reward: reward)
    return found
  }

  @Test(
    "The reward's slopes and curvatures are those of plain differences and a plain decomposition, bit for bit"
  )
  func oracle() throws {
    let steps = 40
    let (states, controls) = course(steps: steps, dimensions: 4)
    let found = linearised(
      try DifferentiablePlant("cart-pole", periodSeconds: 0.05), states: states, controls: controls)
    let expected = PlainDifferences(
      reward: reward, positions: (1...steps).map { [states[4 * $0], states[4 * $0 + 1]] })
    #expect(found.gradients == expected.gradients)
    #expect(found.curvatures == expected.curvatures)
    // Some steps bend the wrong way, and some don't.
    let bends = (0..<steps).map { found.curvatures[$0] + found.curvatures[3 * steps + $0] }
    #expect(bends.contains { $0 > 1 } && expected.concaveSteps > 0, "\(bends)")
  }

  @Test(
    "What else a policy sees, filtered velocities and actions that still act, adds nothing to them")
  func observed() throws {
    let steps = 12
    var robot = TestRobots.cartPole
    robot.state.velocityCutoffHertz = 20
    let plant = try DifferentiablePlant("cart-pole", periodSeconds: 0.05)
    let observed = ObservedDynamics(inner: plant, robot: robot, task: TestRobots.cartPoleTask)
    let d = observed.stateDimensions
    #expect(d == 7)
    let (states, controls) = course(steps: steps, dimensions: d)
    let own = (0...steps).flatMap { step in
      let state = Array(states[(d * step)..<(d * step + d)])
      return Array(state[..<2] + state[4..<6])
    }
    let all = linearised(observed, states: states, controls: controls)
    let plain = linearised(plant, states: own, controls: controls)
    #expect(all.gradients.count == 2 * steps)
    #expect(all.gradients == plain.gradients)
    #expect(all.curvatures == plain.curvatures)
  }

  @Test("Planning a trajectory's feedback again allocates nothing")
  func allocations() {
    let steps = 30
    let (states, controls) = course(steps: steps, dimensions: 4)
    let linear = linearised(Carts(), states: states, controls: controls)
    var recursion = RiccatiRecursion(dimensions: 4, actions: 1, stepCount: steps)
    func plan() -> Bool {
      linear.update(states: states, controls: controls, reward: reward)
      return recursion.run(linear, controls: controls, effortPrice: 0.3, regularisation: 1)
    }
    #expect(plan())
    let before = allocation_count_of_this_thread()
    for _ in 0..<3 { _ = plan() }
    #expect(allocation_count_of_this_thread() == before)
  }
}

/// The slopes and convex curvatures of 1 − reward by two positions, written straightforwardly.
private struct PlainDifferences {
  var gradients: [Double]
  var curvatures: [Double]
  /// In how many steps something was left out.
  var concaveSteps = 0

  init(reward: Reward, positions: [[Double]]) {
    let steps = positions.count
    let width = 1e-4
    var positions = positions
    func rewards(_ moves: [(joint: Int, by: Double)]) -> [Double] {
      func move(_ sign: Double) {
        for b in 0..<steps { for (joint, by) in moves { positions[b][joint] += sign * by } }
      }
      // There and back, which leaves the last digit changed for what follows.
      move(1)
      defer { move(-1) }
      return positions.map { reward.value(state: $0 + [0, 0]) }
    }
    let centre = rewards([])
    let above = (0..<2).map { rewards([($0, width)]) }
    let below = (0..<2).map { rewards([($0, -width)]) }
    let both = rewards([(1, width), (0, width)])
    let neither = rewards([(1, -width), (0, -width)])
    gradients = (0..<2).flatMap { i in
      (0..<steps).map { -(above[i][$0] - below[i][$0]) / (2 * width) }
    }
    curvatures = Array(repeating: 0, count: 4 * steps)
    for b in 0..<steps {
      var matrix = Matrix(rows: 2, columns: 2)
      for i in 0..<2 {
        matrix[i, i] = -(above[i][b] - 2 * centre[b] + below[i][b]) / (width * width)
      }
      matrix[1, 0] =
        -(both[b] - above[1][b] - above[0][b] + 2 * centre[b] - below[1][b] - below[0][b]
        + neither[b]) / (2 * width * width)
      guard let eigen = try? SymmetricEigen(matrix) else { continue }
      if eigen.values[0] < 0 { concaveSteps += 1 }
      for i in 0..<2 {
        for j in 0..<2 {
          for k in 0..<2 where eigen.values[k] > 0 {
            curvatures[(i * 2 + j) * steps + b] +=
              eigen.values[k] * eigen.vectors[i, k] * eigen.vectors[j, k]
          }
        }
      }
    }
  }
}

/// Two carts on rails, one of them with a motor, tied by a spring: constant derivatives, and no memory
/// but the caller's.
private struct Carts: DifferentiableDynamics {
  private static let rows: [[Double]] = [
    [0, 0, 0.05, 0, 0], [0, 0, 0, 0.05, 0], [-0.1, 0.1, 0, 0, 0.05], [0.1, -0.1, 0, 0, 0],
  ]
  private let entries = Carts.rows.flatMap { $0 }

  var stateDimensions: Int { 4 }
  var actionDimensions: Int { 1 }
  func makeWorkspace(capacity: Int) {}

  func predict(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?, workspace: Void
  ) {
    for i in 0..<4 {
      for b in 0..<count {
        var sum = entries[5 * i + 4] * actions[b]
        for j in 0..<4 { sum += entries[5 * i + j] * states[j * stride + b] }
        mean[i * stride + b] = sum
        variance?[i * stride + b] = 0
      }
    }
  }

  func linearise(
    count: Int, stride: Int, firstMember: Int, states: UnsafePointer<Double>,
    actions: UnsafePointer<Double>, change: UnsafeMutablePointer<Double>,
    jacobian: UnsafeMutablePointer<Double>, workspace: Void
  ) {
    predict(
      count: count, stride: stride, states: states, actions: actions, mean: change, variance: nil,
      workspace: ())
    for entry in 0..<20 {
      for b in 0..<count { jacobian[entry * stride + b] = entries[entry] }
    }
  }
}
