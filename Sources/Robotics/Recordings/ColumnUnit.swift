import Foundation

/// The unit that a column's name ends with: `position_rad`, `velocity_rad_per_s`, `torque_N_m`,
/// `angle [deg]`, `time (ms)`.
///
/// Values are brought to SI units by it. A name without a unit has values in SI units. A single letter
/// after `_` that would be a unit of something else (`q_m` for a motor's angle) is part of the name.
enum ColumnUnit {
  /// What a column's values are multiplied with to be in the unit of their kind.
  ///
  /// - Parameters:
  ///   - column: The column's name.
  ///   - kind: What the column shall hold.
  /// - Throws: ``RecordingError/wrongUnit(file:column:unit:wanted:allowed:)`` for a unit of something
  ///   else, or one that isn't known, in brackets.
  static func factor(
    of column: String, for kind: QuantityKind, file: String
  ) throws(RecordingError) -> Double {
    guard let (symbol, isCertain) = symbol(in: column) else { return 1 }
    if let factor = kind.value(of: Quantity(number: 1, symbol: symbol)) { return factor }
    guard isCertain else { return 1 }
    throw .wrongUnit(
      file: file, column: column, unit: symbol, wanted: kind.noun, allowed: kind.suggested)
  }

  /// The unit's symbol at the end of a name, and whether it can't be anything else.
  private static func symbol(in column: String) -> (symbol: String, isCertain: Bool)? {
    for (open, close) in [("[", "]"), ("(", ")")] {
      guard column.hasSuffix(close), let start = column.lastIndex(of: Character(open)) else {
        continue
      }
      return (String(column[column.index(after: start)...].dropLast()), true)
    }
    let words = column.split(separator: "_").map(String.init)
    for count in stride(from: min(words.count - 1, 5), to: 0, by: -1) {
      let symbol = words.suffix(count).joined(separator: " ")
        .replacingOccurrences(of: " per ", with: "/")
      if Unit(symbol) != nil { return (symbol, symbol.count > 1) }
    }
    return nil
  }
}
