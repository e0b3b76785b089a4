/// The parameters that most plants have, with their units.
extension PlantParameter {
  /// A mass, in kg.
  static func mass(_ name: String, _ value: Double, _ summary: String) -> PlantParameter {
    PlantParameter(name: name, unit: "kg", defaultValue: value, summary: summary)
  }

  /// A length, in m.
  static func length(_ name: String, _ value: Double, _ summary: String) -> PlantParameter {
    PlantParameter(name: name, unit: "m", defaultValue: value, summary: summary)
  }

  /// Viscous friction of something that turns, in N m s/rad.
  static func angularDamping(_ name: String, _ value: Double, _ summary: String) -> PlantParameter {
    PlantParameter(name: name, unit: "N m s/rad", defaultValue: value, summary: summary)
  }

  /// Viscous friction of something that slides, in N s/m.
  static func damping(_ name: String, _ value: Double, _ summary: String) -> PlantParameter {
    PlantParameter(name: name, unit: "N s/m", defaultValue: value, summary: summary)
  }

  /// The acceleration of gravity, in m/s².
  static func gravity(
    _ value: Double = 9.82, _ summary: String = "acceleration of gravity (g)"
  ) -> PlantParameter {
    PlantParameter(name: "gravity", unit: "m/s^2", defaultValue: value, summary: summary)
  }
}
