import BenchmarkArguments
import Foundation

// Measures the link between host and robot; RESULTS.md has what it found.
//
//   link-benchmark timer [--minutes N] [--seconds-each N]   host loop against a bare C loop
//   link-benchmark echo [--count N]                         round trip against a bare C echo
//   link-benchmark decoder [--bytes N] [--seed N]           random and mutated bytes
//   link-benchmark line [--seconds N]                       what fits on a line of so many baud
@main
struct LinkBenchmark {
  static func main() throws {
    var arguments = BenchmarkArguments(
      usage: """
        link-benchmark timer [--minutes N] [--seconds-each N] | echo [--count N]
          | decoder [--bytes N] [--seed N] | line [--seconds N]
        """)
    func number(_ option: String, _ fallback: Int) -> Int {
      arguments.whole(option, 1...1_000_000_000_000) ?? fallback
    }
    let run: () throws -> Void
    switch arguments.word() {
    case "timer":
      run = HostTimer(rounds: number("minutes", 10), secondsEach: number("seconds-each", 60)).run
    case "echo": run = EchoRoundTrip(count: number("count", 2000)).run
    case "decoder":
      run =
        DecoderBytes(
          byteCount: number("bytes", 1_000_000_000), seed: UInt64(number("seed", 1))
        ).run
    case "line": run = LineBudget(seconds: Double(number("seconds", 10))).run
    case RobotProcess.argument: run = RobotProcess.serve
    case let other?: arguments.refuse("there is no measurement '\(other)'")
    case nil: arguments.refuse("no measurement is named")
    }
    arguments.end()
    try run()
  }
}

/// Prints a line at once, even into a file.
func say(_ line: String) {
  print(line)
  fflush(nil)
}

/// Percentiles of durations, in microseconds.
struct Percentiles: CustomStringConvertible {
  var p50 = 0.0
  var p99 = 0.0
  var p999 = 0.0
  var maximum = 0.0

  init(p50: Double, p99: Double, p999: Double, maximum: Double) {
    (self.p50, self.p99, self.p999, self.maximum) = (p50, p99, p999, maximum)
  }

  init(nanoseconds: [Int64]) {
    let sorted = nanoseconds.sorted()
    guard let last = sorted.last else { return }
    func at(_ fraction: Double) -> Double {
      let rank = Int((fraction * Double(sorted.count)).rounded(.up)) - 1
      return Double(sorted[min(max(rank, 0), sorted.count - 1)]) / 1000
    }
    (p50, p99, p999, maximum) = (at(0.5), at(0.99), at(0.999), Double(last) / 1000)
  }

  var description: String {
    String(format: "p50 %.1f  p99 %.1f  p99.9 %.1f  max %.1f µs", p50, p99, p999, maximum)
  }
}

/// The middle of some numbers.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard !sorted.isEmpty else { return .nan }
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// What keeps this machine busy, for a result's caption.
var loadAverage: String {
  (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?
    .split(separator: " ").prefix(2).joined(separator: " ") ?? "unknown"
}
