/// A proportion seen in so many independent tries, with Wilson's score interval (Wilson 1927), which
/// keeps its level near 0 and 1, where most of a bench's numbers lie.
public struct BinomialProportion: Sendable, Equatable, Codable {
  /// How often it was seen.
  public var count: Int
  /// In how many tries.
  public var total: Int
  /// The proportion, from 0 to 1; 0 without any try.
  public var rate: Double
  /// The lower end of the 95 % interval.
  public var lower: Double
  /// The upper end of the 95 % interval.
  public var upper: Double

  /// The 97.5 % quantile of the standard normal distribution.
  private static let quantile = 1.959963984540054

  /// A proportion of so many tries; without any, the interval is from 0 to 1.
  public init(count: Int, of total: Int) {
    precondition((0...max(total, 0)).contains(count), "no more can be seen than was tried")
    self.count = count
    self.total = total
    guard total > 0 else {
      (rate, lower, upper) = (0, 0, 1)
      return
    }
    let n = Double(total)
    rate = Double(count) / n
    let squared = Self.quantile * Self.quantile
    let center = (rate + squared / (2 * n)) / (1 + squared / n)
    let reach =
      Self.quantile / (1 + squared / n)
      * (rate * (1 - rate) / n + squared / (4 * n * n)).squareRoot()
    lower = count == 0 ? 0 : max(0, center - reach)
    upper = count == total ? 1 : min(1, center + reach)
  }
}
