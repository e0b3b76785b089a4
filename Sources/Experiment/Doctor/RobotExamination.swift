import FirmwareProtocol
import HardwareIO
import Robotics
import Supervisor

/// What a robot behind an open link does, from its hello to its emergency stop. Each check is made
/// only where those before it leave something to check.
struct RobotExamination {
  let robot: Robot
  let link: any RobotLink
  let supervised: SupervisedRobot
  let clearFault: Bool
  let seconds: Double
  let stopButtonSeconds: Double?
  let ask: @Sendable (StopButtonRequest) -> Void
  let observe: (Finding) -> Void

  /// Makes every check, in order.
  func run() {
    guard greet() else {
      for check in [
        Finding.Check.echo, .clock, .samples, .watchdog, .emergencyStop, .stopButton,
      ] {
        skip(check, "the robot did not pass its check")
      }
      return
    }
    EchoExamination(robot: robot, link: link, seconds: seconds).findings().forEach(observe)
    samples()
    watchdog()
    emergencyStop()
    StopButtonExamination(
      supervised: supervised, patienceSeconds: stopButtonSeconds, ask: ask, observe: observe
    ).run()
  }

  private func skip(_ check: Finding.Check, _ reason: String) {
    observe(Finding(check, .skipped, "Not checked: \(reason)."))
  }

  // MARK: - Hello and limits

  private func greet() -> Bool {
    do {
      let hello = try supervised.connect(clearFault: clearFault)
      observe(
        Finding(
          .robot, .healthy,
          "'\(hello.robotName)' with firmware '\(hello.firmwareVersion)' answers, with its actuators "
            + "off; \(hello.joints.count) joint\(hello.joints.count == 1 ? "" : "s") and "
            + "\(MachineExamination.text(Double(hello.controlRateHertz))) Hz as its file says.",
          measurements: ["watchdogSecondsOfFirmware": Double(hello.watchdogMilliseconds) / 1000]))
      observe(limitsReadBack)
      return true
    } catch let error as LinkError where error.isAboutLimits {
      observe(Finding(.robot, .healthy, "'\(robot.name)' answers, with its actuators off."))
      observe(Finding(.limits, .failed, "\(error)"))
    } catch {
      observe(Finding(.robot, .failed, "\(error)"))
      skip(.limits, "the robot did not pass its check")
    }
    return false
  }

  private var limitsReadBack: Finding {
    let joints = robot.joints.map { joint in
      let limits = joint.limits
      let number = MachineExamination.text
      var parts = [
        "\(number(limits.velocity)) \(joint.positionUnit)/s",
        "\(number(limits.effort)) \(joint.kind == .revolute ? "N m" : "N")",
      ]
      if !joint.isContinuous {
        parts.insert(
          "\(number(limits.positionLower)) to \(number(limits.positionUpper)) \(joint.positionUnit)",
          at: 0)
      }
      return "\(joint.name) \(parts.joined(separator: ", "))"
    }
    return Finding(
      .limits, .healthy,
      "Written and read back, bit for bit: \(joints.joined(separator: "; ")); watchdog "
        + "\(MachineExamination.text(robot.link.watchdogSeconds * 1000)) ms.")
  }

  // MARK: - Samples

  private func samples() {
    do {
      let seen = try supervised.observeStream(
        seconds: max(seconds, 20 * robot.link.controlPeriodSeconds))
      let wanted = robot.link.controlRateHertz
      let isOff = abs(seen.rateHertz - wanted) > 0.02 * wanted
      let isBroken = (seen.positions + seen.velocities).contains { !$0.isFinite }
      let total = seen.sampleCount + seen.lostCount
      let isLossy = seen.lostCount * 100 > total
      var remedies: [String] = []
      if seen.lostCount > 0 || seen.corruptedCount > 0 {
        remedies.append(
          "Samples are lost or damaged on the way: use a short cable with a ferrite, keep it from "
            + "the motor's leads, and join the grounds; at high rates see that the baud rate carries "
            + "them (firmware-protocol/PROTOCOL.md, 'What fits on a line').")
      }
      if isOff { remedies.append("Set control_rate in the robot file and in the firmware alike.") }
      if isBroken { remedies.append("A sensor gives no number: check its wiring.") }
      var measurements = seen.age.measurements("age")
      measurements["samples"] = Double(seen.sampleCount)
      measurements["lost"] = Double(seen.lostCount)
      measurements["corrupted"] = Double(seen.corruptedCount)
      measurements["rateHertz"] = seen.rateHertz
      observe(
        Finding(
          .samples,
          isLossy || isOff || isBroken ? .failed : remedies.isEmpty ? .healthy : .warning,
          "\(seen.sampleCount) samples at \(MachineExamination.text(seen.rateHertz)) Hz, "
            + "\(seen.lostCount) lost, \(seen.corruptedCount) frames damaged; late by \(seen.age).",
          remedy: remedies.isEmpty ? nil : remedies.joined(separator: " "),
          measurements: measurements))
    } catch {
      observe(Finding(.samples, .failed, "\(error)"))
    }
  }

