import Foundation
import HardwareIO
import Robotics

/// The adapter that a robot hangs on, before and after the port is opened.
enum PortExamination {
  /// The adapter behind a path, links followed; nil for a pseudo-terminal and the like.
  static func adapter(at path: String) -> SerialAdapter? {
    let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    return SerialAdapters.list().first { $0.path == resolved }
  }

  /// What an open port is like, with the problems that udev knows of.
  ///
  /// - Parameter adapter: The adapter as it was before the port was opened.
  static func finding(port: SerialPort?, path: String, adapter: SerialAdapter?) -> Finding {
    var measurements: [String: Double] = [:]
    var sentences: [String] = []
    var remedies: [String] = []
    if let port {
      measurements["baud"] = Double(port.baud)
      if port.isPseudoTerminal {
        sentences.append("\(path) is a pseudo-terminal: a virtual robot, not a wire.")
      } else {
        sentences.append(
          "\(path) is open at \(port.baud) baud"
            + (port.isLowLatency ? ", passing bytes on at once." : "."))
      }
      switch port.latencyTimer {
      case .absent: break
      case .short: sentences.append("Its latency timer is at 1 ms.")
      case .shortened(let before):
        sentences.append("Its latency timer was at \(before) ms and is at 1 ms now.")
      case .refused(let milliseconds, let reason):
        measurements["latencyTimerMilliseconds"] = Double(milliseconds)
        sentences.append(
          "Its latency timer stays at \(milliseconds) ms, since setting 1 ms failed (\(reason)): "
            + "samples come in lumps.")
        remedies.append(
          "Install the udev rule, which sets it at plugging: 'handful ports --udev-rule | sudo tee "
            + "/etc/udev/rules.d/70-handful.rules'.")
      }
    } else {
      sentences.append("\(path) is open.")
    }
    // The port is open and its timer was dealt with, so what is left is what others do to it.
    for problem in adapter?.problems ?? [] where problem.kind == .modemManager {
      sentences.append(problem.message)
      remedies.append(problem.remedy)
    }
    return Finding(
      .port, remedies.isEmpty ? .healthy : .warning, sentences.joined(separator: " "),
      remedy: remedies.isEmpty ? nil : remedies.joined(separator: " "), measurements: measurements)
  }

  /// Why a port could not be opened.
  static func finding(failure: LinkError, adapter: SerialAdapter?) -> Finding {
    Finding(
      .port, .failed, "\(failure)", remedy: adapter?.problems.first { $0.kind != .latency }?.remedy)
  }
}
