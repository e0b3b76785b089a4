extension String {
  /// The text with spaces after it, so many characters wide at least, and one space always: a cell of a
  /// table.
  package func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
