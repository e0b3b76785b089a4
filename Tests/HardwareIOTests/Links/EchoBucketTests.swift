import HardwareIO
import Testing

@Suite("The histogram of echoes")
struct EchoBucketTests {
  @Test("Counts each echo once, between bounds of 1, 2 and 5, without empty ends")
  func buckets() {
    let buckets = EchoBucket.buckets(
      roundTripNanoseconds: [90_000, 100_000, 100_001, 450_000, 1_800_000])
    #expect(buckets.map(\.upToMicroseconds) == [100, 200, 500, 1000, 2000])
    #expect(buckets.map(\.count) == [2, 1, 1, 0, 1])
  }

  @Test("Has no bars without echoes")
  func none() { #expect(EchoBucket.buckets(roundTripNanoseconds: []).isEmpty) }
}
