import Foundation
import Testing

/// A microcontroller that the pendulum's firmware is compiled for.
enum Board: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case atmega2560
  case mps2AN385 = "mps2-an385"

  var testDescription: String { rawValue }

  /// The package's folder.
  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static let firmware = package.appendingPathComponent("firmware-protocol/firmware")

  /// The script that runs its image.
  static let script = firmware.appendingPathComponent("emulator/run").path

  /// Whether images and emulators are there.
  static let areAvailable: Bool = {
    let files = FileManager.default
    let images = [
      "bench-atmega2560", "pendulum-atmega2560.elf", "pendulum-mps2-an385.elf",
    ].allSatisfy { files.fileExists(atPath: firmware.appendingPathComponent("build/\($0)").path) }
    return images && files.isExecutableFile(atPath: "/usr/bin/qemu-system-arm")
  }()

  /// How late the firmware may do what is due, by its own clock, in microseconds.
  ///
  /// The ATmega2560's time is counted in its cycles. QEMU's goes on while QEMU is held up by what
  /// else the machine does, so that firmware in it is late through no fault of its own.
  var lateness: Int { self == .atmega2560 ? 1000 : 20_000 }

  /// How long the board's own watchdog waits before it cuts the motor, in microseconds.
  var hangLimit: Int { self == .atmega2560 ? 70_000 : 300_000 }
}

/// An image that runs in its emulator, with the bench's letters and events.
final class Emulator {
  /// The pseudo-terminal that is the board's serial line.
  let port: String
  private let process = Process()
  private let letters = Pipe()
  private let output = Pipe()
  private let lines = Lines()

  /// Starts an image.
  init(_ board: Board) throws {
    process.executableURL = URL(fileURLWithPath: Board.script)
    process.arguments = [board.rawValue]
    process.standardInput = letters
    process.standardOutput = output
    process.standardError = FileHandle.standardError
    let lines = lines
    output.fileHandleForReading.readabilityHandler = { lines.append($0.availableData) }
    try process.run()
    let deadline = Date().addingTimeInterval(10)
    var found: String?
    while found == nil && Date() < deadline {
      found = lines.all.lazy.compactMap { Emulator.port(in: $0) }.first
      usleep(5000)
    }
    guard let found else { throw NoPort(output: lines.all) }
    port = found
    _ = waitForEvent("start")
  }

  deinit {
    output.fileHandleForReading.readabilityHandler = nil
    // The script has become the emulator; a process that a test starts may have SIGTERM blocked.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// The emulator named no port.
  struct NoPort: Error { var output: [String] }

  /// Both emulators name their pseudo-terminal, in words of their own.
  private static func port(in line: String) -> String? {
    line.split(separator: " ").first { $0.hasPrefix("/dev/pts/") }.map(String.init)
  }

  /// Gives the bench a letter: `boards/mps2-an385/emulated_pendulum.c` lists them.
  func tell(_ letter: Character) {
    letters.fileHandleForWriting.write(Data(String(letter).utf8))
  }

  /// The times of the events of a name so far, in microseconds of the firmware's clock.
  func times(of event: String) -> [Int] {
    lines.all.compactMap { line in
      line.hasPrefix(event + " ") ? Int(line.dropFirst(event.count + 1)) : nil
    }
  }

  /// Waits for the event of that name with that number, from 1.
  ///
  /// - Returns: Its time in microseconds of the firmware's clock; nil when it didn't come.
  func waitForEvent(_ event: String, number: Int = 1, timeoutSeconds: Double = 5) -> Int? {
    let deadline = Date().addingTimeInterval(timeoutSeconds)
    while Date() < deadline {
      let times = times(of: event)
      if times.count >= number { return times[number - 1] }
      usleep(2000)
    }
    return nil
  }

  /// The pendulum as the bench knows it: rad, rad/s, N m.
  func plant() -> (angle: Double, velocity: Double, torque: Double)? {
    let before = lines.all.count
    tell("s")
    let deadline = Date().addingTimeInterval(2)
    while Date() < deadline {
      let answer = lines.all.dropFirst(before).first { $0.hasPrefix("state ") }
      let numbers = answer?.split(separator: " ").dropFirst().compactMap { Double($0) } ?? []
      if numbers.count == 3 { return (numbers[0] / 1e6, numbers[1] / 1e6, numbers[2] / 1e6) }
      usleep(1000)
    }
    return nil
  }

  /// What came on standard output, by whole lines.
  private final class Lines: @unchecked Sendable {
    private var data = Data()
    private let lock = NSLock()

    func append(_ more: Data) { lock.withLock { data.append(more) } }

    var all: [String] {
      let whole = lock.withLock { data }
      guard let end = whole.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
      return String(decoding: whole[..<end], as: UTF8.self)
        .split(whereSeparator: \.isNewline).map(String.init)
    }
  }
}
