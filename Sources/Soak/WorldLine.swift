import HardwareIO

/// The serial device of one session of a host in a simulated world.
final class WorldLine: SimulatedLine {
  private let world: SimulatedWorld
  private(set) var isOpen = true
  let sessionSalt: UInt32

  init(world: SimulatedWorld, sessionSalt: UInt32) {
    self.world = world
    self.sessionSalt = sessionSalt
  }

  var clock: any HostClock { world }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> SerialPort.ReadOutcome {
    isOpen ? world.hostRead(into: buffer) : .disconnected(errno: 9)
  }

  func waitForInput(timeoutNanoseconds: Int64) -> SerialPort.WaitOutcome {
    isOpen ? world.hostWait(nanoseconds: timeoutNanoseconds) : .ready
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
    isOpen ? world.hostWrite(bytes) : .disconnected(errno: 9)
  }

  func flushInput() { if isOpen { world.hostFlush() } }

  func close() { isOpen = false }
}
