import CMPI
import Foundation
import LinearAlgebra
import Synchronization

/// The processes of an `mpirun`, as a team: `mpirun -n 4 handful run …`.
///
/// The first of them has the robot, the store and the terminal; the others wait, without using the
/// processor, for what it gives them to learn. All calls come from the thread that joined.
public final class MPITeam: Team {
  /// This process's place, from 0.
  public let rank: Int
  /// The number of processes.
  public let size: Int
  private let stops: @Sendable () -> Bool
  private let state = Mutex(State())

  private struct State {
    var meetings: UInt64 = 0
    var isStopping = false
    var hasParted = false
    var hasLeft = false
  }

  /// What each member brings to a meeting before the numbers themselves.
  private struct Greeting {
    var meeting: UInt64
    var subject: UInt64
    var count: UInt64
    var isStopping: UInt64
  }

  /// Whether this process is one of several that `mpirun` started.
  public static var isPresent: Bool {
    (ProcessInfo.processInfo.environment[sizeVariable].flatMap(Int.init) ?? 1) > 1
  }

  /// Open MPI's own variables.
  private static let sizeVariable = "OMPI_COMM_WORLD_SIZE"
  private static let rankVariable = "OMPI_COMM_WORLD_RANK"

  /// This process's place among those that `mpirun` started, before it joins them; 0 alone.
  public static var rankBeforeJoining: Int {
    ProcessInfo.processInfo.environment[rankVariable].flatMap(Int.init) ?? 0
  }

  /// Joins the others.
  ///
  /// - Parameter stops: Whether the operator asked to stop; what the first member says counts.
  /// - Throws: ``ExperimentError/noMPI(reason:)`` when Open MPI's library can't be loaded.
  public init(stops: @escaping @Sendable () -> Bool) throws(ExperimentError) {
    var (rank, size): (Int32, Int32) = (0, 1)
    var why = [CChar](repeating: 0, count: 512)
    guard mpi_join(&rank, &size, &why, why.count) == 0 else {
      let end = why.firstIndex(of: 0) ?? why.count
      throw .noMPI(
        reason: String(decoding: why[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    self.rank = Int(rank)
    self.size = Int(size)
    self.stops = stops
    // What this process starts (the virtual robot, say) is not a member.
    unsetenv(Self.sizeVariable)
    unsetenv(Self.rankVariable)
  }

  /// Leaves; does nothing the second time.
  public func leave() {
    let isFirst = state.withLock { state in
      defer { state.hasLeft = true }
      return !state.hasLeft
    }
    if isFirst { _ = mpi_leave() }
  }

  /// Whether the members no longer agreed, and each does everything itself.
  public var hasParted: Bool { state.withLock(\.hasParted) }

  /// Whether the first process had been asked to stop when all last met; on its own, whether this one
  /// has been.
  public var isStopping: Bool {
    let (agreed, parted) = state.withLock { ($0.isStopping, $0.hasParted) }
    return parted ? stops() : agreed
  }

  /// Gives numbers to all and gets everyone's, by rank; nil when the processes don't agree on their
  /// subject, or an exchange failed, now or before.
  public func exchange(_ numbers: [Double], about subject: UInt64) -> [[Double]]? {
    guard !hasParted else { return nil }
    var greeting = Greeting(
      meeting: state.withLock { $0.meetings }, subject: subject, count: UInt64(numbers.count),
      isStopping: rank == 0 && stops() ? 1 : 0)
    var greetings = Array(repeating: greeting, count: size)
    let length = Int32(MemoryLayout<Greeting>.size)
    let failed = mpi_gather_equal(&greeting, length, &greetings) != 0
    let agrees = greetings.allSatisfy {
      $0.meeting == greeting.meeting && $0.subject == greeting.subject
    }
    state.withLock {
      $0.meetings += 1
      $0.isStopping = greetings[0].isStopping != 0
      $0.hasParted = failed || !agrees
    }
    guard !failed && agrees else { return nil }
    let counts = greetings.map { Int($0.count) }
    let width = MemoryLayout<Double>.size
    var everyone = Array(repeating: 0.0, count: counts.reduce(0, +))
    var (offset, offsets): (Int, [Int]) = (0, [])
    for count in counts {
      offsets.append(offset)
      offset += count
    }
    let gathered = mpi_gather(
      numbers, Int32(numbers.count * width), &everyone, counts.map { Int32($0 * width) },
      offsets.map { Int32($0 * width) })
    guard gathered == 0 else {
      state.withLock { $0.hasParted = true }
      return nil
    }
    return zip(offsets, counts).map { Array(everyone[$0..<($0 + $1)]) }
  }

  // MARK: - What the first member gives the others

  /// Sends bytes to all others.
  func announce(_ data: Data) {
    for other in 1..<max(1, size) {
      _ = data.withUnsafeBytes { mpi_send(Int32(other), $0.baseAddress, Int32($0.count)) }
    }
  }

  /// Waits for what the first member announces, looking every 5 ms: a trial takes seconds, in which
  /// MPI's own waiting would keep a core busy.
  func nextAnnouncement() -> Data {
    while true {
      let count = mpi_waiting_bytes()
      if count >= 0 {
        var data = Data(count: Int(count))
        _ = data.withUnsafeMutableBytes { mpi_receive($0.baseAddress, count) }
        return data
      }
      usleep(5000)
    }
  }
}
