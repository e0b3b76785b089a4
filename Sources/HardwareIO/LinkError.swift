/// What can go wrong between opening a port and a checked robot.
public enum LinkError: Error, Sendable, Equatable {
  /// There is no such device.
  case noSuchPort(path: String)
  /// The port is there but this user may not open it.
  case noPermission(path: String, group: String)
  /// Another process has the port.
  case portBusy(path: String, holder: String)
  /// The port can't be set up as a serial line.
  case cannotConfigure(path: String, reason: String)
  /// No hello came.
  case noHello(path: String, baud: Int, waitedSeconds: Double)
  /// The firmware speaks another version of the protocol.
  case wrongProtocolVersion(expected: Int, found: Int)
  /// The firmware belongs to another robot than the description.
  case wrongRobot(expected: String, found: String)
  /// The firmware's descriptor and the description differ.
  case descriptorMismatch(what: String, expected: String, found: String)
  /// The actuators can't be verified to be off.
  case notDisarmed(mode: String)
  /// The limits read back differ from those written.
  case limitsNotAccepted(what: String, written: String, readBack: String)
  /// The robot refused a message.
  case refused(what: String, reason: String)
  /// The port hung up.
  case disconnected(path: String)
}
