import Experiment
import Testing

@Suite("Proportions and spreads of a bench")
struct BenchReportTests {
  /// scipy 1.16: `binomtest(k, n).proportion_ci(method="wilson")`.
  @Test(
    "Wilson's interval is scipy's",
    arguments: [
      (0, 20, 0.0, 0.16112515805281935), (1, 20, 0.008881448800795402, 0.23613119344674205),
      (9, 20, 0.25819785825562425, 0.6579146575496577), (20, 20, 0.8388748419471808, 1.0),
      (43, 50, 0.7381380628941446, 0.9304916657298371), (2, 2, 0.34238022750665303, 1.0),
    ])
  func wilson(count: Int, total: Int, lower: Double, upper: Double) {
    let proportion = BinomialProportion(count: count, of: total)
    #expect(abs(proportion.lower - lower) < 1e-14)
    #expect(abs(proportion.upper - upper) < 1e-14)
    #expect(proportion.rate == Double(count) / Double(total))
  }

  @Test("Without any try nothing is known")
  func nothingTried() {
    let proportion = BinomialProportion(count: 0, of: 0)
    #expect(proportion.lower == 0 && proportion.upper == 1)
  }

  /// numpy 2: `quantile([3, 1, 4, 1, 5, 9], [0, .25, .5, .75, 1])`.
  @Test("Quartiles are numpy's")
  func quartiles() throws {
    let spread = try #require(BenchReport.Spread([3, 1, 4, 1, 5, 9]))
    #expect(spread.least == 1 && spread.greatest == 9)
    #expect(spread.lowerQuartile == 1.5 && spread.median == 3.5 && spread.upperQuartile == 4.75)
    #expect(BenchReport.Spread([]) == nil)
  }
}
