import CLinkBaseline
import Foundation
import HardwareIO

/// Host to virtual robot and back, in turn with a bare C echo over the same kind of pseudo-terminal:
/// as many bytes, the same pauses, the same priorities at both ends.
struct EchoRoundTrip {
  let count: Int
  private static let rounds = 5
  private static let intervalSeconds = 0.005
  /// An echo's frame to the robot; its answer has 8 bytes more.
  private static let frameBytes = 11

  func run() throws {
    say("round trip, \(Self.rounds) rounds of \(count) each, one each 5 ms")
    let robot = BenchmarkRobots.fastPendulum
    let process = try RobotProcess()
    defer { process.end() }
    let link = try SerialRobotLink(path: process.path, robot: robot)
    _ = try link.check(robot: robot)
    defer { link.stop() }
    var ratios: [Double] = []
    for round in 1...Self.rounds {
      _ = RealTimeScheduling.requestForCallingThread()
      let measured = try link.measureEcho(count: count, intervalSeconds: Self.intervalSeconds)
      RealTimeScheduling.endForCallingThread()
      let ours = measured.roundTrip
      let bare = try bareEcho()
      ratios.append(ours.p50Microseconds / bare.p50)
      say("  round \(round), load \(loadAverage): \(measured.lost) lost")
      say(
        "    robot   \(Percentiles(p50: ours.p50Microseconds, p99: ours.p99Microseconds, p999: ours.p999Microseconds, maximum: ours.maximumMicroseconds))"
      )
      say("    bare C  \(bare)")
    }
    say(
      String(
        format: "ratio of p50: median %.2f, least %.2f, greatest %.2f", median(ratios),
        ratios.min() ?? .nan, ratios.max() ?? .nan))
  }

  private func bareEcho() throws -> Percentiles {
    var slave: Int32 = -1
    var path = [CChar](repeating: 0, count: 128)
    let master = baseline_open_pseudo_terminal(&slave, &path, path.count)
    guard master >= 0 else { throw POSIXError(.EIO) }
    let echo = baseline_start_echo_process(master, 40)
    defer {
      baseline_end_process(echo)
      close(slave)
      close(master)
    }
    var roundTrips = [Int64](repeating: 0, count: count)
    _ = baseline_become_real_time(50)
    let answered = baseline_echo(
      slave, Self.frameBytes, Int64(count), Int64(Self.intervalSeconds * 1e9), &roundTrips)
    baseline_become_ordinary()
    return Percentiles(nanoseconds: Array(roundTrips.prefix(Int(answered))))
  }
}
