import Foundation

/// How columns of numbers are named, in exports, stores and what is read back:
/// `shoulder_velocity_rad_per_s`.
package enum ColumnName {
  /// A joint's name as a part of a name: letters, digits and `_` only.
  package static func word(ofName name: String) -> String {
    String(
      name.unicodeScalars.map { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": Character(scalar)
        default: "_"
        }
      })
  }

  /// A unit as a part of a name: `rad_per_s` for `rad/s`.
  package static func word(ofUnit unit: String) -> String {
    unit.replacingOccurrences(of: "/", with: "_per_").replacingOccurrences(of: " ", with: "_")
  }
}
