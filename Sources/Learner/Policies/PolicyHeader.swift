import Foundation

/// A policy as a C header for a microcontroller: numbers for `firmware-protocol/c/handful_policy.h`.
public struct PolicyHeader: Sendable {
  /// The header's text.
  public let text: String

  /// The header of a policy.
  ///
  /// - Parameters:
  ///   - parameters: The policy.
  ///   - periodSeconds: How long an action is held.
  /// - Throws: ``LearnerError/malformedPolicy(what:found:expected:)`` when the parts don't fit each
  ///   other, or the C code has no room for them.
  public init(_ parameters: PolicyParameters, periodSeconds: Double) throws(LearnerError) {
    let policy = try SinglePrecisionPolicy(parameters)
    let states = policy.factors.count
    func array(_ type: String, _ name: String, _ items: [String]) -> String {
      let lines = stride(from: 0, to: items.count, by: 6).map {
        "  " + items[$0..<min($0 + 6, items.count)].joined(separator: ", ")
      }
      return "static const \(type) \(name)[] = {\n\(lines.joined(separator: ",\n"))\n};"
    }
    func floats(_ name: String, _ values: [Float]) -> String {
      array("float", name, values.map { String(format: "%.9gf", Double($0)).withDecimalPoint })
    }
    text = """
      /*
       * The policy of task '\(Self.comment(parameters.task))' for robot \
      '\(Self.comment(parameters.robot))'; handful_policy.h says how to run it.
       * State: \(states / 2) positions (rad or m), then as many velocities. \
      Action: \(policy.limits.count) (N m or N).
       */
      #ifndef HANDFUL_EXPORTED_POLICY_H
      #define HANDFUL_EXPORTED_POLICY_H

      #include "handful_policy.h"

      \(array("uint8_t", "handful_policy_turns", policy.turns.map { $0 ? "1" : "0" }))
      \(floats("handful_policy_factors", policy.factors))
      \(floats("handful_policy_limits", policy.limits))
      \(floats("handful_policy_weights", policy.weights))

      static const struct handful_policy handful_exported_policy = {
        .joints = \(policy.turns.count), .actions = \(policy.limits.count), \
      .hidden = \(policy.hiddenUnits), .centres = \(policy.centres), \
      .harmonics = \(policy.harmonics), .turn = \(policy.turn)u, .turns = handful_policy_turns,
        .steps = \(policy.steps), .period_us = \(Int((periodSeconds * 1e6).rounded()))u, \
      .factors = handful_policy_factors,
        .limits = handful_policy_limits, .weights = handful_policy_weights};

      #endif

      """
  }

  /// A name that can't end the comment it stands in.
  private static func comment(_ name: String) -> String {
    name.replacingOccurrences(of: "*/", with: "* /")
  }
}

extension String {
  /// A C floating constant wants a point or an exponent before its `f`.
  fileprivate var withDecimalPoint: String {
    contains(where: { ".e".contains($0) }) ? self : String(dropLast()) + ".0f"
  }
}
