import Experiment
import Supervisor
import Testing

@Suite("What an experiment may use of its robot")
struct RunBudgetTests {
  @Test("Without a budget nothing ends an experiment")
  func none() {
    let use = RobotUse(armedSeconds: 1e6, energyJoules: 1e6)
    #expect(RunBudget().limitReached(after: use, nextTrialSeconds: 4) == nil)
  }

  @Test("A trial begins only when the time that is left lasts for it")
  func time() {
    let budget = RunBudget(armedSeconds: 10)
    func limit(_ used: Double) -> RunBudget.Limit? {
      budget.limitReached(after: RobotUse(armedSeconds: used), nextTrialSeconds: 4)
    }
    #expect(limit(0) == nil)
    #expect(limit(6) == nil)
    #expect(limit(6.01) == .time)
  }

  @Test("A trial begins only while work is left")
  func energy() {
    let budget = RunBudget(energyJoules: 50)
    func limit(_ used: Double) -> RunBudget.Limit? {
      budget.limitReached(after: RobotUse(energyJoules: used), nextTrialSeconds: 4)
    }
    #expect(limit(49.9) == nil)
    #expect(limit(50) == .energy)
  }

  @Test("Uses add up")
  func sum() {
    let sum =
      RobotUse(armedSeconds: 1, energyJoules: 2) + RobotUse(armedSeconds: 10, energyJoules: 20)
    #expect(sum == RobotUse(armedSeconds: 11, energyJoules: 22))
  }
}
