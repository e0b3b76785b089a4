import Foundation
import LinearAlgebra
import Robotics

/// A file that decides what is learnt beside the robot's description, as a store remembers it: by its
/// name, and by a number that tells its contents apart.
public struct FileDigest: Codable, Sendable, Equatable {
  /// The file's name, without folders.
  public var name: String
  /// The fingerprint of its bytes, in hexadecimal.
  public var fingerprint: String

  /// A file's digest; nil when it can't be read.
  init?(path: String) {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    var numbers = [UInt64(data.count)]
    var word: UInt64 = 0
    for (index, byte) in data.enumerated() {
      word |= UInt64(byte) << UInt64(8 * (index % 8))
      if index % 8 == 7 {
        numbers.append(word)
        word = 0
      }
    }
    name = (path as NSString).lastPathComponent
    fingerprint = String(Parallel.fingerprint(of: numbers + [word]), radix: 16)
  }

  /// The digests of a prior's files in order of their paths: of its library, or of its MuJoCo model with
  /// what that names in turn (files that it includes, meshes). What a model names and can't be found,
  /// such as a package's path in URDF, is left to MuJoCo.
  static func all(of prior: PriorDescription) -> [FileDigest] {
    var paths: Set<String> = []
    if let library = prior.libraryPath { paths.insert(library) }
    if let model = prior.mujoco?.path { collect(model, folders: [], into: &paths) }
    return paths.sorted().compactMap(FileDigest.init)
  }

  /// Adds a model's file and those that it names.
  ///
  /// - Parameter folders: Folders besides its own where the files that it names may be.
  private static func collect(_ path: String, folders: [String], into paths: inout Set<String>) {
    guard paths.insert(path).inserted, ["xml", "urdf"].contains((path as NSString).pathExtension),
      let text = try? String(contentsOfFile: path, encoding: .utf8)
    else { return }
    let folder = (path as NSString).deletingLastPathComponent
    func placed(_ name: String, in folder: String) -> String {
      name.hasPrefix("/") ? name : (folder as NSString).appendingPathComponent(name)
    }
    let places =
      [folder] + folders
      + values(of: ["meshdir", "texturedir", "assetdir"], in: text).map { placed($0, in: folder) }
    for name in values(of: ["file", "filename"], in: text) {
      let found = places.map { placed(name, in: $0) }
        .first { FileManager.default.fileExists(atPath: $0) }
      if let found { collect(found, folders: places, into: &paths) }
    }
  }

  /// The values of attributes of those names in XML.
  private static func values(of names: [String], in text: String) -> [String] {
    let pattern = "\\b(?:\(names.joined(separator: "|")))\\s*=\\s*[\"']([^\"']+)[\"']"
    guard let expression = try? NSRegularExpression(pattern: pattern) else { return [] }
    let all = NSRange(text.startIndex..., in: text)
    return expression.matches(in: text, range: all).compactMap {
      Range($0.range(at: 1), in: text).map { String(text[$0]) }
    }
  }
}
