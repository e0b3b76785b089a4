/// What a parameter's name says of it: by convention, a parameter whose name has the word `mass`
/// (`mass`, `mass1`, `cart_mass`) is a mass, and so on for `length`, `inertia`, `damping`,
/// `friction`, `frictionloss`, `armature` and `gravity`. So a mistaken unit or sign is found before any
/// model sees it. Other names may have any unit and sign.
package struct ParameterKind: Sendable {
  /// What the quantity may be.
  package var kinds: [QuantityKind]
  /// What its sign may be.
  package var sign: YAMLValue.Sign

  /// The kind of a parameter of that name; nil when the name says nothing.
  package init?(name: String) {
    let words = name.split(separator: "_").map { word in
      word.filter { !$0.isNumber }.lowercased()
    }
    let known = words.compactMap { ParameterKind.conventions[$0] }
    // 'frame_mass_damping' is the damping of something called 'frame_mass'.
    guard let found = known.last else { return nil }
    self = found
  }

  private init(_ kinds: [QuantityKind], _ sign: YAMLValue.Sign) {
    self.kinds = kinds
    self.sign = sign
  }

  private static let conventions: [String: ParameterKind] = [
    "mass": ParameterKind([.mass], .positive),
    "length": ParameterKind([.length], .positive),
    "inertia": ParameterKind([.inertia], .positive),
    "damping": ParameterKind([.angularDamping, .damping], .notNegative),
    "friction": ParameterKind([.torque, .force], .notNegative),
    "frictionloss": ParameterKind([.torque, .force], .notNegative),
    "armature": ParameterKind([.inertia, .mass], .notNegative),
    "gravity": ParameterKind([.acceleration], .notNegative),
  ]
}

extension YAMLValue {
  /// A parameter's value in SI units, and the symbol of its unit.
  package func parameter(named name: String) throws(RobotFileError) -> (value: Double, unit: String)
  {
    let convention = ParameterKind(name: name)
    guard let convention else {
      let found = try quantity(example: "0.5 kg")
      if found.symbol.isEmpty { return (found.number, "1") }
      guard let unit = Unit(found.symbol) else {
        throw .wrongUnit(
          place, found: try text(), unit: found.symbol, wanted: "a unit that can be read",
          allowed: ["kg", "m", "s", "rad", "N", "N m", "products and powers of them"],
          example: "0.02 kg m^2")
      }
      return (
        unit.convert(found.number, to: Unit(dimension: unit.dimension)),
        QuantityKind.siSymbol(of: unit.dimension)
      )
    }
    let found = try quantity(example: convention.kinds[0].example)
    for kind in convention.kinds where kind.value(of: found) != nil {
      return (try quantity(kind, convention.sign), kind.symbol)
    }
    throw .wrongUnit(
      place, found: try text(), unit: found.symbol,
      wanted: convention.kinds.map(\.noun).joined(separator: " or "),
      allowed: convention.kinds.flatMap(\.suggested), example: convention.kinds[0].example)
  }
}

extension QuantityKind {
  /// A quantity in a parameter's own unit, given by its symbol (`1` for none).
  package init(parameterUnit symbol: String) {
    let symbol = symbol == "1" ? "" : symbol
    self.init(
      symbol.isEmpty ? "a number without a unit" : "a quantity in the parameter's unit", symbol,
      example: symbol.isEmpty ? "0.01" : "0.01 \(symbol)")
  }
}
