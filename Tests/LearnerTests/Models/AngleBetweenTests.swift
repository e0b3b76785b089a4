import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

/// The angle between neighbouring links as an input of a model.
@Suite struct AngleBetweenTests {
  private static let period = 0.05

  private static func robot(_ name: String) throws -> Robot {
    try Robot(
      contentsOf: RealPendulum.root.appendingPathComponent("calibration/\(name)/robot.yaml").path)
  }

  private static func features() throws -> FeatureMap {
    let pendubot = try robot("pendubot")
    return FeatureMap(robot: pendubot, task: try #require(pendubot.task(named: "swing-up")))
  }

  /// Steps of the pendubot from random states with random torques.
  private static func steps(_ count: Int, seed: UInt64) throws -> [Step] {
    let plant = try PlantPrior(plantName: "pendubot", stepSeconds: 0.005)
    let parameters = plant.plant.parameters.map(\.defaultValue)
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in
      let state = [3.2, 3.2, 6, 6].map { $0 * stream.nextUniform(in: -1, 1) }
      let action = [3.5 * stream.nextUniform(in: -1, 1)]
      var next = state
      plant.advance(
        count: 1, stride: 1, states: state, actions: action, parameters: parameters,
        periodSeconds: period, next: &next)
      return Step(state: state, action: action, nextState: next)
    }
  }

  @Test(
    "It enters a chain of links measured from hanging, after the velocities, as (cos, sin), and all angles are those of the period's middle"
  )
  func entersLast() throws {
    let features = try Self.features()
    #expect(features.featureCount == 8)
    var values = [Double](repeating: 0, count: 8)
    features.map(
      count: 1, stateStride: 1, states: [0.3, 1, 2, 3], featureStride: 1, features: &values)
    // 25 ms on, at 2 and 3 rad/s.
    let (upper, lower) = (0.3 + 0.05, 1 + 0.075)
    let expected = [
      cos(upper), sin(upper), cos(lower), sin(lower), 2, 3, cos(lower - upper), sin(lower - upper),
    ]
    for (value, expected) in zip(values, expected) { #expect(abs(value - expected) < 1e-12) }
  }

  @Test("A chain of relative angles has it already, and a pole on a cart has no neighbour")
  func entersNowhereElse() throws {
    for (name, task) in [("planar-arm-2", "reach"), ("cart-pole", "swing-up")] {
      let robot = try Self.robot(name)
      let features = FeatureMap(robot: robot, task: try #require(robot.task(named: task)))
      #expect(features.angles.isEmpty)
      #expect(features == FeatureMap(robot: robot))
    }
  }

  @Test("With it a model of the pendubot errs by less than two thirds as much on new steps")
  func teachesMore() throws {
    let learnt = try Self.steps(150, seed: 31)
    let tested = try Self.steps(200, seed: 32)
    func error(_ features: FeatureMap) throws -> Double {
      let model = try GaussianProcessDynamics.fit(
        steps: learnt, features: features, periodSeconds: Self.period,
        settings: LearningSettings.model)
      let workspace = model.makeWorkspace(capacity: 1)
      let errors = tested.map { step in
        var mean = [Double](repeating: 0, count: 4)
        model.predict(
          count: 1, stride: 1, states: step.state, actions: step.action, mean: &mean,
          variance: nil, workspace: workspace)
        return abs(step.state[3] + mean[3] - step.nextState[3])
      }
      return errors.sorted()[errors.count / 2]
    }
    let with = try error(Self.features())
    let without = try error(FeatureMap(robot: Self.robot("pendubot")))
    #expect(with < 0.66 * without, "median errors \(with) and \(without) rad/s")
  }

  @Test("The model's derivatives by both joints are those of differences")
  func derivatives() throws {
    let model = try GaussianProcessDynamics.fit(
      steps: Self.steps(60, seed: 33), features: Self.features(), periodSeconds: Self.period,
      settings: LearningSettings.model)
    let workspace = model.makeWorkspace(capacity: 1)
    func linearise(_ state: [Double]) -> (change: [Double], jacobian: [Double]) {
      var change = [Double](repeating: 0, count: 4)
      var jacobian = [Double](repeating: 0, count: 20)
      model.linearise(
        count: 1, stride: 1, firstMember: 0, states: state, actions: [1], change: &change,
        jacobian: &jacobian, workspace: workspace)
      return (change, jacobian)
    }
    let state = [0.4, -1.1, 2, -3]
    let jacobian = linearise(state).jacobian
    for j in 0..<4 {
      var (above, below) = (state, state)
      above[j] += 1e-5
      below[j] -= 1e-5
      let (after, before) = (linearise(above).change, linearise(below).change)
      for i in 0..<4 {
        let difference = (after[i] - before[i]) / 2e-5
        #expect(abs(jacobian[i * 5 + j] - difference) < 1e-5 * max(1, abs(difference)))
      }
    }
  }
}
