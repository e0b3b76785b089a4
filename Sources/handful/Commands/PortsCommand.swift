import ArgumentParser
import Foundation
import HardwareIO

/// `handful ports`: the serial adapters of this machine.
struct PortsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ports",
    abstract: "Lists serial adapters, and names what would keep a robot from being reached.")

  @OptionGroup var output: OutputOptions

  @Flag(help: "Print a udev rule that lets every user at this machine open the adapters found.")
  var udevRule = false

  func run() throws {
    let adapters = try SerialAdapters.list()
    if udevRule {
      print(SerialAdapters.udevRule(for: adapters))
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
}
