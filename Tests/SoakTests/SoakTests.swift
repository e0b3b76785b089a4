import Soak
import Testing

@Suite("Seeded episodes with faults, host and firmware in one simulated time", .serialized)
struct SoakTests {
  /// Some two minutes on two cores; an unoptimised build does a hundredth.
  private static let scenarios: Int = {
    #if DEBUG
      2_000
    #else
      200_000
    #endif
  }()

  @Test("No schedule of faults from 200 000 seeds gets anything unsafe past the supervisor")
  func faults() {
    let report = SoakRun(firstSeed: 1, scenarioLimit: Self.scenarios).run()
    #expect(report.failureCount == 0, "\(report.text)")
    // Every kind of fault struck, and trials ran to their horizons in spite of them.
    for kind in FaultKind.allCases {
      #expect(report.strikes[kind, default: 0] > Self.scenarios / 100, "\(kind) struck too seldom")
    }
    #expect(report.reasons["completed", default: 0] > Self.scenarios / 4)
    #expect(report.stores == Self.scenarios / 500 && report.repeats == Self.scenarios / 100)
    print(report.text)
  }

  @Test("Where nothing goes wrong, every episode runs to its horizon")
  func undisturbed() {
    let report = SoakRun(firstSeed: 1, scenarioLimit: 1_000, kinds: [], storeInterval: 0).run()
    #expect(report.failureCount == 0, "\(report.text)")
    #expect(report.reasons == ["completed": report.episodes])
  }

  @Test("A seed is one course of events: run twice, every byte and every effort is the same")
  func determinism() throws {
    for seed in UInt64(1)...50 {
      var one = try Scenario(seed: seed)
      var other = try Scenario(seed: seed)
      #expect(one.run().digest == other.run().digest, "seed \(seed)")
    }
  }
}
