import Foundation
import Glibc

/// A virtual robot in a process of its own, `handful simulate`, that ends with this one.
///
/// It is reached through the pseudo-terminal that it names, like any other robot: nothing is shared
/// with it but bytes. It runs in a process group of its own, so that a Ctrl-C meant for the
/// experiment does not take the robot away before the supervisor has stopped it.
public final class VirtualRobotProcess {
  /// The pseudo-terminal's path.
  public let portPath: String
  private let processIdentifier: pid_t
  private let standardInput: Int32

  /// Starts `handful simulate`.
  ///
  /// - Parameters:
  ///   - executable: The path of `handful`.
  ///   - robotFile: The robot's description.
  ///   - seed: The seed of its sensors' noise.
  ///   - speed: How fast its clock runs against the wall's.
  ///   - world: Where its world is kept, and after how many episodes it goes on; nil for a world
  ///     that ends with it.
  /// - Throws: ``ExperimentError/virtualRobotFailed(reason:)``.
  public init(
    executable: String, robotFile: String, seed: UInt64, speed: Double, world: KeptWorld? = nil
  ) throws {
    var input: [Int32] = [0, 0]
    var output: [Int32] = [0, 0]
    guard pipe(&input) == 0, pipe(&output) == 0 else {
      throw ExperimentError.virtualRobotFailed(reason: String(cString: strerror(errno)))
    }
    // Only what is dup2'd below reaches the child.
    for descriptor in input + output { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input[0], 0)
    posix_spawn_file_actions_adddup2(&actions, output[1], 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))
    var arguments = [
      executable, "simulate", "--robot", robotFile, "--seed", String(seed), "--speed",
      String(speed), "--json", "--until-input-closes",
    ]
    if let world {
      arguments += ["--world", world.path, "--after-episodes", String(world.episodes)]
      if world.isBroughtHome { arguments.append("--bring-home") }
    }
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var identifier: pid_t = 0
    let failure = posix_spawn(&identifier, executable, &actions, &attributes, &pointers, environ)
    close(input[0])
    close(output[1])
    guard failure == 0 else {
      close(input[1])
      close(output[0])
      throw ExperimentError.virtualRobotFailed(reason: String(cString: strerror(failure)))
    }
    processIdentifier = identifier
    standardInput = input[1]
    let line = Self.readLine(from: output[0], timeoutMilliseconds: 10_000)
    close(output[0])
    guard let line, let data = line.data(using: .utf8),
      let path = (try? JSONDecoder().decode(Announcement.self, from: data))?.port
    else {
      kill(identifier, SIGKILL)
      var status: Int32 = 0
      waitpid(identifier, &status, 0)
      close(input[1])
      throw ExperimentError.virtualRobotFailed(
        reason: "it named no port within 10 s; what it said is above")
    }
    portPath = path
  }

  deinit { stop() }

  private var isStopped = false

  /// Ends the process and waits for its end.
  public func stop() {
    guard !isStopped else { return }
    isStopped = true
    close(standardInput)
    kill(processIdentifier, SIGTERM)
    var status: Int32 = 0
    for _ in 0..<200 {
      if waitpid(processIdentifier, &status, WNOHANG) != 0 { return }
      usleep(5000)
    }
    kill(processIdentifier, SIGKILL)
    waitpid(processIdentifier, &status, 0)
  }

  /// A simulated world that outlives its process.
  public struct KeptWorld: Sendable, Equatable {
    /// The file.
    public var path: String
    /// After how many of its episodes to go on.
    public var episodes: Int
    /// Whether an operator has been at the robot since, and moved it back to its start by hand.
    public var isBroughtHome: Bool

    /// A world from its parts.
    public init(path: String, episodes: Int, isBroughtHome: Bool = false) {
      self.path = path
      self.episodes = episodes
      self.isBroughtHome = isBroughtHome
    }
  }

  private struct Announcement: Decodable {
    var port: String
  }

  private static func readLine(from descriptor: Int32, timeoutMilliseconds: Int) -> String? {
    var bytes: [UInt8] = []
    let deadline = DispatchTime.now() + .milliseconds(timeoutMilliseconds)
    while DispatchTime.now() < deadline {
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, 100) > 0 else { continue }
      var byte: UInt8 = 0
      guard read(descriptor, &byte, 1) == 1 else { return nil }
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    return nil
  }
}
