import FirmwareProtocol
import Testing

/// The C reference against the virtual robot's firmware, which was written without it.
@Suite("The C reference beside the virtual robot's firmware")
struct DifferentialTests {
  #if DEBUG
    static let scriptCount: UInt64 = 200
  #else
    static let scriptCount: UInt64 = 4000
  #endif

  @Test("Random hosts and worlds get the same bytes, modes and efforts from both at every step")
  func randomScripts() {
    var seen = FirmwarePair.Seen()
    for seed in 0..<Self.scriptCount {
      var script = RandomScript(seed: seed)
      let pair = script.play(steps: 150)
      if let difference = pair.difference {
        Issue.record("script of seed \(seed): \(difference)")
        return
      }
      seen.add(pair.seen)
    }
    print("\(Self.scriptCount) scripts: \(seen)")
    // The scripts reach what they are for; the driver's fault has no message of its own.
    let scripts = Int(Self.scriptCount)
    #expect(seen.armings > scripts && seen.appliedCommands > 10 * scripts)
    #expect(seen.lateCommands > scripts && seen.rejectedFrames > scripts)
    for fault in 1...6 { #expect(seen.faults[fault] > scripts / 100, "fault \(fault)") }
    for result in 0...7 { #expect(seen.results[result] > scripts / 100, "result \(result)") }
  }
}
