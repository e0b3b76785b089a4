import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

@Suite("Costs of actions in a search")
struct ActionCostTests {
  private func search(_ terms: [Reward.WeightedTerm]) throws -> PolicySearchResult {
    var task = TestRobots.pendulumTask
    task.reward = Reward(terms: terms)
    return try PolicySearch.search(
      model: try PlantModel.pendulum(), task: task, robot: TestRobots.pendulum,
      settings: SearchSettings(
        particles: 2, mostParticles: 4, rolloutBudget: 8000, finalParticles: 40), seed: 3)
  }

  /// The mean square of the efforts, and of their changes, of a policy that swings the pendulum from
  /// rest, in units of the limit.
  private func costs(_ policy: PolicyParameters) throws -> (effort: Double, change: Double) {
    let (robot, task) = (TestRobots.pendulum, TestRobots.pendulumTask)
    let running = try policy.makePolicy(for: robot)
    let plant = try PlantPrior(plantName: "pendulum", stepSeconds: 0.005)
    var (state, action, before) = (task.initialState, [0.0], 0.0)
    var (effort, change) = (0.0, 0.0)
    running.begin()
    for step in 0..<task.stepCount {
      state.withUnsafeBufferPointer { state in
        action.withUnsafeMutableBufferPointer {
          running.decide(step: step, state: state, action: $0)
        }
      }
      let share = action[0] / robot.actionLimits[0]
      effort += share * share
      if step > 0 { change += (share - before) * (share - before) }
      before = share
      var next = state
      plant.advance(
        count: 1, stride: 1, states: state, actions: action,
        parameters: plant.plant.defaultParameters, periodSeconds: task.periodSeconds, next: &next)
      state = next
    }
    let steps = Double(task.stepCount)
    return (effort / steps, change / steps)
  }

  @Test("Where effort costs and nothing earns, the motor is left still")
  func effort() throws {
    let limits = TestRobots.pendulum.actionLimits
    let result = try search([.init(.effort(scales: limits))])
    let found = try costs(result.policy).effort
    print("seed 3: predicted \(result.predictedMean), an effort of \(found)")
    #expect(result.predictedMean <= 0 && result.predictedMean > -0.02)
    #expect(found < 0.02)
  }

  @Test("A dear change of effort makes a smoother swing than a free one")
  func smoothness() throws {
    let limits = TestRobots.pendulum.actionLimits
    let swing = TestRobots.pendulumTask.reward.terms
    let free = try search(swing)
    let smooth = try search(swing + [.init(.smoothness(scales: limits), weight: 10)])
    let (rough, calm) = (try costs(free.policy).change, try costs(smooth.policy).change)
    print("seed 3: changes of \(rough) and \(calm)")
    #expect(calm < 0.5 * rough)
  }
}
