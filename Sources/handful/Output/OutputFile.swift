import Foundation

/// Files that a command writes where it was told to.
enum OutputFile {
  /// Writes the text, whole or not at all.
  static func write(_ text: String, to path: String) throws {
    try write(Data(text.utf8), to: path)
  }

  /// Writes the bytes, whole or not at all.
  static func write(_ data: Data, to path: String) throws {
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure.BadInput(
        message: "'\(path)' can't be written; check that its folder is there and may be written to")
    }
  }

  /// Says which files were written.
  static func report(_ paths: [String], asJSON: Bool) throws {
    if asJSON { return try JSONOutput.write(["wrote": paths]) }
    for path in paths { Console.shared.line("wrote \(path)") }
  }
}
