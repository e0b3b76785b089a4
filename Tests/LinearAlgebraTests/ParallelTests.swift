import LinearAlgebra
import Synchronization
import Testing

@Suite struct ParallelTests {
  struct Failure: Error, Equatable { var block: Int }

  @Test("Every block runs once, and no two at once on one worker", arguments: [1, 2, 4, 9])
  func everyBlockOnce(threads: Int) {
    let counts = Mutex([Int](repeating: 0, count: 100))
    let busy = Mutex([Bool](repeating: false, count: threads))
    let clashes = Atomic<Int>(0)
    Parallel.forEach(blocks: 100, threads: threads) { block, worker in
      let clash = busy.withLock { workers -> Bool in
        let was = workers[worker]
        workers[worker] = true
        return was
      }
      if clash { clashes.wrappingAdd(1, ordering: .relaxed) }
      counts.withLock { $0[block] += 1 }
      busy.withLock { $0[worker] = false }
    }
    #expect(counts.withLock { $0 } == [Int](repeating: 1, count: 100))
    #expect(clashes.load(ordering: .relaxed) == 0)
  }

  @Test("Results come in the blocks' order", arguments: [1, 2, 5])
  func order(threads: Int) throws {
    let squares = try Parallel.map(blocks: 50, threads: threads) { $0 * $0 }
    #expect(squares == (0..<50).map { $0 * $0 })
  }

  @Test("Of several errors that of the first block is thrown", arguments: [1, 2, 5])
  func firstError(threads: Int) {
    #expect(throws: Failure(block: 3)) {
      try Parallel.map(blocks: 20, threads: threads) { block in
        if block >= 3 { throw Failure(block: block) }
      }
    }
  }

  @Test("No blocks are no work")
  func noBlocks() throws {
    #expect(try Parallel.map(blocks: 0, threads: 2) { $0 }.isEmpty)
  }
}
