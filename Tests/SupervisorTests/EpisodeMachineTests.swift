import Supervisor
import Testing

@Suite("The episode's table, checked state by state")
struct EpisodeMachineTests {
  @Test("No event but the trial's own chain leads to a state in which the actuators may be on")
  func armedStates() {
    for row in EpisodeMachine.table where row.to.mayBeArmed && !row.from.mayBeArmed {
      #expect(row.event == .resetBegun, "\(row)")
      #expect(row.from == .checked || row.from == .settled, "\(row)")
    }
  }

  @Test(
    "From every state in which the actuators may be on, a fault and the emergency stop end them")
  func faultsDisarm() {
    for state in EpisodeState.allCases where state.mayBeArmed {
      #expect(EpisodeMachine.next(from: state, on: .fault) == .faulted)
      #expect(EpisodeMachine.next(from: state, on: .emergencyStop) == .emergencyStopped)
      #expect(EpisodeMachine.next(from: state, on: .closed) == .disconnected)
    }
  }

  @Test("Nothing leads from a fault back to armed without the operator and a new check")
  func noReArming() {
    for start in [EpisodeState.faulted, .emergencyStopped] {
      var reachable: Set<EpisodeState> = [start]
      var frontier = [start]
      while let state = frontier.popLast() {
        for row in EpisodeMachine.table
        where row.from == state && row.event != .cleared && row.event != .opened
          && reachable.insert(row.to).inserted
        {
          frontier.append(row.to)
        }
      }
      #expect(reachable.allSatisfy { !$0.mayBeArmed }, "from \(start): \(reachable)")
    }
  }

  @Test("A trial begins only from a verified home, and home only from a reset")
  func trialNeedsHome() {
    for row in EpisodeMachine.table {
      if row.to == .running { #expect(row.from == .ready && row.event == .trialBegun) }
      if row.to == .ready { #expect(row.from == .resetting && row.event == .home) }
    }
  }

  @Test("An event without a row is refused and changes nothing")
  func refusal() {
    var machine = EpisodeMachine()
    let begun = machine.handle(.trialBegun)
    #expect(!begun)
    #expect(machine.state == .disconnected)
    let opened = machine.handle(.opened)
    #expect(opened)
    let resetBegun = machine.handle(.resetBegun)
    #expect(!resetBegun)
    #expect(machine.state == .connected)
  }

  @Test("Every state can be reached, and every state can be left")
  func connected() {
    for state in EpisodeState.allCases {
      #expect(state == .disconnected || EpisodeMachine.table.contains { $0.to == state })
      #expect(EpisodeMachine.table.contains { $0.from == state })
    }
  }
}
