import Experiment
import Foundation
import Learner
import Robotics
import TrialStore

extension ReplayCommand {
  /// Policies against each other on the logged states.
  func comparePolicies(_ robot: Robot, _ opened: TrialStore, _ tested: [Trial]) throws {
    let configuration = try learningConfiguration(robot, opened)
    var candidates = try comparePolicy.map { try candidate($0, opened) }
    if candidates.count == 1 {
      let last = try candidate("policy:\(try opened.episodes().count)", opened)
      guard last.policy != candidates[0].policy else {
        throw Failure.BadInput(
          message: "'\(candidates[0].name)' is the last one stored; give another policy to compare "
            + "with it")
      }
      candidates.insert(last, at: 0)
    }
    let comparison = try PolicyComparison(
      candidates, trials: tested, configuration: configuration,
      onModel: { Console.shared.progress("fitting \($0) and rolling the policies out in it") })
    if output.json { return try JSONOutput.write(comparison) }
    for difference in comparison.actions {
      print(
        "\(difference.policy) against \(difference.against), on \(difference.states) logged states:"
      )
      print(
        "  \(difference.joint): efforts differ by \(number(difference.rms)) \(difference.unit) RMS "
          + "(median \(number(difference.medianSize)), at most \(number(difference.largest)) "
          + "\(difference.unit) at \(number(difference.largestAt.seconds)) s of trial "
          + "\(difference.largestAt.trial); the limit is \(number(difference.limit)) "
          + "\(difference.unit))")
    }
    print("predicted reward a step, ± standard error:")
    for found in comparison.returns {
      print(
        "  \(found.policy) in \(found.model): \(number(found.mean)) ± \(number(found.standardError))"
          + (found.policy == candidates[0].name
            ? ""
            : ", differs by \(number(found.difference)) ± \(number(found.differenceError))"))
    }
  }

  private func candidate(
    _ text: String, _ opened: TrialStore
  ) throws -> PolicyComparison.Candidate {
    guard text.hasPrefix("policy:") else {
      let name = ((text as NSString).lastPathComponent as NSString).deletingPathExtension
      return .init(name: name, policy: try StoredPolicy.read(text))
    }
    let episodes = try opened.episodes()
    guard let wanted = Int(text.dropFirst(7)),
      let episode = episodes.first(where: { $0.number == wanted })
    else {
      throw Failure.BadInput(
        message: "'\(store)' has no '\(text)'; "
          + (episodes.isEmpty
            ? "it holds no learnt policy: give two policy files"
            : "it has policy:1 to policy:\(episodes.count)"))
    }
    return .init(name: text, policy: try StoredPolicy.decode(episode.policyJSON, named: text))
  }

  private func number(_ value: Double) -> String { String(format: "%.3g", value) }
}
