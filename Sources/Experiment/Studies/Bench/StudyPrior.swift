import Foundation
import LinearAlgebra
import Robotics

/// Which prior a study gives the learner: the robot file's own, one that is wrong on purpose, or none.
///
/// A file `priors/NAME.yaml` beside the robot's description declares a prior of that name
/// (``Robotics/PriorFile``); it goes before a rule of the same name. The rules, for every robot with
/// a prior:
///
/// - `none`: no prior at all.
/// - `nominal`: the description's.
/// - `wrongN`, such as `wrong30`: every tunable parameter's nominal value is drawn evenly from those
///   at most N % off, within its bounds. A nominal value of zero stays.
/// - `partial`: as `wrong50`, and every second tunable parameter of the file, from the second on,
///   can't be tuned: it stays wrong.
/// - `misleading`: as `wrong50`, and gravity is zero, or there where there is none, and can't be tuned:
///   the structure is wrong, and no choice of the others makes up for it.
public enum StudyPrior: Sendable, Equatable {
  /// No prior.
  case absent
  /// The description's.
  case nominal
  /// Tunable parameters up to that fraction wrong.
  case wrong(fraction: Double)
  /// Half of the wrong parameters can't be tuned.
  case partial
  /// A wrong structure.
  case misleading
  /// The one that a file declares.
  case declared(path: String)

  /// The names of the rules.
  public static let names = ["none", "nominal", "wrong30", "wrong50", "partial", "misleading"]

  /// The prior of that name.
  ///
  /// - Parameters:
  ///   - name: A rule's name, or that of a file in `priors` beside the description.
  ///   - robotFile: The description's path.
  /// - Throws: ``BenchError/noSuchPrior(name:known:)``.
  public init(name: String, robotFile: String) throws(BenchError) {
    let folder = (robotFile as NSString).deletingLastPathComponent + "/priors"
    let path = "\(folder)/\(name).yaml"
    if !name.contains("/"), FileManager.default.fileExists(atPath: path) {
      self = .declared(path: path)
      return
    }
    switch name {
    case "none": self = .absent
    case "nominal": self = .nominal
    case "partial": self = .partial
    case "misleading": self = .misleading
    default:
      guard name.hasPrefix("wrong"), let percent = Int(name.dropFirst(5)),
        (1...99).contains(percent)
      else {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let declared = files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
        throw .noSuchPrior(
          name: name,
          known: Self.names + declared.sorted().filter { !Self.names.contains($0) })
      }
      self = .wrong(fraction: Double(percent) / 100)
    }
  }

  /// The prior that a seed's experiment gets; nil for none.
  ///
  /// - Parameters:
  ///   - robot: The robot's description.
  ///   - seed: The experiment's seed, by which wrong values are drawn.
  /// - Throws: ``ExperimentError/noPrior(robot:)``, `RobotFileError`.
  public func description(of robot: Robot, seed: UInt64) throws -> PriorDescription? {
    if case .absent = self { return nil }
    guard var prior = robot.prior else { throw ExperimentError.noPrior(robot: robot.name) }
    switch self {
    case .absent, .nominal: break
    case .declared(let path):
      return try PriorFile.prior(contentsOf: path, for: robot)
    case .wrong(let fraction): Self.mislead(&prior, by: fraction, seed: seed)
    case .partial:
      Self.mislead(&prior, by: 0.5, seed: seed)
      let tunable = prior.parameters.indices.filter { prior.parameters[$0].isTunable }
      for (place, index) in tunable.enumerated() where place % 2 == 1 {
        prior.parameters[index].isTunable = false
      }
    case .misleading:
      Self.mislead(&prior, by: 0.5, seed: seed)
      for index in prior.parameters.indices where prior.parameters[index].name == "gravity" {
        let wrong = prior.parameters[index].nominal == 0 ? 9.82 : 0
        prior.parameters[index] = PriorParameter(
          name: "gravity", unit: prior.parameters[index].unit, nominal: wrong, lower: wrong,
          upper: wrong, isTunable: false)
      }
    }
    return prior
  }

  private static func mislead(_ prior: inout PriorDescription, by fraction: Double, seed: UInt64) {
    var stream = RandomStream(seed: seed, path: [0x77])
    for index in prior.parameters.indices where prior.parameters[index].isTunable {
      let parameter = prior.parameters[index]
      let reach = abs(fraction * parameter.nominal)
      prior.parameters[index].nominal = stream.nextUniform(
        in: max(parameter.lower, parameter.nominal - reach),
        min(parameter.upper, parameter.nominal + reach))
    }
  }
}
