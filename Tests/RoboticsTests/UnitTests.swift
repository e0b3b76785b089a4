import Robotics
import Testing

@Suite struct UnitTests {
  private func value(_ text: String, _ kind: QuantityKind) -> Double? {
    Quantity(text).flatMap(kind.value)
  }

  @Test(
    "Quantities convert to the unit that the code keeps, to the nearest double",
    arguments: [
      ("2.5 N m", QuantityKind.torque, 2.5), ("2500 mN m", .torque, 2.5),
      ("2.5 Nm", .torque, 2.5), ("100 ms", .time, 0.1), ("57 ms", .time, 0.057),
      ("250 us", .time, 250e-6), ("1.5 min", .time, 90), ("180 deg", .angle, Double.pi),
      ("-90°", .angle, -Double.pi / 2), ("0.5 rev", .angle, Double.pi),
      ("16384 counts/rev", .countsPerTurn, 16384), ("100 Hz", .frequency, 100),
      ("1 kHz", .frequency, 1000), ("9.82 m/s^2", .acceleration, 9.82),
      ("9.82 m/s²", .acceleration, 9.82), ("9.82 m s^2/s^4", .acceleration, 9.82),
      ("0.01 N m s/rad", .angularDamping, 0.01), ("0.1 N s/m", .damping, 0.1),
      ("5 rad/s^2", .angularAcceleration, 5), ("5 rad/s/s", .angularAcceleration, 5),
      ("60 rpm", .angularVelocity, 2 * Double.pi), ("1 rev/s", .angularVelocity, 2 * Double.pi),
      ("500 g", .mass, 0.5), ("35 cm", .length, 0.35), ("12 mm", .length, 0.012),
      ("20 counts/mm", .countsPerLength, 20_000), ("0.02 kg m^2", .inertia, 0.02),
      ("0.02 kg·m^2", .inertia, 0.02), ("1e-3 kg", .mass, 0.001), ("2 kg m/s^2", .force, 2),
    ])
  func converts(text: String, kind: QuantityKind, expected: Double) throws {
    let found = try #require(value(text, kind))
    #expect(abs(found - expected) <= expected.ulp.magnitude, "\(found)")
  }

  @Test(
    "A unit of another dimension, an ambiguous one or none has no value",
    arguments: [
      ("1 rad/s", QuantityKind.frequency), ("1 Hz", .angularVelocity), ("1 N", .torque),
      ("1 N m/rad", .torque), ("1", .time), ("1 N/m s", .damping), ("1 m^0", .length),
      ("1 m^9", .length), ("1 m^12", .length), ("1 m//s", .velocity), ("1 m/", .length),
      ("1 /s", .frequency), ("1 furlong", .length), ("1 m2", .length), ("1 s", .number),
    ])
  func refuses(text: String, kind: QuantityKind) {
    #expect(value(text, kind) == nil)
  }

  @Test(
    "A text that doesn't begin with a number is no quantity",
    arguments: ["", " ", "m", "ten m", "- 3 m", "--3 m", "0x1F m", "1,5 m", "1.2.3 m", ".", "+"])
  func noNumber(text: String) { #expect(Quantity(text) == nil) }

  @Test("Not a number and infinity are numbers that are not finite")
  func notFinite() {
    for text in [".nan", ".inf m", "-.INF m", "nan s", "inf", "1e999 kg"] {
      #expect(Quantity(text).map { !$0.number.isFinite } == true, "\(text)")
    }
  }

  @Test("The distance between words counts insertions, deletions, substitutions and swaps")
  func editDistance() {
    // Textbook values of the optimal string alignment distance.
    #expect(Spelling.editDistance("kitten", "sitting") == 3)
    #expect(Spelling.editDistance("ca", "abc") == 3)
    #expect(Spelling.editDistance("baud", "buad") == 1)
    #expect(Spelling.editDistance("", "abc") == 3)
    #expect(Spelling.nearest(to: "wathcdog", among: ["baud", "watchdog"]) == "watchdog")
    #expect(Spelling.nearest(to: "motors", among: ["baud", "watchdog"]) == nil)
  }
}
