import ArgumentParser
import Foundation
import HardwareIO

/// `handful ports`: the serial adapters of this machine.
struct PortsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ports",
    abstract: "Lists serial adapters, and names what would keep a robot from being reached.")

  @OptionGroup var output: OutputOptions

  @Flag(help: "Print a udev rule that lets you use these adapters without root.")
  var udevRule = false

  @Flag(help: "Go on and tell when an adapter is plugged in or out, until interrupted.")
  var watch = false

  func validate() throws {
    guard !(udevRule && (watch || output.json)) else {
      throw ValidationError("--udev-rule prints a file; leave out --watch and --json.")
    }
  }

  func run() throws {
    // Listening begins before looking, so that nothing that comes in between is missed.
    let monitor = watch ? AdapterMonitor() : nil
    let adapters = SerialAdapters.list()
    if udevRule {
      print(UDevRule.text(for: adapters), terminator: "")
      return
    }
    if watch {
      try watch(monitor, adapters)
      return
    }
    if output.json {
      try JSONOutput.write(adapters)
      return
    }
    if adapters.isEmpty {
      print("no serial adapter found; plug one in, or try a virtual robot with --port sim")
    }
    for adapter in adapters { print(adapter.paragraph) }
  }

  /// Something that happened to an adapter, as `--watch --json` tells it.
  private struct Event: Encodable {
    var event: String
    var path: String
    var adapter: SerialAdapter?
  }

  private func watch(_ monitor: AdapterMonitor?, _ adapters: [SerialAdapter]) throws {
    for adapter in adapters { try tell(Event(event: "present", path: adapter.path), adapter) }
    guard let monitor else {
      throw Failure.BadInput(
        message: "udev can't be listened to here, as in some containers; run 'handful ports' again "
          + "after plugging.")
    }
    while true {
      switch monitor.waitForChange(timeoutNanoseconds: 3_600_000_000_000) {
      case .arrived(let path):
        let adapter = SerialAdapters.list().first { $0.path == path }
        try tell(Event(event: "arrived", path: path), adapter)
      case .left(let path): try tell(Event(event: "left", path: path), nil)
      case nil: continue
      }
    }
  }

  private func tell(_ event: Event, _ adapter: SerialAdapter?) throws {
    guard !output.json else {
      var event = event
      event.adapter = adapter
      try JSONOutput.writeLine(event)
      return
    }
    print(adapter.map { "\(event.event)  \($0.paragraph)" } ?? "\(event.event)  \(event.path)")
    fflush(nil)
  }
}

extension SerialAdapter {
  /// The adapter for a person: what it is, then each problem with its remedy.
  fileprivate var paragraph: String {
    let names = [vendorName, productName].compactMap { $0 }.joined(separator: " ")
    var line = path + (names.isEmpty ? "" : "  \(names)")
    if let vendorID, let productID { line += "  \(vendorID):\(productID)" }
    if let serialNumber { line += "  serial \(serialNumber)" }
    if let driver { line += "  driver \(driver)" }
    var lines = [line]
    if let stablePath { lines.append("  always at \(stablePath)") }
    if let holder { lines.append("  in use by \(holder)") }
    for problem in problems {
      lines.append("  \(problem.message)")
      lines.append("    \(problem.remedy)")
    }
    if problems.isEmpty { lines.append("  ready") }
    return lines.joined(separator: "\n")
  }
}
