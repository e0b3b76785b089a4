/// What can go wrong between finding a port and a checked robot. Each `description` says what was
/// found, what was expected, and what to do.
public enum LinkError: Error, Sendable, Equatable {
  /// There is no such device.
  case noSuchPort(path: String)
  /// No adapter is there to choose; `wanted` is a serial number when one was asked for.
  case noAdapter(wanted: String?)
  /// More than one adapter could be meant.
  case severalAdapters(paths: [String])
  /// The port is there but this user may not open it.
  case noPermission(path: String, group: String)
  /// Another process has the port.
  case portBusy(path: String, holder: String)
  /// The port can't be set up as a serial line.
  case cannotConfigure(path: String, reason: String)
  /// No hello came; bytes that made no hello point to a wrong rate.
  case noHello(path: String, baud: Int, waitedSeconds: Double, bytesReceived: Int)
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
  /// The robot gave no answer to a message after its hello.
  case noAnswer(what: String, waitedSeconds: Double)
  /// The port hung up.
  case disconnected(path: String)
}

extension LinkError: CustomStringConvertible {
  /// A sentence or two: what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .noSuchPort(let path):
      "There is no device \(path). Plug the robot in and look with 'handful ports', or use "
        + "'--port auto'."
    case .noAdapter(nil):
      "No serial adapter is plugged in. Connect the robot's USB cable (a cable that carries data, "
        + "not only power), or use '--port sim' for a virtual robot."
    case .noAdapter(let wanted?):
      "No serial adapter with the serial number \(wanted) is plugged in. Connect it, or look for "
        + "another with 'handful ports'."
    case .severalAdapters(let paths):
      "\(paths.count) serial adapters could be the robot: \(paths.joined(separator: ", ")). Name "
        + "one with '--port', by its path or its serial number."
    case .noPermission(let path, let group):
      "You may not open \(path), which belongs to the group \(group). Join that group with 'sudo "
        + "usermod -a -G \(group) $USER' and log in again, or install the udev rule that 'handful "
        + "ports' prints."
    case .portBusy(let path, let holder):
      "\(path) is in use by \(holder). Close that program, then try again; only one may talk to a "
        + "robot."
    case .cannotConfigure(let path, let reason):
      "\(path) can't be set up as a serial line: \(reason). Check 'baud' in the robot file and "
        + "that the path is a serial device."
    case .noHello(let path, let baud, let waited, let bytes) where bytes > 0:
      "\(bytes) bytes came on \(path) at \(baud) baud within \(seconds(waited)), but no hello of a "
        + "robot. The rate is probably not the firmware's: try another 'baud' in the robot file "
        + "(9600, 57600, 115200, 230400, 460800, 500000, 1000000 are usual), or check that this is "
        + "the robot's port ('handful ports')."
    case .noHello(let path, let baud, let waited, _):
      "No robot answered on \(path) at \(baud) baud within \(seconds(waited)). Check that 'baud' in "
        + "the robot file is the firmware's, that the firmware is flashed and powered, and that "
        + "this is the robot's port ('handful ports')."
    case .wrongProtocolVersion(let expected, let found):
      "The robot's firmware speaks version \(found) of the protocol, this program version "
        + "\(expected). Flash the firmware that belongs to this version of the program."
    case .wrongRobot(let expected, let found):
      "The robot calls itself '\(found)', the robot file is for '\(expected)'. Use the robot file "
        + "of '\(found)', or plug in the other robot."
    case .descriptorMismatch(let what, let expected, let found):
      "The robot and its file differ in \(what): the file says \(expected), the firmware says "
        + "\(found). Correct the file, or flash the firmware made for it."
    case .notDisarmed(let mode):
      "The robot's actuators can't be verified to be off: it says that it is \(mode). Switch its "
        + "motor supply off and on again, release its stop button, and try again."
    case .limitsNotAccepted(let what, let written, let readBack):
      "The firmware enforces another \(what) than the robot file's: written \(written), read back "
        + "\(readBack). Lower the limit in the file to what the firmware can enforce."
    case .refused(let what, let reason):
      "The robot refused \(what): \(reason)."
    case .noAnswer(let what, let waited):
      "The robot gave no answer to \(what) within \(seconds(waited)). Check the cable and the "
        + "robot's supply, and try again."
    case .disconnected(let path):
      "\(path) hung up: the cable was unplugged or the robot lost its supply. Plug it in again."
    }
  }

  private func seconds(_ value: Double) -> String {
    "\((value * 100).rounded() / 100) s"
  }
}
