import Foundation

/// The powers of the base units that a unit is made of.
///
/// Angle and encoder counts are kept as dimensions of their own, although the SI counts them as
/// numbers: so `rad/s` is never taken for `Hz`, nor a torque for a torque an angle.
package struct Dimension: Sendable, Equatable {
  package var mass = 0
  package var length = 0
  package var time = 0
  package var angle = 0
  package var counts = 0
  package var current = 0
  package var temperature = 0

  package init(
    mass: Int = 0, length: Int = 0, time: Int = 0, angle: Int = 0, counts: Int = 0,
    current: Int = 0, temperature: Int = 0
  ) {
    self.mass = mass
    self.length = length
    self.time = time
    self.angle = angle
    self.counts = counts
    self.current = current
    self.temperature = temperature
  }

  /// Adds `exponent` times the powers of another dimension.
  fileprivate mutating func multiply(by other: Dimension, exponent: Int) {
    mass += exponent * other.mass
    length += exponent * other.length
    time += exponent * other.time
    angle += exponent * other.angle
    counts += exponent * other.counts
    current += exponent * other.current
    temperature += exponent * other.temperature
  }

  /// The dimension's SI unit, spelled with base units: `kg m^2/rad`.
  package var siSymbol: String {
    let powers = [
      ("counts", counts), ("kg", mass), ("m", length), ("rad", angle), ("s", time), ("A", current),
      ("degC", temperature),
    ]
    let above = powers.filter { $0.1 > 0 }.map { $0.1 == 1 ? $0.0 : "\($0.0)^\($0.1)" }
    let below = powers.filter { $0.1 < 0 }.map { $0.1 == -1 ? "/\($0.0)" : "/\($0.0)^\(-$0.1)" }
    return (above.isEmpty ? "1" : above.joined(separator: " ")) + below.joined()
  }
}

/// A unit as people write it: `N m s/rad`, `rad/s^2`, `counts/rev`, `ms`.
///
/// A unit is a product of symbols, each with an optional power, set apart by spaces, `*` or `·`;
/// a `/` divides by the one symbol after it, so that `N m s/rad` is (N m s)/rad. After a division no
/// further product may follow (`N/m s`): readers disagree about what that means.
package struct Unit: Sendable, Equatable {
  /// What the unit is made of.
  package var dimension: Dimension
  /// A value in this unit times `multiplier`, divided by `divisor`, is the value in SI units. Two
  /// numbers rather than one, so that 57 ms is the double closest to 0.057.
  package var multiplier: Double
  package var divisor: Double

  package init(dimension: Dimension, multiplier: Double = 1, divisor: Double = 1) {
    self.dimension = dimension
    self.multiplier = multiplier
    self.divisor = divisor
  }

  /// Reads a unit; nil when a symbol is unknown or the spelling is ambiguous.
  package init?(_ text: String) {
    self.init(dimension: Dimension())
    var sign = 1
    var divided = false
    var expectsSymbol = true
    var rest = Substring(text)
    while let first = rest.first {
      switch first {
      case " ":
        rest.removeFirst()
      case "*", "·", "/":
        if expectsSymbol { return nil }
        sign = first == "/" ? -1 : 1
        divided = divided || sign < 0
        expectsSymbol = true
        rest.removeFirst()
      default:
        if !expectsSymbol { sign = 1 }
        if divided && sign > 0 { return nil }
        let symbol = rest.prefix { $0.isLetter || $0 == "°" || $0 == "µ" }
        guard let unit = Unit.symbols[String(symbol)] else { return nil }
        rest.removeFirst(symbol.count)
        guard let power = Unit.power(from: &rest) else { return nil }
        multiply(by: unit, exponent: sign * power)
        sign = 1
        expectsSymbol = false
      }
    }
    if expectsSymbol { return nil }
  }

  /// A value in this unit, told in `other`, which has the same dimension.
  package func convert(_ value: Double, to other: Unit) -> Double {
    if multiplier == other.multiplier && divisor == other.divisor { return value }
    return value * (multiplier * other.divisor) / (divisor * other.multiplier)
  }

  private mutating func multiply(by other: Unit, exponent: Int) {
    dimension.multiply(by: other.dimension, exponent: exponent)
    for _ in 0..<abs(exponent) {
      multiplier *= exponent > 0 ? other.multiplier : other.divisor
      divisor *= exponent > 0 ? other.divisor : other.multiplier
    }
  }

  /// Reads the power after a symbol, 1 when there is none; nil when it's no power from 1 to 4.
  private static func power(from rest: inout Substring) -> Int? {
    if let superscript = rest.first.flatMap({ "²³⁴".firstIndex(of: $0) }) {
      rest.removeFirst()
      return 2 + "²³⁴".distance(from: "²³⁴".startIndex, to: superscript)
    }
    guard rest.first == "^" else { return 1 }
    rest.removeFirst()
    guard let digit = rest.first, let power = Int(String(digit)), (1...4).contains(power) else {
      return nil
    }
    rest.removeFirst()
    return rest.first?.isNumber == true ? nil : power
  }

  /// The symbols that a unit may be made of.
  private static let symbols: [String: Unit] = {
    func unit(
      _ multiplier: Double = 1, per divisor: Double = 1, mass: Int = 0, length: Int = 0,
      time: Int = 0, angle: Int = 0, counts: Int = 0, current: Int = 0, temperature: Int = 0
    ) -> Unit {
      let dimension = Dimension(
        mass: mass, length: length, time: time, angle: angle, counts: counts, current: current,
        temperature: temperature)
      return Unit(dimension: dimension, multiplier: multiplier, divisor: divisor)
    }
    var symbols: [String: Unit] = [
      "kg": unit(mass: 1), "g": unit(per: 1000, mass: 1),
      "m": unit(length: 1), "cm": unit(per: 100, length: 1), "mm": unit(per: 1000, length: 1),
      "s": unit(time: 1), "ms": unit(per: 1000, time: 1), "us": unit(per: 1_000_000, time: 1),
      "min": unit(60, time: 1),
      "Hz": unit(time: -1), "kHz": unit(1000, time: -1),
      "rad": unit(angle: 1), "mrad": unit(per: 1000, angle: 1),
      "deg": unit(.pi, per: 180, angle: 1),
      "rev": unit(2 * .pi, angle: 1), "rpm": unit(2 * .pi, per: 60, time: -1, angle: 1),
      "N": unit(mass: 1, length: 1, time: -2),
      "mN": unit(per: 1000, mass: 1, length: 1, time: -2),
      "Nm": unit(mass: 1, length: 2, time: -2),
      "counts": unit(counts: 1),
      "J": unit(mass: 1, length: 2, time: -2), "mJ": unit(per: 1000, mass: 1, length: 2, time: -2),
      "A": unit(current: 1), "mA": unit(per: 1000, current: 1),
      "V": unit(mass: 1, length: 2, time: -3, current: -1),
      "mV": unit(per: 1000, mass: 1, length: 2, time: -3, current: -1),
      "degC": unit(temperature: 1),
    ]
    symbols["°C"] = symbols["degC"]
    symbols["µs"] = symbols["us"]
    symbols["°"] = symbols["deg"]
    symbols["count"] = symbols["counts"]
    return symbols
  }()
}
