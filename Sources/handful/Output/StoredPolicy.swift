import Foundation
import Learner
import Robotics

/// A policy in a JSON file.
enum StoredPolicy {
  static func read(_ path: String) throws -> PolicyParameters {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Failure.BadInput(
        message:
          "the policy file '\(path)' can't be read; check the path and its permissions, or name a shape to "
          + "search: \(PolicyShape.forms)")
    }
    do {
      return try JSONDecoder().decode(PolicyParameters.self, from: data)
    } catch {
      throw Failure.BadInput(
        message: "'\(path)' is not a policy; write one with 'handful export --format policy'")
    }
  }
}
