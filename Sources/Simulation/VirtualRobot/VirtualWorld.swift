import Foundation

/// A virtual robot's world between two episodes: what there would be of a real one when the lights
/// are out. With it, another process goes on where one has ended.
public struct VirtualWorld: Sendable, Equatable, Codable {
  /// The number of episodes so far: streams in which the robot was armed, and that its host ended.
  public var episodes: Int
  /// The plant's state: positions (rad or m), then velocities (rad/s or m/s).
  public var plantState: [Double]
  /// The encoders' last readings, from which velocities are reckoned.
  var sensorReadings: [[Double]]
  var newestReading: Int
  /// How often the actuators were turned on, which names the noise of what follows.
  var armCount: UInt64
}

/// The worlds of a virtual robot after each of its episodes, in a file: a line of JSON each.
///
/// A line that was cut short, as when its process was killed, is left out.
public struct VirtualWorldFile: Sendable {
  /// Where it is.
  public var path: String

  /// A file at a path, which needs not be there yet.
  public init(path: String) { self.path = path }

  /// The world after so many episodes, as it was last; nil when the file has none.
  public func world(afterEpisodes count: Int) -> VirtualWorld? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    return text.split(separator: "\n").reversed().lazy
      .compactMap { try? JSONDecoder().decode(VirtualWorld.self, from: Data($0.utf8)) }
      .first { $0.episodes == count }
  }

  /// Adds a world.
  ///
  /// - Throws: An error of the file system's.
  public func append(_ world: VirtualWorld) throws {
    // The newline comes first, so that a line which was cut short spoils no other.
    let line = Data("\n".utf8) + (try JSONEncoder().encode(world))
    if !FileManager.default.fileExists(atPath: path) {
      try Data().write(to: URL(fileURLWithPath: path))
    }
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: line)
    try file.synchronize()
    try file.close()
  }
}
