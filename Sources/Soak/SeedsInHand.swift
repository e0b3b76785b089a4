import Glibc

/// The seeds that are being run, for the last words of a process that crashes.
public enum SeedsInHand {
  private static let capacity = 256
  private nonisolated(unsafe) static let seeds: UnsafeMutablePointer<UInt64> = {
    let seeds = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
    seeds.initialize(repeating: 0, count: capacity)
    return seeds
  }()

  static func note(_ seed: UInt64, thread: Int) {
    if thread < capacity { seeds[thread] = seed }
  }

  /// Has a crash of this process print the seeds that were being run.
  public static func printOnCrash() {
    note(0, thread: 0)
    for crash in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] {
      signal(crash) { number in
        SeedsInHand.writeAll()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  /// Only what a signal's handler may do.
  private static func writeAll() {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digits in
      for thread in 0..<capacity where seeds[thread] != 0 {
        var rest = seeds[thread]
        var start = 31
        digits[start] = 10
        repeat {
          start -= 1
          digits[start] = 48 + UInt8(rest % 10)
          rest /= 10
        } while rest > 0
        write(2, "crashed in seed ", 16)
        write(2, digits.baseAddress! + start, 32 - start)
      }
    }
  }
}
