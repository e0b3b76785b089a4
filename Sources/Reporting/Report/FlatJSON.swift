import Foundation

/// JSON as pairs of a dotted path and a value, for tables of reports whose shape belongs to others.
enum FlatJSON {
  /// The numbers, words and truth values of a JSON object, by path; empty for text that isn't JSON.
  /// Arrays are left out: they are histograms, which a table doesn't show.
  static func pairs(_ json: String) -> [String: String] {
    guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) else { return [:] }
    var result: [String: String] = [:]
    collect(object, path: "", into: &result)
    return result
  }

  private static func collect(_ value: Any, path: String, into result: inout [String: String]) {
    switch value {
    case let object as [String: Any]:
      for (key, value) in object {
        collect(value, path: path.isEmpty ? key : "\(path).\(key)", into: &result)
      }
    case let text as String: result[path] = text
    case let number as NSNumber: result[path] = text(number)
    default: break
    }
  }

  private static func text(_ number: NSNumber) -> String {
    if String(cString: number.objCType) == "c" { return number.boolValue ? "yes" : "no" }
    let value = number.doubleValue
    return value == value.rounded() && abs(value) < 1e15
      ? String(format: "%.0f", value) : String(format: "%.4g", value)
  }

  /// A table of a JSON report a trial: a row a trial, a column a path, paths in alphabetical order.
  static func table(_ reports: [Int: String]) -> String {
    let rows = reports.sorted { $0.key < $1.key }.map { ($0.key, pairs($0.value)) }
    let paths = Set(rows.flatMap(\.1.keys)).sorted()
    return HTML.table(
      ["trial"] + paths,
      rows.map { number, values in
        [.number(String(number))] + paths.map { .number(values[$0] ?? "–") }
      })
  }
}
