import Foundation
import Learner
import Robotics

/// What a bench measures: one algorithm on one task with one kind of prior, a number of trials each
/// seed. It stands as `plan.json` in the bench's folder; results that were made by another plan, or
/// by another build of the program, are never mixed with its own.
public struct BenchPlan: Sendable, Equatable, Codable {
  /// The text of the robot's description.
  public var robotFileText: String
  /// The task's name.
  public var task: String
  /// How to learn; always with one thread, as the seeds share the machine.
  public var settings: LearningSettings
  /// The prior's name.
  public var prior: String
  /// The text of the file that declares the prior; nil for a rule.
  public var priorFileText: String?
  /// How many trials at most, the random one included.
  public var trialCount: Int
  /// The program: its version and a digest of its file.
  public var program: String

  /// A plan from its parts.
  ///
  /// - Parameters:
  ///   - robotFile: The description's path.
  ///   - task: The task's name.
  ///   - settings: How to learn.
  ///   - prior: The prior's name (``StudyPrior``).
  ///   - trialCount: How many trials at most.
  ///   - program: The program's version and digest (``programDigest(path:version:)``).
  /// - Throws: ``BenchError``, ``ExperimentError``, `RobotFileError`.
  public init(
    robotFile: String, task: String, settings: LearningSettings, prior: String, trialCount: Int,
    program: String
  ) throws {
    let robot = try Robot(contentsOf: robotFile)
    // The bench's folder has a copy, from where a relative path would lead elsewhere.
    robotFileText = Robot.textWithAbsolutePaths(
      yaml: (try? String(contentsOfFile: robotFile, encoding: .utf8)) ?? "", file: robotFile)
    guard robot.virtualRobot != nil else { throw ExperimentError.noVirtualRobot(robot: robot.name) }
    try PriorModels.checkMuJoCoModels(of: robot)
    guard robot.task(named: task) != nil else {
      throw ExperimentError.noSuchTask(
        name: task, robot: robot.name, known: robot.tasks.map(\.name))
    }
    self.task = task
    self.settings = settings
    self.settings.threads = 1
    self.prior = prior
    self.trialCount = trialCount
    self.program = program
    let chosen = try StudyPrior(name: prior, robotFile: robotFile)
    if case .declared(let path) = chosen {
      priorFileText = (try? String(contentsOfFile: path, encoding: .utf8)).map {
        Robot.textWithAbsolutePaths(yaml: $0, file: path)
      }
    }
    let usesPrior = settings.algorithm == .gpMI
    guard usesPrior == (chosen != .absent) else {
      throw BenchError.priorMismatch(algorithm: settings.algorithm.rawValue, prior: prior)
    }
    // What can be refused is refused before any seed runs.
    try configuration(seed: 1, prior: chosen.description(of: robot, seed: 1)).check()
  }

  /// The experiment of a seed.
  func configuration(seed: UInt64, prior: PriorDescription?) throws -> RunConfiguration {
    var robot = try Robot(yaml: robotFileText, file: BenchFolder.robotFileName)
    robot.prior = prior
    guard let task = robot.task(named: task) else {
      throw ExperimentError.noSuchTask(
        name: self.task, robot: robot.name, known: robot.tasks.map(\.name))
    }
    return RunConfiguration(
      robot: robot, robotFileText: robotFileText, task: task, settings: settings,
      trialCount: trialCount, seed: seed)
  }

  /// Refuses to go on with results that another plan made.
  func ensureContinues(_ stored: BenchPlan, folder: String) throws(BenchError) {
    func check(_ what: String, _ one: String, _ other: String) throws(BenchError) {
      if one != other {
        throw .otherBench(folder: folder, what: what, stored: one, wanted: other)
      }
    }
    try check("task", stored.task, task)
    try check("algorithm", stored.settings.algorithm.rawValue, settings.algorithm.rawValue)
    try check("prior", stored.prior, prior)
    try check("at most", "\(stored.trialCount) trials", "\(trialCount) trials")
    try check("the program", stored.program, program)
    if stored.robotFileText != robotFileText {
      throw .otherBench(
        folder: folder, what: "a robot", stored: "described otherwise", wanted: "as it is now")
    }
    if stored != self {
      throw .otherBench(folder: folder, what: "settings", stored: "of its own", wanted: "these")
    }
  }

  /// The program's version with a digest of its file, which differs between any two builds.
  public static func programDigest(path: String, version: String) -> String {
    guard let data = FileManager.default.contents(atPath: path) else { return version }
    var digest = Digest()
    data.withUnsafeBytes { digest.add($0) }
    return "\(version) (\(digest.text))"
  }
}

/// FNV-1a of 64 bits, taken eight bytes at a time: tells builds and results apart, no more.
struct Digest {
  private var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ word: UInt64) { value = (value ^ word) &* 0x0000_0100_0000_01B3 }

  mutating func add(_ number: Double) { add(number.bitPattern) }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var index = 0
    while index + 8 <= bytes.count {
      add(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      // Multiplying alone never carries a high bit down.
      value ^= value >> 29
      index += 8
    }
    while index < bytes.count {
      add(UInt64(bytes[index]))
      index += 1
    }
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
