import Robotics

/// How a sample travels from the control thread to the store: as a flat row of doubles.
struct SampleRecord {
  let jointCount: Int
  let actionCount: Int

  init(robot: Robot) {
    jointCount = robot.joints.count
    actionCount = robot.actionDimensions
  }

  /// The number of doubles of a row: tick, robot time, host time, flags, then positions, velocities,
  /// asked and sent actions.
  var size: Int { 4 + 2 * jointCount + 2 * actionCount }

  var positions: Int { 4 }
  var velocities: Int { 4 + jointCount }
  var asked: Int { 4 + 2 * jointCount }
  var sent: Int { 4 + 2 * jointCount + actionCount }

  /// The sample of a row.
  func sample(_ row: UnsafePointer<Double>) -> Sample {
    func values(_ start: Int, _ count: Int) -> [Double] {
      Array(UnsafeBufferPointer(start: row + start, count: count))
    }
    return Sample(
      tick: Int(row[0]), robotTimeSeconds: row[1], hostTimeSeconds: row[2],
      positions: values(positions, jointCount), velocities: values(velocities, jointCount),
      askedAction: values(asked, actionCount), sentAction: values(sent, actionCount),
      flags: Sample.Flags(rawValue: UInt8(row[3])))
  }
}
