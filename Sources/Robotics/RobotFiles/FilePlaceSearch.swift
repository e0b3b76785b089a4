extension FilePlace {
  /// The place of a key in a robot file, for errors that are found after it was read.
  ///
  /// - Parameters:
  ///   - key: The keys that lead there, joined by dots; an item of a list goes by its name.
  ///   - yaml: The file's text.
  ///   - file: What the place calls the file.
  /// - Returns: The place, on the line of the last key that is there; nil when the text isn't a map.
  public static func of(key: String, yaml: String, file: String) -> FilePlace? {
    guard var value = try? YAMLValue.document(yaml: yaml, file: file) else { return nil }
    for name in key.split(separator: ".") {
      if let map = try? value.map() {
        guard let next = map.value(String(name)) else { break }
        value = next
      } else if let list = try? value.list() {
        guard let next = list.first(where: { $0.place.lastKey == name }) else { break }
        value = next
      }
    }
    return FilePlace(file: file, line: value.place.line, key: key)
  }
}
