import HardwareIO
import Robotics

/// The rows of a trial's samples, handed over to the ring one behind: a sample's row is complete only
/// when the next sample says whether its command came late.
///
/// It has its memory from the beginning and allocates nothing after.
struct TrialRecorder: ~Copyable {
  private let ring: SampleRing
  private let format: SampleRecord
  private let actuated: [Int]
  private let row: UnsafeMutableBufferPointer<Double>
  private var isPending = false
  private var startTick: UInt32 = 0
  private var startRobotTime: Int64 = 0
  private var startHostTime: Int64 = 0
  private var startLateCommands = 0

  /// The number of rows so far.
  private(set) var sampleCount = 0

  init(robot: Robot, ring: SampleRing) {
    self.ring = ring
    format = SampleRecord(robot: robot)
    actuated = robot.actuatedJoints
    row = .allocate(capacity: format.size)
    row.initialize(repeating: 0)
  }

  deinit { row.deallocate() }

  /// When the trial began, by the host's monotonic clock in seconds; 0 before it did.
  var startMonotonicSeconds: Double { Double(startHostTime) * 1e-9 }

  /// Begins the trial with its first sample.
  mutating func begin(_ sample: LinkSample) {
    startTick = sample.tick
    startRobotTime = sample.robotTimeNanoseconds
    startHostTime = sample.hostTimeNanoseconds
    startLateCommands = sample.lateCommands
  }

  /// The number of ticks from the trial's first sample to this one.
  func tick(of sample: LinkSample) -> Int { Int(sample.tick &- startTick) }

  /// How many of the trial's commands came late, of those that the robot had counted by some sample; 0
  /// before the first row.
  func lateCommands(of counted: Int) -> Int { sampleCount > 0 ? counted - startLateCommands : 0 }

  /// Notes that the command of the row that waits came late.
  func markLate() {
    if isPending { row[3] = Double(UInt8(row[3]) | Sample.Flags.late.rawValue) }
  }

  /// Hands over the row before, and fills a new one.
  ///
  /// - Parameters:
  ///   - observed: The positions (rad or m), without the turns of the trial's beginning.
  ///   - asked: The policy's efforts (N m or N), an entry an actuated joint.
  ///   - sent: What the envelope made of them, an entry a joint.
  /// - Returns: Whether the ring had room for the row before.
  mutating func write(
    _ sample: LinkSample, flags: Sample.Flags, observed: ObservedState,
    asked: UnsafeMutableBufferPointer<Double>, sent: UnsafeMutableBufferPointer<Double>
  ) -> Bool {
    let hadRoom = flush()
    row[0] = Double(tick(of: sample))
    row[1] = Double(sample.robotTimeNanoseconds - startRobotTime) * 1e-9
    row[2] = Double(sample.hostTimeNanoseconds - startHostTime) * 1e-9
    row[3] = Double(flags.rawValue)
    // What the robot measured: what a policy made of it can be told from that.
    for j in 0..<format.jointCount {
      row[format.positions + j] = observed.values[j]
      row[format.velocities + j] = sample.velocities[j]
    }
    for (index, joint) in actuated.enumerated() {
      row[format.asked + index] = asked[index]
      row[format.sent + index] = sent[joint]
    }
    isPending = true
    sampleCount += 1
    return hadRoom
  }

  /// Hands over the row that waits, if one does.
  ///
  /// - Returns: Whether the ring had room for it.
  mutating func flush() -> Bool {
    guard isPending else { return true }
    isPending = false
    return ring.push(UnsafeBufferPointer(row))
  }
}
