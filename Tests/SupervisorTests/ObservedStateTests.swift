import Foundation
import Robotics
import Supervisor
import Testing

@Suite("What a policy sees on the robot")
struct ObservedStateTests {
  /// What a policy saw at each decision.
  private final class Seen: @unchecked Sendable {
    var states: [[Double]] = []
  }

  private func trial(_ state: StateSettings) throws -> (Robot, Trial, [[Double]]) {
    var robot = pendulum()
    robot.state = state
    let seen = Seen()
    let trial = try RobotDouble(robot: robot).loggedTrial(
      policy: ClosurePolicy { step, state in
        seen.states.append(Array(state))
        return step % 3 == 0 ? 2 : -1.5
      })
    return (robot, trial, seen.states)
  }

  @Test("Without a section 'state', positions and the firmware's velocities, nothing else")
  func plain() throws {
    let (_, trial, seen) = try trial(StateSettings())
    #expect(seen == stride(from: 0, to: 100, by: 10).map { trial.samples[$0].state })
  }

  @Test("Filtered velocities come from the positions by the causal filter, from rest")
  func filtered() throws {
    let (_, trial, seen) = try trial(StateSettings(velocityCutoffHertz: 15))
    var filter = VelocityFilter(cutoffHertz: 15)
    filter.begin(position: trial.samples[0].positions[0])
    var expected = [0.0]
    for sample in trial.samples.dropFirst() {
      filter.advance(position: sample.positions[0], elapsedSeconds: 0.01)
      if sample.tick % 10 == 0 && sample.tick < 100 { expected.append(filter.velocity) }
    }
    #expect(seen.count == 10)
    for (state, velocity) in zip(seen, expected) { #expect(abs(state[1] - velocity) < 1e-9) }
    // The log keeps what the robot measured.
    #expect(trial.samples.contains { abs($0.velocities[0] - seen[$0.tick / 10 % 10][1]) > 0.1 })
  }

  @Test("Previous actions are those that were sent, the latest first, none before the trial")
  func previous() throws {
    let (_, trial, seen) = try trial(StateSettings(delaySeconds: 0.13))
    let sent = stride(from: 0, to: 100, by: 10).map { trial.samples[$0].sentAction[0] }
    #expect(sent.prefix(4) == [2, -1.5, -1.5, 2])
    for (step, state) in seen.enumerated() {
      #expect(state.count == 4)
      #expect(state[2] == (step > 0 ? sent[step - 1] : 0))
      #expect(state[3] == (step > 1 ? sent[step - 2] : 0))
    }
  }

  @Test("A log tells afterwards what the policy saw", arguments: [0, 0.13])
  func replayed(delay: Double) throws {
    let (robot, trial, seen) = try trial(
      StateSettings(velocityCutoffHertz: 15, delaySeconds: delay))
    let decisions = trial.decisions(robot: robot, task: robot.tasks[0])
    #expect(decisions.map(\.step) == Array(0..<10))
    for (decision, state) in zip(decisions, seen) {
      for (a, b) in zip(decision.state, state) { #expect(abs(a - b) < 1e-9) }
    }
  }

  @Test("Where the sample of a decision was lost, the next one decides, in a log as on the robot")
  func lost() throws {
    var (robot, trial, _) = try self.trial(StateSettings())
    trial.samples.removeAll { $0.tick == 50 }
    let decisions = trial.decisions(robot: robot, task: robot.tasks[0])
    #expect(decisions.map(\.step) == Array(0..<10))
    #expect(decisions[5].seconds == trial.samples.first { $0.tick == 51 }?.robotTimeSeconds)
  }
}
