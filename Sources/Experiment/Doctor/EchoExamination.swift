import HardwareIO
import Robotics

/// How long the way to the robot and back takes at the robot's control rate and faster, and what the
/// echoes say of its clock.
struct EchoExamination {
  let robot: Robot
  let link: any RobotLink
  /// How long echoes are sent at each rate, in seconds.
  let seconds: Double

  /// Drift beyond this in parts per million is more than a ceramic resonator's.
  private static let driftLimit = 5000.0

  /// The rates: the control rate, twice and five times as fast, to 1 kHz at most.
  private var ratesHertz: [Double] {
    let rate = robot.link.controlRateHertz
    var rates = [rate]
    for factor in [2.0, 5] where rate * factor <= 1000 { rates.append(rate * factor) }
    return rates
  }

  func findings() -> [Finding] {
    guard let link = link as? any EchoMeasuring else {
      return [
        Finding(.echo, .skipped, "Not checked: this robot's bus has no echoes."),
        Finding(.clock, .skipped, "Not checked: this robot's bus has no echoes."),
      ]
    }
    var echoes: [EchoFinding] = []
    var failure: LinkError?
    ControlledErrand.run { _ in
      do throws(LinkError) {
        for rate in ratesHertz {
          let count = max(Int(seconds * rate), 20)
          echoes.append(
            EchoFinding(
              rateHertz: rate,
              measurement: try link.measureEcho(
                count: count, intervalSeconds: 1 / rate, timeoutSeconds: 0.25)))
        }
      } catch {
        failure = error
      }
    }
    if let error = failure {
      return [
        Finding(.echo, .failed, "\(error)", echoes: echoes),
        Finding(.clock, .skipped, "Not checked: echoes failed."),
      ]
    }
    return [judge(echoes), clock(echoes)]
  }

  private func judge(_ echoes: [EchoFinding]) -> Finding {
    let lines = echoes.map { echo in
      "at \(MachineExamination.text(echo.rateHertz)) Hz \(echo.measurement.roundTrip), "
        + "\(echo.measurement.lost) lost"
    }
    var measurements: [String: Double] = [:]
    if let first = echoes.first {
      measurements = first.measurement.roundTrip.measurements("roundTrip")
      measurements["lost"] = Double(first.measurement.lost)
    }
    // A command delay of zero means at once; then a period is what the loop can bear.
    let delaySeconds =
      robot.link.commandDelaySeconds > 0
      ? robot.link.commandDelaySeconds : robot.link.controlPeriodSeconds
    let delay = delaySeconds * 1e6
    var remedies: [String] = []
    var verdict = Finding.Verdict.healthy
    // The control rate is what trials need; faster ones only tell how much is left.
    if let usual = echoes.first?.measurement {
      let sent = usual.lost + usual.roundTrip.count
      if usual.lost > 0 {
        verdict = usual.lost * 100 > sent ? .failed : .warning
        remedies.append("Echoes are lost: check the cable, its grounds and the baud rate.")
      }
      if usual.roundTrip.p50Microseconds > delay {
        verdict = .failed
      } else if usual.roundTrip.p99Microseconds > delay, verdict == .healthy {
        verdict = .warning
      }
      if usual.roundTrip.p99Microseconds > delay {
        remedies.append(
          "Commands take effect \(MachineExamination.text(delay / 1000)) ms after their sample, and "
            + "more than one in a hundred round trips takes longer: raise command_delay in the robot "
            + "file above \(MachineExamination.text(usual.roundTrip.p999Microseconds / 1000)) ms, "
            + "raise the baud rate, or see 'handful ports' for what holds bytes back.")
      }
    }
    return Finding(
      .echo, verdict, "To the robot and back: \(lines.joined(separator: "; ")).",
      remedy: remedies.isEmpty ? nil : remedies.joined(separator: " "), measurements: measurements,
      echoes: echoes)
  }

  private func clock(_ echoes: [EchoFinding]) -> Finding {
    // The slowest echoes were spread over the same time as the others, and are the usual ones.
    guard let clock = echoes.first?.measurement.clock else {
      return Finding(.clock, .skipped, "Not checked: no echo was answered.")
    }
    let drift = clock.driftPartsPerMillion
    let error = clock.driftUncertaintyPartsPerMillion
    let isKnown = abs(drift) > error
    let offset = Double(clock.hostTimeNanoseconds - clock.robotTimeNanoseconds) * 1e-9
    var measurements = [
      "offsetSeconds": offset,
      "offsetErrorMicroseconds": Double(clock.uncertaintyNanoseconds) / 1000,
      "driftPartsPerMillion": drift,
    ]
    if error.isFinite { measurements["driftErrorPartsPerMillion"] = error }
    let isFar = isKnown && abs(drift) - error > Self.driftLimit
    return Finding(
      .clock, isFar ? .warning : .healthy,
      "The robot's clock is known to \(MachineExamination.text(Double(clock.uncertaintyNanoseconds) / 1000)) "
        + "µs; it drifts by "
        + (isKnown
          ? "\(MachineExamination.text(drift)) ± \(MachineExamination.text(error)) ppm."
          : "less than can be told (\(MachineExamination.text(error)) ppm)."),
      remedy: isFar
        ? "A crystal is within 100 ppm: see that the firmware's time base is set for its clock."
        : nil,
      measurements: measurements)
  }
}
