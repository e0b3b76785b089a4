import Robotics

/// A small cart with a pole, as YAML, that the tests of errors spoil in one place each.
enum SmallRobot {
  static let yaml = """
    handful: 1
    robot: small
    link: { baud: 460800, control_rate: 100 Hz, watchdog: 100 ms }
    joints:
      - name: cart
        kind: prismatic
        position: { lower: -1 m, upper: 1 m }
        velocity_limit: 5 m/s
        effort_limit: 10 N
        braking_deceleration: 4 m/s^2
      - name: pole
        kind: revolute
        actuated: false
        continuous: true
        velocity_limit: 30 rad/s
    reset:
      home: { cart: 0 m, pole: 0 deg }
      tolerance:
        cart: { position: 1 cm, velocity: 0.02 m/s }
        pole: { position: 2 deg, velocity: 0.1 rad/s }
      drive: { cart: { effort_limit: 4 N, proportional: 4 N/m, derivative: 4 N s/m } }
    virtual: { plant: cart-pole, parameters: { cart_mass: 0.5 kg } }
    prior:
      model: cart-pole
      parameters:
        cart_mass: { nominal: 0.5 kg, lower: 0.2 kg, upper: 1 kg }
    recording: { time: t, joints: { cart: { position: x, effort: f }, pole: { position: q } } }
    tasks:
      balance:
        period: 0.1 s
        horizon: 4 s
        chain: { slide: cart, links: { pole: 0.5 m } }
        reward: { width: 0.25 m, tip: upright }
        success: { within: { pole: { of: 180 deg, tolerance: 10 deg } }, hold: 1 s }
    """

  /// What the reader says about the description with one text replaced; `nothing` when it reads.
  static func complaint(replacing text: String, with other: String) -> String {
    precondition(yaml.contains(text), "the description has no '\(text)'")
    return complaint(about: yaml.replacingFirst(text, with: other))
  }

  static func complaint(about yaml: String) -> String {
    do throws(RobotFileError) {
      _ = try Robot(yaml: yaml, file: "small.yaml")
      return "nothing"
    } catch {
      return error.description
    }
  }
}

extension String {
  func replacingFirst(_ text: String, with other: String) -> String {
    guard let range = firstRange(of: text) else { return self }
    return replacingCharacters(in: range, with: other)
  }

  private func replacingCharacters(in range: Range<Index>, with other: String) -> String {
    String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}
