import Foundation
import Robotics
import Testing

@Suite struct TrialStepsTests {
  private func starts(_ steps: [Step]) -> [Double] { steps.map { $0.state[0] } }

  @Test("A trial of 41 ticks with 10 a decision has 4 steps from decision to decision")
  func decisions() {
    let steps = Fixture.countingTrial(ticks: 41).steps(period: 0.1)
    #expect(
      steps
        == (0..<4).map { decision in
          let start = Double(10 * decision)
          return Step(
            state: [start, -start], action: [Double(decision)],
            nextState: [start + 10, -start - 10])
        })
  }

  @Test("A step that the samples don't finish is no step")
  func unfinished() {
    #expect(Fixture.countingTrial(ticks: 40).steps(period: 0.1).count == 3)
    #expect(Fixture.countingTrial(ticks: 1).steps(period: 0.1).isEmpty)
    #expect(Fixture.countingTrial(ticks: 0).steps(period: 0.1).isEmpty)
  }

  @Test("A lost sample at a decision loses the steps on both sides, and no other")
  func lostDecision() {
    var trial = Fixture.countingTrial(ticks: 41)
    trial.samples.remove(at: 20)
    #expect(starts(trial.steps(period: 0.1)) == [0, 30])
  }

  @Test("Lost samples between decisions lose no step, as the action was held")
  func lostBetween() {
    var trial = Fixture.countingTrial(ticks: 41)
    trial.samples.removeSubrange(23..<27)
    #expect(trial.steps(period: 0.1) == Fixture.countingTrial(ticks: 41).steps(period: 0.1))
  }

  @Test("A glitch at a decision loses the steps on both sides; one in between loses none")
  func glitch() {
    var trial = Fixture.countingTrial(ticks: 41)
    trial.samples[10].flags.insert(.glitch)
    trial.samples[35].flags.insert(.glitch)
    #expect(starts(trial.steps(period: 0.1)) == [20, 30])
  }

  @Test("The action of a step is what was sent, and its mean when the envelope changed it")
  func clampedWithin() {
    var trial = Fixture.countingTrial(ticks: 21)
    for tick in 16..<20 { trial.samples[tick].sentAction = [-4] }
    let steps = trial.steps(period: 0.1)
    #expect(steps[0].action == [0])
    // 6 ticks of 1 and 4 ticks of -4.
    let mean = Double(6 - 16) / 10
    #expect(abs(steps[1].action[0] - mean) < 1e-15)
  }

  @Test("A step with a number that isn't finite is left out")
  func notFinite() {
    var trial = Fixture.countingTrial(ticks: 41)
    trial.samples[40].velocities = [.nan]
    #expect(starts(trial.steps(period: 0.1)) == [0, 10, 20])
  }

  @Test("A step that by the robot's clock lasted half a sample too long is left out")
  func slowClock() {
    var trial = Fixture.countingTrial(ticks: 41)
    for tick in 30..<41 { trial.samples[tick].robotTimeSeconds += 0.006 }
    #expect(starts(trial.steps(period: 0.1)) == [0, 10, 30])
  }

  @Test("Steps begin at whole periods since the trial began, even when its beginning was lost")
  func beginningLost() {
    var trial = Fixture.countingTrial(ticks: 41)
    trial.samples.removeFirst(3)
    #expect(starts(trial.steps(period: 0.1)) == [10, 20, 30])
  }

  @Test("At the sample period every pair of samples is a step")
  func samplePeriod() {
    #expect(Fixture.countingTrial(ticks: 41).steps(period: 0.01).count == 40)
  }

  @Test("A trial that ended in a fault gives the steps up to it and is not solved")
  func fault() throws {
    let robot = try Robot(contentsOf: PackagePaths.calibration("pendulum/robot.yaml"))
    let task = try #require(robot.tasks.first)
    var trial = Fixture.countingTrial(ticks: 401)
    for index in trial.samples.indices { trial.samples[index].positions = [.pi] }
    #expect(trial.isSolved(task: task))
    trial.end = .fault(code: "loss", reason: "four samples in a row were lost")
    #expect(!trial.isSolved(task: task))
    #expect(trial.steps(period: 0.1).count == 40)
  }

  @Test("A trial's rewards are those of the states that its steps lead to")
  func rewards() throws {
    let robot = try Robot(contentsOf: PackagePaths.calibration("pendulum/robot.yaml"))
    let task = try #require(robot.tasks.first)
    var trial = Fixture.countingTrial(ticks: 401)
    for index in trial.samples.indices { trial.samples[index].positions = [index <= 200 ? 0 : .pi] }
    // Hanging earns exp(-1/2 4 / 0.25) = exp(-8), upright 1.
    let mean = 0.5 * (1 + exp(-8.0))
    #expect(abs(trial.totalReward(task: task) - 40 * mean) < 1e-12)
    #expect(abs(trial.meanReward(task: task) - mean) < 1e-13)
    trial.samples = []
    #expect(trial.meanReward(task: task) == 0)
  }
}
