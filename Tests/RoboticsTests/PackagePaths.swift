import Foundation

/// Where the tests find the repository's files, and recordings that lie beside it.
enum PackagePaths {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// A file in `calibration/`.
  static func calibration(_ path: String) -> String { "\(root)/calibration/\(path)" }

  /// A recording beside the repository; nil, saying so, where there are none.
  static func recording(_ path: String) -> String? {
    let file = "\(root)/../shared/data/\(path)"
    if FileManager.default.fileExists(atPath: file) { return file }
    print("skipped: no recording at ../shared/data/\(path)")
    return nil
  }
}
