import Dispatch
import Synchronization

/// Work cut into blocks that are fixed beforehand, spread over threads.
///
/// Which thread takes which block is left to chance; so that results aren't, a block must write only
/// to its own place, and whatever is summed over blocks is summed afterwards, in their order:
///
///     Parallel.forEach(blocks: outputs, threads: 2) { output, worker in
///       results[output] = fit(output, scratch[worker])
///     }
public enum Parallel {
  /// Calls `body` once for every block, and returns when all have returned.
  ///
  /// - Parameters:
  ///   - blocks: How many blocks there are.
  ///   - threads: The most threads that work at once; 1 runs the blocks in order on this one.
  ///   - body: The work of a block: its number, and the number of the worker (below `threads`) that
  ///     runs it. No two blocks run on one worker at once, so it may index scratch memory.
  public static func forEach(
    blocks: Int, threads: Int, _ body: @Sendable (_ block: Int, _ worker: Int) -> Void
  ) {
    let workers = min(blocks, threads)
    guard workers > 1 else {
      for block in 0..<blocks { body(block, 0) }
      return
    }
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      while true {
        let block = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard block < blocks else { return }
        body(block, worker)
      }
    }
  }

  /// The results of `body` for every block, in the blocks' order.
  ///
  /// - Throws: The error of the first block, in their order, that threw one.
  public static func map<Result: Sendable>(
    blocks: Int, threads: Int, _ body: @Sendable (_ block: Int) throws -> Result
  ) throws -> [Result] {
    let results = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: blocks))
    forEach(blocks: blocks, threads: threads) { block, _ in
      let result = Swift.Result { try body(block) }
      results.withLock { $0[block] = result }
    }
    return try results.withLock { $0 }.compactMap { try $0?.get() }
  }
}
