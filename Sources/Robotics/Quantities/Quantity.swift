/// A number with the unit that it was written with: `2.5 N m`.
package struct Quantity: Sendable, Equatable {
  /// The number as written.
  package var number: Double
  /// The unit's symbol as written; empty when there was none.
  package var symbol: String

  package init(number: Double, symbol: String) {
    self.number = number
    self.symbol = symbol
  }

  /// Splits a text into its number and its unit; nil when it doesn't begin with a number.
  ///
  /// `nan`, `inf` and YAML's `.nan`, `.inf` are numbers here, so that the reader can say that they
  /// are not finite, which helps more than that they are not numbers.
  package init?(_ text: String) {
    let text = text.trimmingSpaces
    let numberEnd = text.firstIndex { $0 == " " } ?? Quantity.endOfLeadingNumber(in: text)
    var number = text[..<numberEnd].lowercased()
    let unit = String(text[numberEnd...]).trimmingSpaces
    let unsigned = number.drop { $0 == "-" || $0 == "+" }
    if [".nan", ".inf"].contains(String(unsigned)) {
      number.remove(at: unsigned.startIndex)
    } else if !(unsigned.first.map { $0.isNumber || $0 == "." } ?? false)
      && !["nan", "inf", "infinity"].contains(String(unsigned))
    {
      return nil
    }
    guard !number.contains("x"), let value = Double(number) else { return nil }
    self.init(number: value, symbol: unit)
  }

  /// Where the number ends in a text without spaces, such as `90deg`: before the first letter or
  /// degree sign that doesn't belong to an exponent.
  private static func endOfLeadingNumber(in text: String) -> String.Index {
    guard let first = text.first, "0123456789+-.".contains(first) else { return text.endIndex }
    var index = text.startIndex
    var previous: Character = " "
    while index < text.endIndex {
      let character = text[index]
      let next = text.index(after: index)
      let following: Character? = next < text.endIndex ? text[next] : nil
      let isExponent =
        (character == "e" || character == "E")
        && (following.map { "0123456789+-".contains($0) } ?? false)
      let isSign = (character == "+" || character == "-") && (previous == "e" || previous == "E")
      if !(character.isNumber || character == "." || isExponent || isSign) {
        // A leading sign, or `.nan` and `.inf`, which end with the text.
        let isLeading = index == text.startIndex
        let tail = text[index...].lowercased()
        if tail == "nan" || tail == "inf" { return text.endIndex }
        if !isLeading { return index }
      }
      previous = character
      index = next
    }
    return text.endIndex
  }

  /// The quantity as it was written.
  package var text: String { symbol.isEmpty ? number.plain : "\(number.plain) \(symbol)" }
}

/// What a quantity must be: its dimension, the unit that the code keeps it in, and the units that a
/// message suggests.
package struct QuantityKind: Sendable, Equatable {
  /// What it is, with an article: `a torque`.
  package var noun: String
  /// The symbol of the unit that values are kept in, such as `N m`.
  package var symbol: String
  /// The symbols to suggest, the kept one first.
  package var suggested: [String]
  /// A quantity of this kind as someone would write it.
  package var example: String
  /// The unit that values are kept in.
  package var unit: Unit

  package init(_ noun: String, _ symbol: String, or others: [String] = [], example: String) {
    guard let unit = symbol.isEmpty ? Unit(dimension: Dimension()) : Unit(symbol) else {
      preconditionFailure("the unit '\(symbol)' of \(noun) can't be read")
    }
    self.noun = noun
    self.symbol = symbol
    suggested = [symbol] + others
    self.example = example
    self.unit = unit
  }

  /// The quantity's value in the kind's own unit; nil when its unit is missing, unknown, or of
  /// another dimension.
  package func value(of quantity: Quantity) -> Double? {
    if symbol.isEmpty { return quantity.symbol.isEmpty ? quantity.number : nil }
    guard let written = Unit(quantity.symbol), written.dimension == unit.dimension else {
      return nil
    }
    return written.convert(quantity.number, to: unit)
  }

  package static let number = QuantityKind("a number without a unit", "", example: "0.5")
  package static let time = QuantityKind("a time", "s", or: ["ms"], example: "100 ms")
  package static let frequency = QuantityKind("a rate", "Hz", or: ["kHz"], example: "100 Hz")
  package static let mass = QuantityKind("a mass", "kg", or: ["g"], example: "0.5 kg")
  package static let length = QuantityKind("a length", "m", or: ["cm", "mm"], example: "0.5 m")
  package static let angle = QuantityKind("an angle", "rad", or: ["deg", "rev"], example: "90 deg")
  package static let velocity = QuantityKind("a velocity", "m/s", example: "2 m/s")
  package static let angularVelocity = QuantityKind(
    "an angular velocity", "rad/s", or: ["deg/s", "rpm"], example: "10 rad/s")
  package static let acceleration = QuantityKind("an acceleration", "m/s^2", example: "5 m/s^2")
  package static let angularAcceleration = QuantityKind(
    "an angular acceleration", "rad/s^2", or: ["deg/s^2"], example: "5 rad/s^2")
  package static let force = QuantityKind("a force", "N", or: ["mN"], example: "10 N")
  package static let torque = QuantityKind("a torque", "N m", or: ["mN m"], example: "2.5 N m")
  package static let forceRate = QuantityKind("a force a time", "N/s", example: "100 N/s")
  package static let torqueRate = QuantityKind("a torque a time", "N m/s", example: "50 N m/s")
  package static let stiffness = QuantityKind("a force a length", "N/m", example: "20 N/m")
  package static let angularStiffness = QuantityKind(
    "a torque an angle", "N m/rad", or: ["N m/deg"], example: "2 N m/rad")
  package static let damping = QuantityKind("a force a velocity", "N s/m", example: "0.1 N s/m")
  package static let angularDamping = QuantityKind(
    "a torque an angular velocity", "N m s/rad", example: "0.01 N m s/rad")
  package static let inertia = QuantityKind(
    "a moment of inertia", "kg m^2", example: "0.02 kg m^2")
  package static let countsPerLength = QuantityKind(
    "encoder counts a length", "counts/m", or: ["counts/mm"], example: "20000 counts/m")
  package static let countsPerTurn = QuantityKind(
    "encoder counts a turn", "counts/rev", example: "16384 counts/rev")

  package static let temperature = QuantityKind("a temperature", "degC", example: "60 degC")
  package static let current = QuantityKind("a current", "A", or: ["mA"], example: "1.5 A")
  package static let voltage = QuantityKind("a voltage", "V", or: ["mV"], example: "12 V")
  package static let energy = QuantityKind("an energy", "J", or: ["mJ"], example: "20 J")

  /// The usual symbol of a dimension's SI unit: `N/m` rather than `kg/s^2`.
  package static func siSymbol(of dimension: Dimension) -> String {
    let known: [QuantityKind] = [
      .force, .torque, .forceRate, .torqueRate, .stiffness, .angularStiffness, .damping,
      .angularDamping, .inertia,
    ]
    return known.first { $0.unit.dimension == dimension }?.symbol ?? dimension.siSymbol
  }
}

extension Double {
  /// The number without a needless `.0`.
  package var plain: String {
    self == rounded() && abs(self) < 1e15 ? String(Int(self)) : String(self)
  }
}

extension String {
  /// The text without spaces and tabs around it.
  package var trimmingSpaces: String {
    let start = firstIndex { $0 != " " && $0 != "\t" } ?? endIndex
    let end = lastIndex { $0 != " " && $0 != "\t" }.map { index(after: $0) } ?? start
    return start < end ? String(self[start..<end]) : ""
  }
}
