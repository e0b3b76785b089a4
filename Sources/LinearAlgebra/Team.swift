import Synchronization

/// Several processes that do one computation in step, each a share of its blocks, as MPI's ranks do.
///
/// All members run the same code on the same data; where work is cut into blocks, each takes some
/// and gets the others' results (``Parallel/rows(blocks:length:threads:team:about:_:)``). Since a
/// block's result depends on the block alone, what comes out is what one process would have found.
///
/// Members that no longer agree on what they compute (processors that round differently, another
/// version of the program) part: from then on ``exchange(_:about:)`` gives nil, and each does all
/// blocks itself.
public protocol Team: AnyObject, Sendable {
  /// This process's place among the members, from 0.
  var rank: Int { get }
  /// The number of members.
  var size: Int { get }
  /// Whether the first member had been asked to stop when the members last met; the same for all, so
  /// that they stop at the same place. Once they have parted, whether this one has been.
  var isStopping: Bool { get }

  /// Gives this member's numbers to all, and everyone's in the order of the ranks.
  ///
  /// - Parameters:
  ///   - numbers: What this member found; each may have another count.
  ///   - subject: What they are about; members that name another subject don't agree.
  /// - Returns: Nil when the members don't agree, now or before.
  func exchange(_ numbers: [Double], about subject: UInt64) -> [[Double]]?
}

extension Parallel {
  /// A row of numbers for each block, in the blocks' order, worked out on several threads and by
  /// several processes.
  ///
  /// - Parameters:
  ///   - blocks: How many blocks there are.
  ///   - length: How many numbers a block's row has.
  ///   - threads: The most threads that work at once in this process.
  ///   - team: The processes that share the work; nil for this one alone.
  ///   - inputs: What the blocks are worked out from, or enough of it to tell two computations
  ///     apart; only looked at with a team.
  ///   - body: The work of a block: its number, the number of the worker (below `threads`) that runs
  ///     it, and its row, zero before. It may write nowhere else but to the worker's scratch memory.
  /// - Returns: Rows of `length`, one after the other.
  public static func rows(
    blocks: Int, length: Int, threads: Int, team: (any Team)?, about inputs: () -> [UInt64],
    _ body:
      @Sendable (_ block: Int, _ worker: Int, _ row: UnsafeMutableBufferPointer<Double>) ->
      Void
  ) -> [Double] {
    var rows = Array(repeating: 0.0, count: blocks * length)
    func work(_ chosen: [Int]) {
      rows.withUnsafeMutableBufferPointer { rows in
        // Each block writes its own row.
        nonisolated(unsafe) let rows = rows
        forEach(blocks: chosen.count, threads: threads) { index, worker in
          let block = chosen[index]
          body(
            block, worker,
            UnsafeMutableBufferPointer(rebasing: rows[(block * length)..<((block + 1) * length)]))
        }
      }
    }
    guard let team, team.size > 1 else {
      work(Array(0..<blocks))
      return rows
    }
    let shares = (0..<team.size).map { Array(stride(from: $0, to: blocks, by: team.size)) }
    work(shares[team.rank])
    let mine = shares[team.rank].flatMap { rows[($0 * length)..<(($0 + 1) * length)] }
    let subject = fingerprint(of: [UInt64(blocks), UInt64(length)] + inputs())
    guard let found = team.exchange(mine, about: subject) else {
      work((0..<blocks).filter { $0 % team.size != team.rank })
      return rows
    }
    for (share, numbers) in zip(shares, found) {
      for (index, block) in share.enumerated() {
        for i in 0..<length { rows[block * length + i] = numbers[index * length + i] }
      }
    }
    return rows
  }

  /// A number that tells sequences of numbers apart.
  public static func fingerprint(of numbers: [UInt64]) -> UInt64 {
    var stream = RandomStream(seed: UInt64(numbers.count), path: numbers)
    return stream.next()
  }
}
