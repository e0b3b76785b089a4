import Foundation
import Yams

/// A value in a YAML file with its place, read as whatever its reader needs, or refused in words
/// that name the place.
package struct YAMLValue {
  package let node: Node
  package let place: FilePlace

  package init(node: Node, place: FilePlace) {
    self.node = node
    self.place = place
  }

  /// Reads the one document in a text.
  package static func document(yaml: String, file: String) throws(RobotFileError) -> YAMLValue {
    let top = FilePlace(file: file, line: 1, key: "")
    // Nothing that people write by hand is this long; the bound keeps a wrong file cheap.
    if yaml.utf8.count > 1_000_000 {
      throw .unreadable(file: file, reason: "it is longer than 1 MB")
    }
    do {
      guard let node = try Parser(yaml: yaml).singleRoot() else {
        throw RobotFileError.wrongKind(top, found: "an empty file", wanted: "a map")
      }
      let line = node.mark?.line ?? 1
      return YAMLValue(node: node, place: FilePlace(file: file, line: line, key: ""))
    } catch let error as RobotFileError {
      throw error
    } catch let error as YamlError {
      throw RobotFileError(error, file: file)
    } catch {
      throw .syntax(top, problem: "\(error)")
    }
  }

  // MARK: - Texts and numbers

  package func text() throws(RobotFileError) -> String {
    guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
      throw .wrongKind(place, found: nodeDescription, wanted: "a text")
    }
    return scalar.string
  }

  /// A file's path, absolute: one that is relative is meant from the folder of the file that names it.
  package func path() throws(RobotFileError) -> String {
    let text = try text()
    if text.hasPrefix("/") { return text }
    return URL(fileURLWithPath: place.file).deletingLastPathComponent()
      .appendingPathComponent(text).standardizedFileURL.path
  }

  /// A name that fits everywhere a name goes: the wire (32 bytes), a file's name, a column's.
  package func name() throws(RobotFileError) -> String {
    let text = try text()
    let isPlain = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
    guard isPlain, text.utf8.count <= 32 else { throw .badName(place, found: text) }
    return text
  }

  package func flag() throws(RobotFileError) -> Bool {
    switch try text() {
    case "true": true
    case "false": false
    case let other: throw .unknownChoice(place, found: other, allowed: ["true", "false"])
    }
  }

  package func choice<Choice: RawRepresentable & CaseIterable>(
    of type: Choice.Type
  ) throws(RobotFileError) -> Choice where Choice.RawValue == String {
    let text = try text()
    guard let choice = Choice(rawValue: text) else {
      throw .unknownChoice(place, found: text, allowed: type.allCases.map(\.rawValue))
    }
    return choice
  }

  package func integer(
    in range: ClosedRange<Int>, example: String
  ) throws(RobotFileError) -> Int {
    let text = try text()
    guard let integer = Int(text) else {
      throw .notANumber(place, found: text, example: example)
    }
    guard range.contains(integer) else {
      throw .outOfRange(
        place, found: text,
        allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)",
        remedy: "write it as '\(example)'")
    }
    return integer
  }

  /// What a quantity's sign may be.
  package enum Sign {
    case any
    case notNegative
    case positive
  }

  /// A number with its unit, not yet checked but for being finite.
  package func quantity(example: String) throws(RobotFileError) -> Quantity {
    let text = try text()
    guard let quantity = Quantity(text) else {
      throw .notANumber(place, found: text, example: example)
    }
    guard quantity.number.isFinite else {
      throw .notFinite(place, found: text, example: example)
    }
    return quantity
  }

  /// A quantity's value in its kind's own unit.
  package func quantity(
    _ kind: QuantityKind, _ sign: Sign = .any
  ) throws(RobotFileError) -> Double {
    let quantity = try quantity(example: kind.example)
    guard let value = kind.value(of: quantity) else {
      throw .wrongUnit(
        place, found: try text(), unit: quantity.symbol, wanted: kind.noun,
        allowed: kind.suggested, example: kind.example)
    }
    guard value.isFinite else {
      throw .notFinite(place, found: try text(), example: kind.example)
    }
    switch sign {
    case .positive where value <= 0:
      throw .outOfRange(
        place, found: try text(), allowed: "\(kind.noun) above zero",
        remedy: "write it as '\(kind.example)'")
    case .notNegative where value < 0:
      throw .outOfRange(
        place, found: try text(), allowed: "\(kind.noun) of zero or more",
        remedy: "write it as '\(kind.example)'")
    default: return value
    }
  }

  // MARK: - Maps and lists

  package func map() throws(RobotFileError) -> YAMLMap {
    guard case .mapping(let mapping) = node else {
      throw .wrongKind(place, found: nodeDescription, wanted: "a map")
    }
    var entries: [YAMLMap.Entry] = []
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        throw .wrongKind(place, found: "a key that is a map or a list", wanted: "a text as key")
      }
      let path = place.key.isEmpty ? scalar.string : "\(place.key).\(scalar.string)"
      let line = key.mark?.line ?? place.line
      entries.append(
        YAMLMap.Entry(
          key: scalar.string,
          value: YAMLValue(
            node: value, place: FilePlace(file: place.file, line: line, key: path))))
    }
    return YAMLMap(place: place, entries: entries)
  }

  /// The items of a list. An item's key is its `name`, when it has one, else its number from 1.
  package func list() throws(RobotFileError) -> [YAMLValue] {
    guard case .sequence(let sequence) = node else {
      throw .wrongKind(place, found: nodeDescription, wanted: "a list")
    }
    return sequence.enumerated().map { index, item in
      var key = "\(index + 1)"
      if case .mapping(let mapping) = item, case .scalar(let name)? = mapping["name"] {
        key = name.string
      }
      return YAMLValue(
        node: item,
        place: FilePlace(
          file: place.file, line: item.mark?.line ?? place.line, key: "\(place.key).\(key)"))
    }
  }

  private var nodeDescription: String {
    switch node {
    case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "'\(scalar.string)'"
    case .mapping: "a map"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }
}

