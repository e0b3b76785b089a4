import HardwareIO

/// What a stream of samples was like while the robot was off and only watched.
public struct StreamObservation: Sendable, Equatable, Codable {
  /// The number of samples that came.
  public var sampleCount: Int
  /// The number that were lost on the way.
  public var lostCount: Int
  /// The number of frames that came damaged.
  public var corruptedCount: Int
  /// The rate at which they came by the host's clock, in hertz.
  public var rateHertz: Double
  /// How old they were on arrival beyond an undisturbed one, in microseconds.
  public var age: TimingReport.Distribution
  /// How the robot's clock ran against the host's.
  public var clock: ClockReading?
  /// The last position of each joint (rad or m).
  public var positions: [Double]
  /// The last velocity of each joint (rad/s or m/s).
  public var velocities: [Double]
}

extension SupervisedRobot {
  /// Watches the stream for so many seconds of the robot's clock, actuators off.
  ///
  /// - Throws: `LinkError`, ``SupervisorError``.
  public func observeStream(seconds: Double) throws -> StreamObservation {
    try prove("watching the stream") { stream throws(SupervisorError) in
      let robot = stream.robot
      let count = max(Int((seconds * robot.link.controlRateHertz).rounded()), 2)
      var pacer = ControlPacer(
        periodSeconds: robot.link.controlPeriodSeconds, speed: stream.link.speed)
      let age = TimingHistogram()
      var clock = ClockTracker()
      let sample = stream.sample
      var first: (tick: UInt32, hostTime: Int64)?
      for _ in 0..<count {
        _ = pacer.waitForNextSample()
        try stream.next()
        if first == nil { first = (sample.tick, sample.hostTimeNanoseconds) }
        pacer.noteSample(
          robotTimeNanoseconds: sample.robotTimeNanoseconds,
          hostTimeNanoseconds: sample.hostTimeNanoseconds)
        clock.note(
          robotTimeNanoseconds: sample.robotTimeNanoseconds,
          hostTimeNanoseconds: sample.hostTimeNanoseconds)
        if let nanoseconds = pacer.lastSampleAgeNanoseconds { age.record(nanoseconds: nanoseconds) }
        _ = stream.link.sendHeartbeat()
      }
      let ticks = first.map { Int(sample.tick &- $0.tick) } ?? 0
      let elapsed = first.map { Double(sample.hostTimeNanoseconds - $0.hostTime) * 1e-9 } ?? 0
      return StreamObservation(
        sampleCount: count, lostCount: max(ticks - (count - 1), 0),
        corruptedCount: stream.link.statistics.framesCorrupted,
        rateHertz: elapsed > 0 ? Double(ticks) / elapsed * stream.link.speed : 0,
        age: age.distribution, clock: stream.link.speed == 1 ? clock.reading : nil,
        positions: Array(sample.positions), velocities: Array(sample.velocities))
    }
  }
}
