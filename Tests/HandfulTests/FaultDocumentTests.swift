import Foundation
import Testing

@Suite("The documents on faults say what is so")
struct FaultDocumentTests {
  private static let package = HandfulProcess.package

  /// The text of every Swift file in a folder, by its name without the ending.
  private static func swiftFiles(in folder: String) throws -> [String: String] {
    let root = package.appendingPathComponent(folder).resolvingSymlinksInPath()
    let files = try #require(FileManager.default.enumerator(atPath: root.path))
    var texts: [String: String] = [:]
    for case let path as String in files where path.hasSuffix(".swift") {
      let url = root.appendingPathComponent(path)
      texts[url.deletingPathExtension().lastPathComponent, default: ""] += try String(
        contentsOf: url, encoding: .utf8)
    }
    return texts
  }

  private static func document(_ name: String) throws -> [String] {
    try String(
      contentsOf: package.appendingPathComponent("docs/\(name)"), encoding: .utf8
    ).components(separatedBy: "\n")
  }

  @Test("Every test that docs/faults.md names is there")
  func testsExist() throws {
    let texts = try Self.swiftFiles(in: "Tests").values.joined(separator: "\n")
    var named = 0
    for line in try Self.document("faults.md") where line.hasPrefix("| ") {
      let shownBy = line.split(separator: "|").last.map(String.init) ?? ""
      let names = shownBy.split(separator: "`").map(String.init).filter { $0.contains("Tests") }
      for name in names {
        named += 1
        let parts = name.split(separator: "/").map(String.init)
        #expect(texts.contains("struct \(parts[0])"), "\(name)")
        if parts.count > 1 { #expect(texts.contains("func \(parts[1])("), "\(name)") }
      }
    }
    #expect(named > 25)
  }

  @Test("Everything that docs/troubleshooting.md quotes is what the program says")
  func quotesHold() throws {
    let joints = #"(?s)"\s*\n\s*(?://[^\n]*\n\s*)?\+\s*""#
    let texts = try Self.swiftFiles(in: "Sources").values.map {
      $0.replacingOccurrences(of: joints, with: "", options: .regularExpression)
    }
    let said = texts.joined(separator: "\n").replacingOccurrences(
      of: #"\\\([^"\n]*?\)+"#, with: "…", options: .regularExpression)
    var quotes = 0
    for line in try Self.document("troubleshooting.md") where line.hasPrefix("> ") {
      quotes += 1
      for part in line.dropFirst(2).components(separatedBy: "…") {
        let words = part.trimmingCharacters(in: CharacterSet(charactersIn: " .,;'"))
        // A quote that begins or ends with '…' leaves nothing there to look for.
        let isSaid = words.isEmpty || said.contains(words)
        #expect(isSaid, "\(words)")
      }
    }
    #expect(quotes > 25)
  }
}
