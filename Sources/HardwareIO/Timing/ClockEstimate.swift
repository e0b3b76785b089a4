/// How a robot's clock relates to the host's: a moment that both name, and the drift between them.
///
/// Made from echoes. Between an echo's leaving and its answer's coming the robot read its clock; the
/// middle is right to within half the round trip, so the quickest echo is the best (NTP's minimum
/// filter; Mills, RFC 5905, section 10). Drift is the slope between the quickest echoes of the first
/// and the last third.
public struct ClockEstimate: Sendable, Equatable, Codable {
  /// The robot's clock at the moment that both name, in nanoseconds.
  public var robotTimeNanoseconds: Int64
  /// The host's monotonic clock at that moment, in nanoseconds.
  public var hostTimeNanoseconds: Int64
  /// By how much the moment may be wrong, in nanoseconds: half the quickest round trip.
  public var uncertaintyNanoseconds: Int64
  /// How fast the robot's clock runs against the wall's by design; 1 for real robots.
  public var speed: Double
  /// How much faster the robot's clock runs than that, in parts per million.
  public var driftPartsPerMillion: Double
  /// By how much the drift may be wrong, in parts per million.
  public var driftUncertaintyPartsPerMillion: Double

  /// One echo: when it left, when the robot answered, when the answer came.
  package struct Echo: Sendable {
    package var sentNanoseconds: Int64
    package var robotTimeNanoseconds: Int64
    package var receivedNanoseconds: Int64

    package init(sentNanoseconds: Int64, robotTimeNanoseconds: Int64, receivedNanoseconds: Int64) {
      self.sentNanoseconds = sentNanoseconds
      self.robotTimeNanoseconds = robotTimeNanoseconds
      self.receivedNanoseconds = receivedNanoseconds
    }

    var roundTrip: Int64 { receivedNanoseconds - sentNanoseconds }
    var middle: Int64 { sentNanoseconds + roundTrip / 2 }
  }

  /// An estimate from echoes in the order in which they were sent; nil without any.
  package init?(echoes: [Echo], speed: Double) {
    guard let best = echoes.min(by: { $0.roundTrip < $1.roundTrip }) else { return nil }
    robotTimeNanoseconds = best.robotTimeNanoseconds
    hostTimeNanoseconds = best.middle
    uncertaintyNanoseconds = (best.roundTrip + 1) / 2
    self.speed = speed
    driftPartsPerMillion = 0
    driftUncertaintyPartsPerMillion = .infinity
    let third = max(echoes.count / 3, 1)
    guard let first = echoes.prefix(third).min(by: { $0.roundTrip < $1.roundTrip }),
      let last = echoes.suffix(third).min(by: { $0.roundTrip < $1.roundTrip }),
      last.middle > first.middle
    else { return }
    let span = Double(last.middle - first.middle) * speed
    let robotSpan = Double(last.robotTimeNanoseconds - first.robotTimeNanoseconds)
    driftPartsPerMillion = (robotSpan - span) / span * 1e6
    driftUncertaintyPartsPerMillion =
      Double(first.roundTrip + last.roundTrip) / 2 * speed / span * 1e6
  }

  /// When the robot's clock showed a time, in nanoseconds of the host's clock. Drift counts only
  /// where the echoes told it from none.
  public func hostTimeNanoseconds(atRobotTimeNanoseconds robotTime: Int64) -> Int64 {
    let isKnown = abs(driftPartsPerMillion) > driftUncertaintyPartsPerMillion
    let rate = speed * (1 + (isKnown ? driftPartsPerMillion * 1e-6 : 0))
    return hostTimeNanoseconds + Int64(Double(robotTime - robotTimeNanoseconds) / rate)
  }
}
