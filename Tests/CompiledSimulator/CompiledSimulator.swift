import Foundation

/// A simulator written in C for a test, compiled into a shared library with Handful's interface in
/// sight; its folder is left behind in the temporary one, as a library stays loaded.
///
///     let library = try CompiledSimulator(source, defining: ["VERSION": "1"])
///     let prior = try LibraryPrior(path: library.path)
package struct CompiledSimulator {
  /// The shared library.
  package let path: String

  /// Why there is no library.
  package struct Refused: Error, CustomStringConvertible {
    /// The compiler's exit status.
    package var status: Int32
    /// What happened.
    package var description: String { "the compiler ended with status \(status)" }
  }

  /// Compiles a simulator.
  ///
  /// - Parameters:
  ///   - source: C that includes `handful_simulator.h`.
  ///   - macros: Macros to define, with their values.
  /// - Throws: ``Refused`` when it doesn't compile.
  package init(_ source: String, defining macros: [String: String] = [:]) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("handful-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("plant.c")
    path = folder.appendingPathComponent("plant.so").path
    try source.write(to: file, atomically: true, encoding: .utf8)
    let header = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/CSimulator/include").path
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments =
      ["clang", "-O2", "-shared", "-fPIC", "-I", header]
      + macros.map { "-D\($0)=\($1)" } + [file.path, "-o", path, "-lm"]
    try compiler.run()
    compiler.waitUntilExit()
    guard compiler.terminationStatus == 0 else {
      throw Refused(status: compiler.terminationStatus)
    }
  }
}
