import Foundation

/// A value in a vector file: JSON, with what JSON can't say exactly said as text.
///
/// 64-bit integers are decimal text, and floats that aren't finite are "NaN", "Infinity" and
/// "-Infinity". Finite floats are the exact decimal of the single as a double.
indirect enum FieldValue: Codable, Hashable {
  case number(Double)
  case flag(Bool)
  case text(String)
  case list([FieldValue])
  case fields([String: FieldValue])

  init(_ value: some FixedWidthInteger) {
    self = value.bitWidth > 32 ? .text(String(value)) : .number(Double(value))
  }

  init(_ value: Float) {
    if value.isFinite {
      self = .number(Double(value))
    } else {
      self = .text(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([FieldValue].self) {
      self = .list(list)
    } else {
      self = .fields(try container.decode([String: FieldValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number):
      if let integer = Int64(exactly: number) {
        try container.encode(integer)
      } else {
        try container.encode(number)
      }
    case .flag(let flag): try container.encode(flag)
    case .text(let text): try container.encode(text)
    case .list(let list): try container.encode(list)
    case .fields(let fields): try container.encode(fields)
    }
  }
}
