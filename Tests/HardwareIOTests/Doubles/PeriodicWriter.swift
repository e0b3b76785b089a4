import Foundation
import Synchronization

/// Writes the same bytes at the robot's end of a pseudo-terminal every five milliseconds.
final class PeriodicWriter: Sendable {
  private let isDone = Atomic<Bool>(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  init(_ terminal: PseudoTerminal, _ bytes: [UInt8]) {
    Thread { [self] in
      while !isDone.load(ordering: .acquiring) {
        terminal.write(bytes)
        usleep(5000)
      }
      hasEnded.signal()
    }.start()
  }

  func end() {
    isDone.store(true, ordering: .releasing)
    hasEnded.wait()
  }
}
