import Foundation

/// A CSV file of numbers under a line of names.
struct CSVTable {
  /// The names of the columns.
  private(set) var names: [String] = []
  /// The numbers of each column asked for, in the order asked for.
  private(set) var columns: [[Double]] = []
  /// The file's line number of each row, as blank lines and comments (`#`) are skipped.
  private(set) var lines: [Int] = []

  /// The text of a file.
  static func text(contentsOf path: String) throws(RecordingError) -> String {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .unreadable(file: path, reason: RobotFile.reason(error, path: path))
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw .unreadable(file: path, reason: "it isn't UTF-8 text")
    }
    return text
  }

  /// Reads the columns of those names; others are not looked at.
  init(csv: String, file: String, wanted: [String]) throws(RecordingError) {
    var indices: [Int] = []
    var number = 0
    // A byte order mark is what some spreadsheets begin with.
    let text = csv.first == "\u{FEFF}" ? csv.dropFirst() : csv[...]
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      if line.first == "#" || line.allSatisfy(\.isWhitespace) { continue }
      if names.isEmpty {
        names = fields.map(Self.trimmed)
        indices = try Self.indices(of: wanted, in: names, file: file)
        columns = [[Double]](repeating: [], count: wanted.count)
        continue
      }
      if fields.count != names.count {
        throw .raggedLine(file: file, line: number, found: fields.count, wanted: names.count)
      }
      for (column, index) in indices.enumerated() {
        let field = Self.trimmed(fields[index])
        guard let value = Double(field) else {
          throw .notANumber(file: file, line: number, column: names[index], found: field)
        }
        if !value.isFinite {
          throw .notFinite(file: file, line: number, column: names[index], found: field)
        }
        columns[column].append(value)
      }
      lines.append(number)
    }
    if names.isEmpty { throw .tooShort(file: file, found: 0) }
  }

  private static func indices(
    of wanted: [String], in names: [String], file: String
  ) throws(RecordingError) -> [Int] {
    var indices: [Int] = []
    for name in wanted {
      guard let index = names.firstIndex(of: name) else {
        throw .missingColumn(file: file, wanted: name, found: names)
      }
      if names.lastIndex(of: name) != index { throw .duplicateColumn(file: file, name: name) }
      indices.append(index)
    }
    return indices
  }

  private static func trimmed(_ field: Substring) -> String {
    var text = String(field).trimmingSpaces
    if text.count >= 2 && text.first == "\"" && text.last == "\"" {
      text = String(text.dropFirst().dropLast())
    }
    return text
  }
}
