import Foundation

/// States and what someone, or something, said that they are worth: what a reward is learnt from.
///
/// A CSV file's columns are named as `handful export --format csv` names them, and `reward`:
///
///     shoulder_position_rad,shoulder_velocity_rad_per_s,reward
///     3.14,0.1,1
///     0.2,-1,0
///
/// Only what has a column counts; others are not looked at.
public struct RewardSamples: Sendable, Equatable {
  /// What a reward may be learnt from, of what there are columns for.
  public var features: [LearntReward.Feature]
  /// The features of each sample, side by side.
  public var points: [Double]
  /// What each sample is worth.
  public var rewards: [Double]

  /// Samples from their parts.
  public init(features: [LearntReward.Feature], points: [Double], rewards: [Double]) {
    self.features = features
    self.points = points
    self.rewards = rewards
  }

  /// Reads samples from a file's text.
  ///
  /// - Parameters:
  ///   - csv: The text.
  ///   - file: What errors call the file.
  ///   - joints: The robot's joints.
  /// - Throws: ``RecordingError`` with the file and line of what is wrong.
  public init(csv: String, file: String, joints: [Joint]) throws(RecordingError) {
    let names = try CSVTable(csv: csv, file: file, wanted: ["reward"]).names
    var wanted: [(column: String, dimension: Int)] = []
    for (index, joint) in joints.enumerated() {
      let name = ColumnName.word(ofName: joint.name)
      let velocity = "\(name)_velocity_\(ColumnName.word(ofUnit: joint.velocityUnit))"
      wanted.append(
        ("\(name)_position_\(ColumnName.word(ofUnit: joint.positionUnit))", index))
      wanted.append((velocity, joints.count + index))
    }
    let present = wanted.filter { names.contains($0.column) }
    guard !present.isEmpty else {
      throw .noStateColumn(
        file: file, wanted: wanted.map(\.column), found: names.filter { $0 != "reward" })
    }
    let table = try CSVTable(csv: csv, file: file, wanted: present.map(\.column) + ["reward"])
    let dimensions = Set(present.map(\.dimension))
    features = LearntReward.knownFeatures(of: joints).map(\.feature).filter {
      dimensions.contains($0.dimension)
    }
    rewards = table.columns[present.count]
    points = []
    var state = Array(repeating: 0.0, count: 2 * joints.count)
    var point = Array(repeating: 0.0, count: features.count)
    for row in rewards.indices {
      for (column, entry) in present.enumerated() {
        state[entry.dimension] = table.columns[column][row]
      }
      LearntReward.write(features, states: state, stride: 1, step: 0, into: &point)
      points += point
    }
  }

  /// Reads samples from a file.
  ///
  /// - Throws: ``RecordingError`` with the file and line of what is wrong.
  public init(contentsOf path: String, joints: [Joint]) throws(RecordingError) {
    try self.init(csv: CSVTable.text(contentsOf: path), file: path, joints: joints)
  }
}

extension LearntReward.Feature {
  /// The state dimension that it is computed from.
  var dimension: Int {
    switch self {
    case .cosine(let dimension), .sine(let dimension), .value(let dimension): dimension
    }
  }
}
