import CPlatform
import Glibc

/// A serial line, opened for this process alone: a USB adapter, a microcontroller's own USB port, or
/// a pseudo-terminal.
///
/// The line is raw (8 data bits, no parity, one stop bit, no flow control). Reading never waits;
/// ``waitForInput(timeoutNanoseconds:)`` and ``write(_:timeoutNanoseconds:)`` do, with a time-out.
/// None of the three allocates, so they may be used on the control thread. A port belongs to one
/// thread at a time.
public final class SerialPort {
  /// How a port is opened.
  public struct Options: Sendable, Equatable {
    /// The rate, in baud; any number that the adapter can make.
    public var baud: Int
    /// Whether to ask the driver to pass bytes on at once; a driver that can't is not an error.
    public var wantsLowLatency: Bool
    /// Whether to raise DTR and RTS; on most Arduinos raising DTR resets the microcontroller. Nil
    /// leaves them as the driver has them (Linux raises both when it opens a port).
    public var modemLines: Bool?

    /// Options from their parts.
    public init(baud: Int, wantsLowLatency: Bool = true, modemLines: Bool? = nil) {
      self.baud = baud
      self.wantsLowLatency = wantsLowLatency
      self.modemLines = modemLines
    }
  }

  /// What became of reading.
  public enum ReadOutcome: Sendable, Equatable {
    /// So many bytes came, at least one.
    case bytes(Int)
    /// There is nothing to read now.
    case nothing
    /// The port hung up; zero when the system gave no error number.
    case disconnected(errno: Int32)
  }

  /// What became of waiting for input.
  public enum WaitOutcome: Sendable, Equatable {
    /// There is something to read, or a hang-up to notice by reading.
    case ready
    /// Nothing came in time.
    case timeout
  }

  /// The device's path as it was asked for.
  public let path: String
  /// The rate that the driver settled on, in baud.
  public let baud: Int
  /// Whether the driver passes bytes on at once.
  public let isLowLatency: Bool
  /// Whether the port is a pseudo-terminal: a virtual robot.
  public let isPseudoTerminal: Bool
  /// What became of asking the adapter not to hold bytes back, where it is one that does (FTDI).
  public let latencyTimer: LatencyTimer.Outcome

  private var descriptor: Int32
  /// What stands in for the device in a simulation.
  private let line: (any SimulatedLine)?