/// A map in a YAML file, in the file's order.
package struct YAMLMap {
  package struct Entry {
    package let key: String
    package let value: YAMLValue
  }

  package let place: FilePlace
  package let entries: [Entry]

  /// Refuses keys other than those.
  package func allow(_ keys: [String]) throws(RobotFileError) {
    for entry in entries where !keys.contains(entry.key) {
      throw .unknownKey(entry.value.place, allowed: keys)
    }
  }

  /// The value of a key, when it is there.
  package func value(_ key: String) -> YAMLValue? { entries.first { $0.key == key }?.value }

  /// The value of a key that must be there.
  package func required(_ key: String, example: String) throws(RobotFileError) -> YAMLValue {
    guard let value = value(key) else {
      throw .missingKey(missing(key), example: example)
    }
    return value
  }

  /// A quantity that must be there.
  package func required(
    _ key: String, _ kind: QuantityKind, _ sign: YAMLValue.Sign = .any
  ) throws(RobotFileError) -> Double {
    try required(key, example: "\(key): \(kind.example)").quantity(kind, sign)
  }

  /// A quantity that may be left out.
  package func optional(
    _ key: String, _ kind: QuantityKind, _ sign: YAMLValue.Sign = .any, default value: Double
  ) throws(RobotFileError) -> Double {
    guard let found = self.value(key) else { return value }
    return try found.quantity(kind, sign)
  }

  private func missing(_ key: String) -> FilePlace {
    FilePlace(
      file: place.file, line: place.line, key: place.key.isEmpty ? key : "\(place.key).\(key)")
  }
}

extension RobotFileError {
  /// What the YAML parser found wrong, with its line.
  fileprivate init(_ error: YamlError, file: String) {
    func place(_ line: Int) -> FilePlace { FilePlace(file: file, line: line, key: "") }
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let text = [context?.text, problem].compactMap { $0 }.joined(separator: ": ")
      self = .syntax(place(mark.line), problem: text)
    case .duplicatedKeysInMapping(let duplicates, let context):
      self = .duplicateKey(
        FilePlace(file: file, line: context.mark.line, key: duplicates.first ?? ""))
    case .reader(let problem, let offset, _, let yaml):
      let line = yaml.prefix(offset ?? 0).count { $0.isNewline } + 1
      self = .syntax(place(line), problem: problem)
    default:
      self = .syntax(place(1), problem: "the parser gave up")
    }
  }
}
