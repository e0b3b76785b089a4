/// What stands in for a serial device in a simulation: the port above it runs as on a real line,
/// with every system call answered here, in the simulation's time.
package protocol SimulatedLine: AnyObject {
  /// The simulation's clock.
  var clock: any HostClock { get }
  /// Stands for what tells one process's sessions from another's.
  var sessionSalt: UInt32 { get }
  /// Whether the host has the line open.
  var isOpen: Bool { get }

  /// Reads what is there, without waiting.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> SerialPort.ReadOutcome
  /// Lets time go on until there is something to read.
  func waitForInput(timeoutNanoseconds: Int64) -> SerialPort.WaitOutcome
  /// Takes all bytes.
  func write(_ bytes: UnsafeRawBufferPointer) -> SendOutcome
  /// Throws away what was received and not yet read.
  func flushInput()
  /// Closes the line.
  func close()
}
