import Foundation

/// The built `handful`, run as a person would: a process with arguments, an exit code and output.
final class HandfulProcess {
  private let process = Process()
  private let output = Pipe()
  private let errors = Pipe()
  private let collected = Collected()

  /// Starts `handful`, or a program that starts it, with those arguments.
  init(_ arguments: [String], executable: String = HandfulProcess.executable) throws {
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    collect(output, \.out)
    collect(errors, \.err)
  }

  /// Reads a pipe to its end on a thread of its own.
  private func collect(_ pipe: Pipe, _ path: ReferenceWritableKeyPath<Collected, Data> & Sendable) {
    let collected = collected
    let handle = pipe.fileHandleForReading
    Thread {
      while true {
        let data = handle.availableData
        guard !data.isEmpty else { break }
        collected.append(data, to: path)
      }
      collected.ended.signal()
    }.start()
  }

  /// How a run ended.
  struct Ended {
    var exitCode: Int32
    var stdout: String
    var stderr: String

    /// The JSON object on stdout.
    func json() throws -> [String: Any] {
      try JSONSerialization.jsonObject(with: Data(stdout.utf8)) as? [String: Any] ?? [:]
    }
  }

  /// Runs `handful` to its end.
  static func run(_ arguments: [String], timeoutSeconds: Double = 120) throws -> Ended {
    try HandfulProcess(arguments).wait(timeoutSeconds: timeoutSeconds)
  }

  /// Waits for the end; a process that hangs is killed and reported with exit code -1.
  func wait(timeoutSeconds: Double = 120) -> Ended {
    let deadline = Date().addingTimeInterval(timeoutSeconds)
    while process.isRunning && Date() < deadline { usleep(10_000) }
    let hung = process.isRunning
    if hung { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    // What it started may hold the pipes open for longer; that is not waited for.
    let end = DispatchTime.now() + .milliseconds(500)
    for _ in 0..<2 where collected.ended.wait(timeout: end) == .timedOut { break }
    return Ended(
      exitCode: hung
        ? -1
        : process.terminationReason == .uncaughtSignal
          ? 128 + process.terminationStatus : process.terminationStatus,
      stdout: collected.text(\.out), stderr: collected.text(\.err))
  }

  /// Waits until stdout or stderr holds the text.
  ///
  /// - Returns: Whether it came in time.
  func waitFor(_ text: String, timeoutSeconds: Double = 60) -> Bool {
    let deadline = Date().addingTimeInterval(timeoutSeconds)
    while Date() < deadline {
      if collected.text(\.err).contains(text) || collected.text(\.out).contains(text) {
        return true
      }
      if !process.isRunning { return false }
      usleep(2_000)
    }
    return false
  }

  /// Sends a signal.
  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// What stdout holds so far.
  var stdout: String { collected.text(\.out) }

  /// What stderr holds so far.
  var stderr: String { collected.text(\.err) }

  /// The process's number.
  var identifier: Int32 { process.processIdentifier }

  /// The package's folder.
  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// `handful`, beside the test bundle of the same build.
  static let executable: String = {
    let argument = CommandLine.arguments.first ?? ""
    var folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
    if let bundle = CommandLine.arguments.first(where: { $0.hasSuffix(".xctest") }) {
      folder = URL(fileURLWithPath: bundle).deletingLastPathComponent()
    }
    let candidates = [
      folder.appendingPathComponent("handful").path,
      package.appendingPathComponent(".build/release/handful").path,
      package.appendingPathComponent(".build/debug/handful").path,
    ]
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "handful"
  }()

  private final class Collected: @unchecked Sendable {
    var out = Data()
    var err = Data()
    let ended = DispatchSemaphore(value: 0)
    private let lock = NSLock()

    func append(_ data: Data, to path: ReferenceWritableKeyPath<Collected, Data>) {
      lock.withLock { self[keyPath: path].append(data) }
    }

    func text(_ path: KeyPath<Collected, Data>) -> String {
      lock.withLock { String(decoding: self[keyPath: path], as: UTF8.self) }
    }
  }
}

/// A folder of a test's own, gone when the test is.
final class ScratchFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "handful-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  func file(_ name: String) -> String { path + "/" + name }
}

/// A virtual robot that a test controls: `handful simulate` in a process of its own.
final class SimulatedRobot {
  let process: HandfulProcess
  let port: String

  init(
    _ robot: String = "pendulum", file: String? = nil, speed: Double = 20, extra: [String] = []
  ) throws {
    process = try HandfulProcess(
      ["simulate", "--robot", file ?? calibration(robot), "--speed", "\(speed)", "--json"] + extra)
    guard process.waitFor("\n", timeoutSeconds: 20),
      let line = process.stdout.split(separator: "\n").first,
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String],
      let port = object["port"]
    else { throw NoPort() }
    self.port = port
  }

  deinit { process.signal(SIGKILL) }

  struct NoPort: Error {}
}

/// The folder of a robot's description.
func calibration(_ robot: String) -> String {
  HandfulProcess.package.appendingPathComponent("calibration/\(robot)").path
}
