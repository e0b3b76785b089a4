import Foundation
import LinearAlgebra
import Synchronization

/// Members of a team that are threads of one process, as a stand-in for processes of several hosts.
final class ThreadTeam: Sendable {
  /// A member, to be used by one thread.
  final class Member: Team {
    let rank: Int
    private let team: ThreadTeam
    let size: Int
    let isStopping = false

    fileprivate init(rank: Int, team: ThreadTeam) {
      self.rank = rank
      self.team = team
      size = team.size
    }

    func exchange(_ numbers: [Double], about subject: UInt64) -> [[Double]]? {
      team.exchange(numbers, about: subject, rank: rank)
    }
  }

  let size: Int
  private let condition = NSCondition()
  nonisolated(unsafe) private var waiting: [(subject: UInt64, numbers: [Double])?]
  nonisolated(unsafe) private var found: [[Double]]? = []
  nonisolated(unsafe) private var meeting = 0
  nonisolated(unsafe) private var parted = false

  init(size: Int) {
    self.size = size
    waiting = Array(repeating: nil, count: size)
  }

  /// How often all members met.
  var meetings: Int { condition.withLock { meeting } }
  /// Whether the members disagreed.
  var hasParted: Bool { condition.withLock { parted } }

  /// Runs `body` for every member, each on a thread of its own, and waits for all.
  ///
  /// - Returns: What each gave, by rank.
  func run<Result: Sendable>(_ body: @escaping @Sendable (Member) throws -> Result) throws
    -> [Result]
  {
    // Members wait for each other, so each needs a thread of its own whatever the processors.
    let results = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: size))
    let ended = DispatchGroup()
    for rank in 0..<size {
      ended.enter()
      Thread {
        let result = Swift.Result { try body(Member(rank: rank, team: self)) }
        results.withLock { $0[rank] = result }
        ended.leave()
      }.start()
    }
    ended.wait()
    return try results.withLock { $0 }.compactMap { try $0?.get() }
  }

  private func exchange(_ numbers: [Double], about subject: UInt64, rank: Int) -> [[Double]]? {
    condition.withLock {
      guard !parted else { return nil }
      let mine = meeting
      waiting[rank] = (subject, numbers)
      if waiting.allSatisfy({ $0 != nil }) {
        let all = waiting.compactMap { $0 }
        parted = all.contains { $0.subject != all[0].subject }
        found = parted ? nil : all.map(\.numbers)
        waiting = Array(repeating: nil, count: size)
        meeting += 1
        condition.broadcast()
      }
      while meeting == mine { condition.wait() }
      return found
    }
  }
}
