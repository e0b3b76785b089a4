import FirmwareProtocol

/// The samples of one read that wait to be received, oldest first. Its memory is set aside at the
/// start; when it is full the oldest gives way.
final class PendingSamples {
  private struct Header {
    var tick: UInt32 = 0
    var robotTimeNanoseconds: Int64 = 0
    var hostTimeNanoseconds: Int64 = 0
    var mode: RobotMode = .disarmed
    var fault: FaultCode = .none
    var lateCommands: Int = 0
  }

  let jointCount: Int
  private let capacity: Int
  private let headers: UnsafeMutablePointer<Header>
  /// Positions, velocities, efforts of each sample: 3 × `jointCount` doubles.
  private let values: UnsafeMutablePointer<Double>
  private var first = 0
  private(set) var count = 0

  init(jointCount: Int, capacity: Int) {
    self.jointCount = jointCount
    self.capacity = capacity
    headers = .allocate(capacity: capacity)
    headers.initialize(repeating: Header(), count: capacity)
    values = .allocate(capacity: max(3 * jointCount * capacity, 1))
    values.initialize(repeating: 0, count: 3 * jointCount * capacity)
  }

  deinit {
    headers.deallocate()
    values.deallocate()
  }

  func removeAll() {
    first = 0
    count = 0
  }

  /// Appends a state that came at `hostTimeNanoseconds`; it must have `jointCount` joints.
  func append(_ state: StateView, hostTimeNanoseconds: Int64) {
    if count == capacity {
      first = (first + 1) % capacity
      count -= 1
    }
    let slot = (first + count) % capacity
    count += 1
    headers[slot] = Header(
      tick: state.tick,
      robotTimeNanoseconds: Int64(truncatingIfNeeded: state.robotTimeMicroseconds) &* 1000,
      hostTimeNanoseconds: hostTimeNanoseconds, mode: state.mode, fault: state.fault,
      lateCommands: Int(state.lateCommands))
    let target = values + 3 * jointCount * slot
    for joint in 0..<jointCount {
      target[joint] = Double(state.position(joint))
      target[jointCount + joint] = Double(state.velocity(joint))
      target[2 * jointCount + joint] = Double(state.effort(joint))
    }
  }

  /// Moves the oldest sample out.
  ///
  /// - Returns: Whether there was one.
  func pop(into sample: LinkSample) -> Bool {
    guard count > 0 else { return false }
    let header = headers[first]
    sample.tick = header.tick
    sample.robotTimeNanoseconds = header.robotTimeNanoseconds
    sample.hostTimeNanoseconds = header.hostTimeNanoseconds
    sample.mode = header.mode
    sample.fault = header.fault
    sample.lateCommands = header.lateCommands
    let source = values + 3 * jointCount * first
    for joint in 0..<jointCount {
      sample.positions[joint] = source[joint]
      sample.velocities[joint] = source[jointCount + joint]
      sample.efforts[joint] = source[2 * jointCount + joint]
    }
    first = (first + 1) % capacity
    count -= 1
    return true
  }
}
