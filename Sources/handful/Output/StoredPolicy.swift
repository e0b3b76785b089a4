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
    return try decode(String(decoding: data, as: UTF8.self), named: path)
  }

  /// The policy in a text.
  static func decode(_ json: String, named name: String) throws -> PolicyParameters {
    do {
      return try JSONDecoder().decode(PolicyParameters.self, from: Data(json.utf8))
    } catch {
      throw Failure.BadInput(
        message: "'\(name)' is not a policy; write one with 'handful export --format policy'")
    }
  }
}
