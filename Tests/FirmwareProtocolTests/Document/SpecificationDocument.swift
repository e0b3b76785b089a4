import Foundation

/// `firmware-protocol/PROTOCOL.md` in the parts that tests check.
struct SpecificationDocument {
  /// A worked example: the lines of a block marked `frame`, by their first word.
  typealias Example = [String: String]

  /// A message's section: its heading, and the rows of its tables.
  struct Section {
    var type: UInt8
    var name: String
    var direction: String
    /// The rows of the table of the fixed part: offset, size, type, field.
    var fixedRows: [[String]] = []
    /// The rows of the table of a joint's part, whose offsets start with a plus.
    var jointRows: [[String]] = []
  }

  let lines: [String]

  init() throws {
    let url = Repository.root.appendingPathComponent("firmware-protocol/PROTOCOL.md")
    lines = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n")
  }

  var examples: [Example] {
    var examples: [Example] = []
    var example: Example?
    for line in lines {
      if line == "```frame" {
        example = [:]
      } else if line == "```" {
        if let example { examples.append(example) }
        example = nil
      } else if example != nil {
        let word = line.prefix { $0 != " " }
        example?[String(word)] = line.dropFirst(word.count).trimmingCharacters(in: .whitespaces)
      }
    }
    return examples
  }

  var sections: [Section] {
    var sections: [Section] = []
    for line in lines {
      if line.hasPrefix("### `0x"), let type = UInt8(line.dropFirst(7).prefix(2), radix: 16) {
        let words = line.dropFirst(11).components(separatedBy: "(")
        sections.append(
          Section(
            type: type, name: words[0].trimmingCharacters(in: .whitespaces),
            direction: String(words[1].dropLast())))
      } else if line.hasPrefix("## ") {
        if !sections.isEmpty && !line.contains("Messages") { break }
      } else if line.hasPrefix("| "), !sections.isEmpty {
        let cells = SpecificationDocument.cells(of: line)
        let isField = cells.count == 5 && cells[0] != "offset" && cells[0] != "---"
        if isField && cells[0].hasPrefix("+") {
          sections[sections.count - 1].jointRows.append(cells)
        } else if isField {
          sections[sections.count - 1].fixedRows.append(cells)
        }
      }
    }
    return sections
  }

  static func cells(of line: String) -> [String] {
    line.dropFirst().dropLast().components(separatedBy: "|")
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
