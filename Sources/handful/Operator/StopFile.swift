import Foundation
import Supervisor

/// A file whose appearance is the emergency stop: for a button on another machine, or a script.
enum StopFile {
  /// How often it is looked for; twice a period of a 100 Hz loop.
  private static let intervalMicroseconds: UInt32 = 5_000

  /// Refuses a file that is there already, or never can be.
  static func check(_ path: String) throws {
    if exists(path) {
      throw Failure.BadInput(
        message: "the stop file \(path) is there; remove it once the robot may move")
    }
    let folder = (path as NSString).deletingLastPathComponent
    var isDirectory: ObjCBool = false
    guard
      folder.isEmpty
        || FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory)
          && isDirectory.boolValue
    else {
      throw Failure.BadInput(
        message: "the stop file \(path) can't appear, as there is no folder \(folder); make it, or "
          + "name another file")
    }
  }

  /// Looks for the file on a thread of its own.
  static func watch(_ path: String, pressing stopSwitch: StopSwitch) {
    let thread = Thread {
      while !exists(path) { usleep(intervalMicroseconds) }
      stopSwitch.press(.emergencyStop)
      Console.shared.line("\nemergency stop: the file \(path) is there")
    }
    thread.name = "handful-stop-file"
    thread.start()
  }

  private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
