import Synchronization

/// A ring buffer of records of doubles between one producing and one consuming thread, without
/// locks: how samples leave the control thread.
///
/// Every record has the same number of doubles, ``stride``. Pushing and popping allocate nothing
/// and never wait; a push into a full ring is dropped and counted. Exactly one thread may push and
/// exactly one may pop at a time.
///
/// The two positions count records since the ring was made; each is written by one side only. A
/// release store publishes a record (or its slot) that the other side's acquire load sees whole.
public final class SampleRing: Sendable {
  /// The number of doubles of a record.
  public let stride: Int
  /// The number of records that fit.
  public let capacity: Int

  private nonisolated(unsafe) let storage: UnsafeMutablePointer<Double>
  private let mask: Int
  private let pushed = Atomic<Int>(0)
  private let popped = Atomic<Int>(0)
  private let droppedCount = Atomic<Int>(0)

  /// A ring for records of `stride` doubles.
  ///
  /// - Parameters:
  ///   - stride: The number of doubles of a record; positive.
  ///   - minimumCapacity: The number of records that must fit; rounded up to a power of two.
  public init(stride: Int, minimumCapacity: Int) {
    precondition(stride > 0 && minimumCapacity > 0, "a ring needs a stride and a capacity")
    self.stride = stride
    var capacity = 1
    while capacity < minimumCapacity { capacity *= 2 }
    self.capacity = capacity
    mask = capacity - 1
    storage = .allocate(capacity: stride * capacity)
    // Touches every page now, so that the control thread meets no page fault later.
    storage.initialize(repeating: 0, count: stride * capacity)
  }

  deinit { storage.deallocate() }

  /// The number of records that wait to be popped; a snapshot.
  public var count: Int {
    let popped = popped.load(ordering: .acquiring)
    return pushed.load(ordering: .acquiring) - popped
  }

  /// The number of records that were dropped because the ring was full.
  public var dropped: Int { droppedCount.load(ordering: .relaxed) }

  /// Copies a record in, unless the ring is full. Only the producing thread may call it.
  ///
  /// - Parameter record: ``stride`` doubles.
  /// - Returns: Whether it fitted; otherwise it counts as dropped.
  @discardableResult
  public func push(_ record: UnsafeBufferPointer<Double>) -> Bool {
    precondition(record.count == stride, "a record's length must be the ring's stride")
    guard let slot = slotForPush(), let source = record.baseAddress else { return false }
    slot.update(from: source, count: stride)
    finishPush()
    return true
  }

  /// Lets `fill` write a record in place, unless the ring is full. Only the producing thread may
  /// call it.
  ///
  /// - Parameter fill: Writes all ``stride`` doubles; called at most once.
  /// - Returns: Whether there was room; otherwise the record counts as dropped.
  @discardableResult
  public func push(_ fill: (UnsafeMutableBufferPointer<Double>) -> Void) -> Bool {
    guard let slot = slotForPush() else { return false }
    fill(UnsafeMutableBufferPointer(start: slot, count: stride))
    finishPush()
    return true
  }

  /// Copies the oldest record out. Only the consuming thread may call it.
  ///
  /// - Parameter record: Room for ``stride`` doubles.
  /// - Returns: Whether there was one.
  public func pop(into record: UnsafeMutableBufferPointer<Double>) -> Bool {
    precondition(record.count == stride, "a record's length must be the ring's stride")
    let position = popped.load(ordering: .relaxed)
    guard position != pushed.load(ordering: .acquiring), let target = record.baseAddress else {
      return false
    }
    target.update(from: storage + (position & mask) * stride, count: stride)
    popped.store(position + 1, ordering: .releasing)
    return true
  }

  private func slotForPush() -> UnsafeMutablePointer<Double>? {
    let position = pushed.load(ordering: .relaxed)
    guard position - popped.load(ordering: .acquiring) < capacity else {
      droppedCount.wrappingAdd(1, ordering: .relaxed)
      return nil
    }
    return storage + (position & mask) * stride
  }

  private func finishPush() {
    pushed.store(pushed.load(ordering: .relaxed) + 1, ordering: .releasing)
  }
}
