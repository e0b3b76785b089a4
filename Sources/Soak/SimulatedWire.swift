import LinearAlgebra

/// One direction of a serial line: bytes arrive after a delay, in order, unless a fault says otherwise.
struct SimulatedWire {
  struct Chunk {
    var arrival: Int64
    var bytes: [UInt8]
  }

  /// The probability that a byte is changed.
  var noise = 0.0
  /// The probability that a byte is lost.
  var loss = 0.0
  /// The probability that what is written at once arrives twice.
  var duplication = 0.0
  /// The probability that what is written at once arrives after what is written next.
  var reordering = 0.0
  /// Whether delays are many times as long as usual.
  var isSlow = false
  /// Until when everything that is sent is lost, in the host's clock.
  var silentUntil: Int64 = 0
  /// The longest that bytes can be under way.
  var longestDelayNanoseconds: Int64 { Int64(latency * 13) + Self.longestHold }

  private let latency: Double
  private var random: RandomStream
  private var queue: [Chunk] = []
  private var head = 0
  private var lastArrival: Int64 = 0
  private var held: Chunk?

  /// How long a chunk that shall arrive after the next one waits for it.
  private static let longestHold: Int64 = 15_000_000
  /// What the receiver's system keeps for a host that does not read.
  private static let bufferBytes = 4096

  init(latencyNanoseconds: Double, seed: UInt64, direction: UInt64) {
    latency = latencyNanoseconds
    random = RandomStream(seed: seed, path: [0x3173, direction])
  }

  mutating func send(_ bytes: [UInt8], at now: Int64) {
    guard !bytes.isEmpty, now >= silentUntil else { return }
    var bytes = bytes
    if noise > 0 || loss > 0 { bytes = damaged(bytes) }
    let factor = isSlow ? random.nextUniform(in: 2, 12) : random.nextUniform(in: 1, 1.3)
    lastArrival = max(lastArrival, now + Int64(latency * factor))
    let chunk = Chunk(arrival: lastArrival, bytes: bytes)
    if reordering > 0, held == nil, random.nextUniform() < reordering {
      held = chunk
      return
    }
    queue.append(chunk)
    if duplication > 0, random.nextUniform() < duplication { queue.append(chunk) }
    release(at: now)
  }

  /// The next chunk that has arrived, in the robot's hands.
  mutating func next(by now: Int64) -> Chunk? {
    releaseLate(by: now)
    guard head < queue.count, queue[head].arrival <= now else { return nil }
    defer { pop() }
    return queue[head]
  }

  /// When the next bytes arrive, if any are under way.
  var nextArrival: Int64? {
    if head < queue.count { return queue[head].arrival }
    return held.map { $0.arrival + Self.longestHold }
  }

  /// Reads what has arrived.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer, by now: Int64) -> Int {
    releaseLate(by: now)
    dropOverflow(by: now)
    var count = 0
    while count < buffer.count, head < queue.count, queue[head].arrival <= now {
      let bytes = queue[head].bytes
      let part = min(bytes.count, buffer.count - count)
      for i in 0..<part { buffer[count + i] = bytes[i] }
      count += part
      if part < bytes.count {
        queue[head].bytes.removeFirst(part)
      } else {
        pop()
      }
    }
    return count
  }

  mutating func discard(by now: Int64) {
    while head < queue.count, queue[head].arrival <= now { pop() }
  }

  /// A new cable: nothing is under way, and nothing is wrong with it.
  mutating func renew() {
    clear()
    (noise, loss, duplication, reordering) = (0, 0, 0, 0)
    isSlow = false
    silentUntil = 0
  }

  mutating func clear() {
    queue.removeAll(keepingCapacity: true)
    head = 0
    held = nil
  }

  private mutating func pop() {
    head += 1
    if head == queue.count {
      queue.removeAll(keepingCapacity: true)
      head = 0
    }
  }

  private mutating func release(at now: Int64) {
    guard var chunk = held else { return }
    held = nil
    chunk.arrival = lastArrival
    queue.append(chunk)
  }

  private mutating func releaseLate(by now: Int64) {
    guard let chunk = held, chunk.arrival + Self.longestHold <= now else { return }
    lastArrival = max(lastArrival, chunk.arrival + Self.longestHold)
    release(at: now)
  }

  private mutating func dropOverflow(by now: Int64) {
    var waiting = 0
    for index in head..<queue.count where queue[index].arrival <= now {
      waiting += queue[index].bytes.count
      if waiting > Self.bufferBytes { queue[index].bytes = [] }
    }
  }

  private mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    bytes.compactMap { byte in
      let chance = random.nextUniform()
      if chance < loss { return nil }
      if chance < loss + noise { return byte ^ UInt8(1 + random.nextUniform() * 254.999) }
      return byte
    }
  }
}