  // MARK: - Turning itself off

  /// The units of the robot's efforts: one, or both.
  private var effortUnits: String {
    Set(robot.joints.filter(\.isActuated).map(\.effortUnit)).sorted().joined(separator: " or ")
  }

  private func watchdog() {
    do {
      let proof = try supervised.proveWatchdog()
      let number = MachineExamination.text
      var measurements = [
        "watchdogSeconds": proof.watchdogSeconds, "allowedSeconds": proof.allowedSeconds,
        "greatestEffort": proof.greatestEffort,
      ]
      measurements["armedSeconds"] = proof.armedSeconds
      measurements["reportedSeconds"] = proof.reportedSeconds
      let summary: String
      if let seconds = proof.armedSeconds {
        summary =
          "Armed at zero effort and left without a command, the robot turned itself off after "
          + "\(number(seconds * 1000)) ms (at most \(number(proof.allowedSeconds * 1000)) ms are "
          + "allowed)\(proof.isCleared ? "" : ", but its fault can't be cleared")."
      } else {
        summary =
          "Armed at zero effort and left without a command, the robot stayed armed for more than "
          + "\(number(proof.watchdogSeconds * 1000)) ms: its watchdog does not work"
          + (proof.isOff ? "; it was turned off by message." : ", nor does a message turn it off.")
      }
      let effort =
        proof.greatestEffort > 0
        ? " It gave \(number(proof.greatestEffort)) \(effortUnits) of effort though none was asked for."
        : ""
      observe(
        Finding(
          .watchdog, proof.passes ? .healthy : .failed, summary + effort,
          remedy: proof.passes
            ? nil
            : "Do not run a trial. "
              + (proof.isOff ? "" : "Switch the motor supply off now. ")
              + "Mend the firmware's watchdog (firmware-protocol/PROTOCOL.md, 'Time'): without it "
              + "nothing stops the robot when this program or its cable fails.",
          measurements: measurements))
    } catch {
      observe(
        Finding(.watchdog, .failed, "\(error)", remedy: "See the robot's state, then repeat."))
    }
  }

  private func emergencyStop() {
    guard supervised.state != .faulted else {
      return skip(.emergencyStop, "the robot is in an unknown state after what went before")
    }
    do {
      let proof = try supervised.proveEmergencyStop()
      let number = MachineExamination.text
      var measurements = ["allowedSeconds": proof.allowedSeconds]
      measurements["stopSeconds"] = proof.stopSeconds
      var parts: [String] = []
      if let seconds = proof.stopSeconds {
        parts.append(
          "Armed at zero effort, it stopped \(number(seconds * 1000)) ms after the message")
        parts.append(proof.isLatched ? "stayed off against an arm" : "could be armed again at once")
        parts.append(
          proof.isCleared ? "and was off still with the stop cleared" : "but could not be cleared")
      } else {
        parts.append("Armed at zero effort, it ignored the emergency stop")
      }
      observe(
        Finding(
          .emergencyStop, proof.passes ? .healthy : .failed,
          parts.joined(separator: ", ") + ".",
          remedy: proof.passes
            ? nil
            : "Do not run a trial. Mend the firmware's emergency stop "
              + "(firmware-protocol/PROTOCOL.md, 'The robot's state machine').",
          measurements: measurements))
    } catch {
      observe(
        Finding(.emergencyStop, .failed, "\(error)", remedy: "See the robot's state, then repeat."))
    }
  }
}

extension LinkError {
  /// Whether the robot was greeted, and only its limits are wrong.
  fileprivate var isAboutLimits: Bool {
    switch self {
    case .limitsNotAccepted: true
    case .refused(let what, _), .noAnswer(let what, _): what.contains("limits")
    default: false
    }
  }
}
