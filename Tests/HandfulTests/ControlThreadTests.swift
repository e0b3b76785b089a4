import Foundation
import Testing

@Suite("The control thread of the built program, watched by strace", .serialized)
struct ControlThreadTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// The tracer with its own real-time priority, not inherited by what it traces: a tracer that waits
  /// for its turn on a busy machine would hold up every system call.
  private static let tracers = [
    ["chrt", "--reset-on-fork", "--fifo", "60", "strace"], ["strace"],
  ]

  /// The first tracer that works here; nil where strace is missing or tracing is not permitted.
  private static let tracer: [String]? = tracers.first { tracer in
    (try? run(tracer + ["-f", "-o", "/dev/null", "true"], timeoutSeconds: 10)) == 0
  }

  private static var isUnoptimised: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  private static func run(_ command: [String], timeoutSeconds: Double) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let deadline = Date().addingTimeInterval(timeoutSeconds)
    while process.isRunning && Date() < deadline { usleep(20_000) }
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// The pendulum with a link that forgives the tracer's slowness.
  private func patientPendulum() throws -> String {
    let text = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    let path = scratch.file("robot.yaml")
    try text.replacingOccurrences(of: "watchdog: 100 ms", with: "watchdog: 900 ms")
      .replacingOccurrences(of: "sample_age_limit: 50 ms", with: "sample_age_limit: 400 ms")
      .replacingOccurrences(of: "loss_budget: 4", with: "loss_budget: 30")
      .write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// One system call of a trace: its name, and its first argument as strace writes it.
  private struct Call {
    var name: Substring
    var firstArgument: Substring

    /// A line without the thread's number; nil for signals and for a call's second half.
    init?(_ line: Substring) {
      guard !line.hasPrefix("<"), !line.hasPrefix("-"), !line.hasPrefix("+"),
        let open = line.firstIndex(of: "(")
      else { return nil }
      name = line[..<open]
      firstArgument = line[line.index(after: open)...].prefix { $0 != "," && $0 != ")" }
    }

    var isOnPort: Bool { firstArgument.contains("</dev/pts/") }
  }

  @Test(
    "From the episode's first sample to its last it makes no system call but the port's and the clock's"
  )
  func systemCalls() throws {
    guard let tracer = Self.tracer else {
      print("skipped: strace is not installed, or tracing is not permitted here")
      return
    }
    let robot = try patientPendulum()
    let simulated = try HandfulProcess(["simulate", "--robot", robot, "--json"])
    defer { simulated.signal(SIGKILL) }
    try #require(simulated.waitFor("\n", timeoutSeconds: 20))
    let line = try #require(simulated.stdout.split(separator: "\n").first)
    let said = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
    let port = try #require(said?["port"])
    let trace = scratch.file("trace")
    let status = try Self.run(
      tracer + [
        "-f", "-y", "-o", trace, HandfulProcess.executable, "run", "--robot", robot, "--port", port,
        "--trials", "1", "--store", scratch.file("store.sqlite"),
      ], timeoutSeconds: 120)
    // One random trial solves nothing, but ends by itself.
    #expect(status == 3 || status == 0)

    let text = try String(contentsOfFile: trace, encoding: .utf8)
    let lines = text.split(separator: "\n")
    let naming = try #require(
      lines.first { $0.contains("PR_SET_NAME") && $0.contains("\"handful-control\"") })
    let thread = try #require(naming.split(separator: " ").first)
    let calls = lines.filter { $0.hasPrefix(thread + " ") }.compactMap {
      Call($0.dropFirst(thread.count).drop { $0 == " " })
    }
    // What comes before the first answer sets the thread up: priority, locked memory. What comes after
    // the last gives both back.
    let first = try #require(calls.firstIndex { $0.isOnPort })
    let last = try #require(calls.lastIndex { $0.isOnPort })
    let episode = calls[first...last]
    let foreign = episode.filter { call in
      switch call.name {
      case "read", "write": !call.isOnPort
      case "ppoll", "poll": !call.firstArgument.contains("</dev/pts/")
      case "clock_nanosleep", "clock_gettime", "restart_syscall": false
      // An unoptimised build makes constants at their first use, and asks for the thread's number to
      // do it once; an optimised one has them in its image.
      case "gettid": !Self.isUnoptimised
      default: true
      }
    }
    #expect(foreign.isEmpty, "\(Set(foreign.map { "\($0.name)(\($0.firstArgument)" }))")
    // At 100 Hz for half a second at home and four seconds of trial.
    #expect(episode.count { $0.name == "write" } > 400)
    #expect(episode.count { $0.name == "clock_nanosleep" } > 200)
  }
}