  /// Opens a device raw and for this process alone, and throws away what was received before.
  ///
  /// - Throws: ``LinkError/noSuchPort(path:)``, ``LinkError/noPermission(path:group:)``,
  ///   ``LinkError/portBusy(path:holder:)`` with the process that has it, or
  ///   ``LinkError/cannotConfigure(path:reason:)``.
  public init(path: String, options: Options) throws(LinkError) {
    let descriptor = try SerialPort.openDevice(path)
    do throws(LinkError) {
      var status = stat()
      guard fstat(descriptor, &status) == 0, isatty(descriptor) == 1 else {
        throw .cannotConfigure(path: path, reason: "it is not a serial device")
      }
      isPseudoTerminal = platform_is_pseudo_terminal(UInt64(status.st_rdev)) != 0
      try SerialPort.claim(descriptor, path: path, isPseudoTerminal: isPseudoTerminal)

      guard options.baud > 0, let rate = UInt32(exactly: options.baud) else {
        throw .cannotConfigure(path: path, reason: "\(options.baud) baud is not a rate")
      }
      let rawResult = platform_serial_set_raw(descriptor, rate)
      guard rawResult == 0 else {
        throw .cannotConfigure(
          path: path, reason: "setting \(rate) baud failed: \(errorText(-rawResult))")
      }
      baud = Int(platform_serial_baud(descriptor))
      // A UART tolerates about 2 % between both ends; a driver further off took another rate.
      guard abs(baud - options.baud) * 50 <= options.baud else {
        throw .cannotConfigure(
          path: path, reason: "the adapter made \(baud) baud of the \(options.baud) asked for")
      }
      isLowLatency =
        options.wantsLowLatency && platform_serial_set_low_latency(descriptor) == 1
      latencyTimer =
        options.wantsLowLatency && !isPseudoTerminal
        ? LatencyTimer.shorten(portPath: path) : .absent
      if let modemLines = options.modemLines {
        _ = platform_serial_set_dtr(descriptor, modemLines ? 1 : 0)
        _ = platform_serial_set_rts(descriptor, modemLines ? 1 : 0)
      }
      _ = platform_serial_flush(descriptor, 1)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
    line = nil
  }

  /// A port that is no device: what is written goes to `line`, and what it has is read.
  package init(line: any SimulatedLine, path: String, baud: Int) {
    self.path = path
    self.baud = baud
    isLowLatency = true
    isPseudoTerminal = true
    latencyTimer = .absent
    descriptor = -1
    self.line = line
  }

  /// The clock that goes with the port: the system's.
  var clock: any HostClock { line?.clock ?? SystemClock() }

  /// What makes this process's hellos differ from another's that were sent at the same time.
  var sessionSalt: UInt32 { line?.sessionSalt ?? UInt32(bitPattern: getpid()) << 16 }

  deinit { close() }

  // MARK: - Bytes

  /// Reads what is there, without waiting.
  public func read(into buffer: UnsafeMutableRawBufferPointer) -> ReadOutcome {
    if let line { return line.read(into: buffer) }
    guard descriptor >= 0 else { return .disconnected(errno: EBADF) }
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count > 0 { return .bytes(count) }
      // With VMIN at 1 a terminal says EAGAIN when it has nothing, and 0 only after a hang-up.
      if count == 0 { return .disconnected(errno: 0) }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .nothing
      default: return .disconnected(errno: errno)
      }
    }
  }

  /// Waits until there is something to read.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait at most; zero only looks.
  public func waitForInput(timeoutNanoseconds: Int64) -> WaitOutcome {
    if let line { return line.waitForInput(timeoutNanoseconds: timeoutNanoseconds) }
    return wait(
      forOutput: false, until: MonotonicClock.nowNanoseconds() + max(timeoutNanoseconds, 0))
      ? .ready : .timeout
  }

  /// Writes all bytes, waiting for room where there is none.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait at most. After a time-out part of the bytes
  ///   may be on their way; the receiver's framing throws a part of a frame away.
  public func write(_ bytes: UnsafeRawBufferPointer, timeoutNanoseconds: Int64) -> SendOutcome {
    if let line { return line.write(bytes) }
    guard descriptor >= 0 else { return .disconnected(errno: EBADF) }
    guard let start = bytes.baseAddress else { return .sent }
    var written = 0
    var deadline: Int64 = 0
    while written < bytes.count {
      let count = Glibc.write(descriptor, start + written, bytes.count - written)
      if count >= 0 {
        written += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        if deadline == 0 { deadline = MonotonicClock.nowNanoseconds() + timeoutNanoseconds }
        guard wait(forOutput: true, until: deadline) else { return .timeout }
      default: return .disconnected(errno: errno)
      }
    }
    return .sent
  }

  /// Throws away what was received and not yet read.
  public func flushInput() {
    if let line { return line.flushInput() }
    guard descriptor >= 0 else { return }
    _ = platform_serial_flush(descriptor, 0)
  }

  private func wait(forOutput isOutput: Bool, until deadline: Int64) -> Bool {
    while true {
      let left = max(deadline - MonotonicClock.nowNanoseconds(), 0)
      let result = platform_wait_ready(descriptor, isOutput ? 1 : 0, left)
      if result != -EINTR { return result > 0 }
    }
  }

  // MARK: - Modem lines

  /// Raises or lowers DTR.
  ///
  /// - Returns: Whether the port has the line.
  @discardableResult
  public func setDTR(_ isOn: Bool) -> Bool {
    descriptor >= 0 && platform_serial_set_dtr(descriptor, isOn ? 1 : 0) == 1
  }

  /// Raises or lowers RTS.
  ///
  /// - Returns: Whether the port has the line.
  @discardableResult
  public func setRTS(_ isOn: Bool) -> Bool {
    descriptor >= 0 && platform_serial_set_rts(descriptor, isOn ? 1 : 0) == 1
  }

  // MARK: - Closing

  /// Whether the port is open.
  public var isOpen: Bool { line?.isOpen ?? (descriptor >= 0) }

  /// Closes the port and lets others have it; may be called again.
  public func close() {
    line?.close()
    guard descriptor >= 0 else { return }
    if !isPseudoTerminal { _ = platform_serial_set_exclusive(descriptor, 0) }
    Glibc.close(descriptor)
    descriptor = -1
  }
}

// MARK: - Opening

extension SerialPort {
  private static func openDevice(_ path: String) throws(LinkError) -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
      if descriptor >= 0 { return descriptor }
      switch errno {
      case EINTR: continue
      case ENOENT, ENXIO, ENODEV, ENOTDIR: throw .noSuchPort(path: path)
      case EACCES, EPERM: throw .noPermission(path: path, group: PortOwnership.group(of: path))
      case EBUSY: throw .portBusy(path: path, holder: PortOwnership.holder(of: path))
      default: throw .cannotConfigure(path: path, reason: "opening failed: \(errorText(errno))")
      }
    }
  }

  /// Makes the port this process's own.
  ///
  /// The advisory lock keeps other hosts like this one away, root's included. `TIOCEXCL` keeps every
  /// other program away, but not root's. Programs that opened the port earlier and took neither are
  /// found by looking; they would steal bytes. A pseudo-terminal gets the lock alone: its robot may
  /// hold the slave side open too, and then `TIOCEXCL` would outlive a host that was killed.
  private static func claim(
    _ descriptor: Int32, path: String, isPseudoTerminal: Bool
  ) throws(LinkError) {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw .portBusy(path: path, holder: PortOwnership.holder(of: path))
    }
    guard !isPseudoTerminal else { return }
    if let holder = PortOwnership.otherProcess(holding: path) {
      throw .portBusy(path: path, holder: holder)
    }
    let result = platform_serial_set_exclusive(descriptor, 1)
    guard result == 0 else {
      throw .cannotConfigure(
        path: path, reason: "taking it exclusively failed: \(errorText(-result))")
    }
  }
}
