import FirmwareProtocol
import Glibc

/// What echoes told of a link.
public struct EchoMeasurement: Sendable, Equatable, Codable {
  /// How long an echo took to the robot and back.
  public var roundTrip: TimingReport.Distribution
  /// The number of echoes that weren't answered in time.
  public var lost: Int
  /// How the robot's clock relates to the host's; nil when no echo was answered.
  public var clock: ClockEstimate?
  /// How many of the echoes took how long.
  public var histogram: [EchoBucket] = []
}

/// One bar of a histogram of echoes.
public struct EchoBucket: Sendable, Equatable, Codable {
  /// The longest round trip counted here, in microseconds; the bar before ends where this begins.
  public var upToMicroseconds: Double
  /// The number of echoes.
  public var count: Int
}

/// A link on which echoes tell the latency; of the buses, not all have them.
public protocol EchoMeasuring: AnyObject {
  /// Sends echoes one after the other and measures how long each takes.
  ///
  /// - Throws: ``LinkError/disconnected(path:)``.
  func measureEcho(
    count: Int, intervalSeconds: Double, timeoutSeconds: Double
  ) throws(LinkError) -> EchoMeasurement
}

extension SerialRobotLink: EchoMeasuring {
  /// Sends echoes one after the other and measures how long each takes.
  ///
  /// For a robot that is checked and doesn't stream: samples that come meanwhile are let go.
  ///
  /// - Parameters:
  ///   - count: The number of echoes.
  ///   - intervalSeconds: The time from one to the next; a longer one tells the drift better.
  ///   - timeoutSeconds: How long to wait for each.
  /// - Throws: ``LinkError/disconnected(path:)``.
  public func measureEcho(
    count: Int, intervalSeconds: Double = 0.005, timeoutSeconds: Double = 0.25
  ) throws(LinkError) -> EchoMeasurement {
    let histogram = TimingHistogram()
    var echoes: [ClockEstimate.Echo] = []
    echoes.reserveCapacity(count)
    var lost = 0
    for number in 0..<UInt32(count) {
      let sent = clock.nowNanoseconds()
      // Numbered from the clock, so that a late answer to an earlier measurement doesn't match.
      let token = UInt32(truncatingIfNeeded: sent >> 10) << 8 | (number & 0xFF)
      if case .disconnected = send(.echo(token: token)) { throw .disconnected(path: port.path) }
      switch waitForAnswer(
        until: sent + nanoseconds(timeoutSeconds), { $0.echo?.token == token })
      {
      case .answered:
        guard let answer = inbox.echo else { continue }
        let echo = ClockEstimate.Echo(
          sentNanoseconds: sent,
          robotTimeNanoseconds: Int64(truncatingIfNeeded: answer.robotTimeMicroseconds) &* 1000,
          receivedNanoseconds: inbox.echoHostTimeNanoseconds)
        histogram.record(nanoseconds: echo.receivedNanoseconds - echo.sentNanoseconds)
        echoes.append(echo)
      case .timeout: lost += 1
      case .disconnected: throw .disconnected(path: port.path)
      }
      clock.sleep(untilNanoseconds: sent + nanoseconds(intervalSeconds))
    }
    return EchoMeasurement(
      roundTrip: histogram.distribution, lost: lost,
      clock: ClockEstimate(echoes: echoes, speed: speed),
      histogram: EchoBucket.buckets(roundTripNanoseconds: echoes.map(\.roundTrip)))
  }
}

extension EchoBucket {
  /// The bars, whose ends go 1, 2, 5, 10 and so on, from the first to the last that isn't empty.
  package static func buckets(roundTripNanoseconds: [Int64]) -> [EchoBucket] {
    var ends: [Double] = []
    for decade in [1.0, 10, 100, 1000, 10_000, 100_000, 1_000_000] {
      ends += [decade, 2 * decade, 5 * decade]
    }
    var buckets = ends.map { EchoBucket(upToMicroseconds: $0, count: 0) }
    for nanoseconds in roundTripNanoseconds {
      let microseconds = Double(nanoseconds) / 1000
      let index = ends.firstIndex { microseconds <= $0 } ?? ends.count - 1
      buckets[index].count += 1
    }
    guard let first = buckets.firstIndex(where: { $0.count > 0 }),
      let last = buckets.lastIndex(where: { $0.count > 0 })
    else { return [] }
    return Array(buckets[first...last])
  }
}
