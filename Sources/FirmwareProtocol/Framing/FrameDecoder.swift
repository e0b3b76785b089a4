#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Finds the frames in a stream of bytes, whatever its pieces, and gives the payload of each whose
/// checksum is right.
///
///     let decoder = FrameDecoder()
///     decoder.feed(bytes) { payload in
///       if let state = StateView(payload: payload) { ... }
///     }
///
/// Everything it needs is allocated when it is made; feeding it allocates nothing. After any garbage
/// it is back in step at the next 0x00, so at most the one frame that the garbage touches is lost.
/// It does no input or output, and belongs to one thread.
public final class FrameDecoder {
  /// The greatest number of bytes of a frame, closing 0x00 included; longer ones are dropped.
  public let maximumFrameBytes: Int
  /// Counts the frames whose payload was given out.
  public private(set) var framesAccepted = 0
  /// Counts the runs of bytes up to a 0x00 that were no frame: wrong checksum, wrong stuffing, too
  /// short or too long. A 0x00 alone is no frame and counts for nothing.
  public private(set) var framesRejected = 0
  /// Counts the bytes of rejected frames, their closing 0x00 included.
  public private(set) var bytesDiscarded = 0

  /// The start of a frame whose end has not come yet.
  private let pending: UnsafeMutableRawPointer
  private var pendingBytes = 0
  /// The content of the frame at hand, unstuffed.
  private let content: UnsafeMutableRawPointer
  /// Whether the frame at hand is too long: its bytes are dropped until its 0x00.
  private var isDropping = false

  /// A decoder at the start of a stream.
  ///
  /// - Parameter maximumFrameBytes: The greatest number of bytes of a frame to accept, closing 0x00
  ///   included.
  public init(maximumFrameBytes: Int = ProtocolLimits.maximumFrameBytes) {
    precondition(maximumFrameBytes >= 7, "the smallest frame has 7 bytes")
    self.maximumFrameBytes = maximumFrameBytes
    pending = .allocate(byteCount: maximumFrameBytes, alignment: 16)
    content = .allocate(byteCount: maximumFrameBytes, alignment: 16)
    Checksum.prepare()
  }

  deinit {
    pending.deallocate()
    content.deallocate()
  }

  /// Takes the next bytes of the stream, and gives each payload that they complete.
  ///
  /// - Parameters:
  ///   - bytes: Any number of bytes, cut anywhere.
  ///   - onFrame: Called with each payload, in order: type byte and body, without the checksum. The
  ///     memory is valid during the call only. It must not feed this decoder.
  public func feed(
    _ bytes: UnsafeRawBufferPointer, onFrame: (UnsafeRawBufferPointer) -> Void
  ) {
    guard var cursor = bytes.baseAddress else { return }
    let end = cursor + bytes.count
    while cursor < end {
      guard let found = memchr(cursor, 0, end - cursor) else {
        keep(cursor, count: end - cursor)
        return
      }
      let zero = UnsafeRawPointer(found)
      let count = zero - cursor
      if isDropping {
        bytesDiscarded += count + 1
        isDropping = false
      } else if pendingBytes + count >= maximumFrameBytes {
        reject(bytes: pendingBytes + count + 1)
      } else if pendingBytes > 0 {
        memcpy(pending + pendingBytes, cursor, count)
        finish(UnsafeRawPointer(pending), count: pendingBytes + count, onFrame)
      } else if count > 0 {
        finish(cursor, count: count, onFrame)
      }
      pendingBytes = 0
      cursor = zero + 1
    }
  }

  /// Forgets a frame begun, as when the port is opened anew; the counts stay.
  public func reset() {
    bytesDiscarded += pendingBytes
    pendingBytes = 0
    isDropping = false
  }

  /// Keeps bytes that no 0x00 ends yet.
  private func keep(_ start: UnsafeRawPointer, count: Int) {
    if isDropping {
      bytesDiscarded += count
    } else if pendingBytes + count >= maximumFrameBytes {
      reject(bytes: pendingBytes + count)
      pendingBytes = 0
      isDropping = true
    } else {
      memcpy(pending + pendingBytes, start, count)
      pendingBytes += count
    }
  }

  private func reject(bytes: Int) {
    framesRejected += 1
    bytesDiscarded += bytes
  }

  /// Gives out the payload of a frame without its 0x00, or rejects it.
  @inline(__always)
  private func finish(
    _ start: UnsafeRawPointer, count: Int, _ onFrame: (UnsafeRawBufferPointer) -> Void
  ) {
    guard let contentBytes = ByteStuffing.unstuff(start, count: count, into: content),
      contentBytes > ProtocolLimits.checksumBytes
    else {
      reject(bytes: count + 1)
      return
    }
    let payloadBytes = contentBytes - ProtocolLimits.checksumBytes
    let expected = (content + payloadBytes).loadUnaligned(as: UInt32.self)
    if Checksum.crc32c(content, count: payloadBytes) != UInt32(littleEndian: expected) {
      reject(bytes: count + 1)
      return
    }
    framesAccepted += 1
    onFrame(UnsafeRawBufferPointer(start: content, count: payloadBytes))
  }
}
