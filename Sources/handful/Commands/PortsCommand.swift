import ArgumentParser
import Foundation
import HardwareIO

/// `handful ports`: the serial adapters of this machine.
struct PortsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ports",
    abstract: "Lists serial adapters, and names what would keep a robot from being reached.")

  @OptionGroup var output: OutputOptions

  func run() throws {
    let adapters = SerialAdapters.list()
    if output.json {
      try JSONOutput.write(adapters)
      return
    }
    if adapters.isEmpty {
      print("no serial adapter found; plug one in, or try a virtual robot with --port sim")
    }
    for adapter in adapters { print(adapter.paragraph) }
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
