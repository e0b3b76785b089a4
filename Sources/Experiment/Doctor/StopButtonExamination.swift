import Supervisor

/// What the robot's own stop button does, with someone there to press it.
struct StopButtonExamination {
  let supervised: SupervisedRobot
  /// How long to wait for the hand; nil when the button is to be left alone.
  let patienceSeconds: Double?
  let ask: @Sendable (StopButtonRequest) -> Void
  let observe: (Finding) -> Void

  func run() {
    guard let patienceSeconds else {
      return skip("a hand must press it; run 'handful doctor --stop-button'")
    }
    guard supervised.state != .faulted else {
      return skip("the robot is in an unknown state after what went before")
    }
    do {
      let proof = try supervised.proveStopButton(patienceSeconds: patienceSeconds, ask: ask)
      var measurements: [String: Double] = [:]
      measurements["pressedSeconds"] = proof.pressedSeconds
      observe(
        Finding(
          .stopButton, proof.passes ? .healthy : .failed, summary(proof, patienceSeconds),
          remedy: proof.passes
            ? nil
            : "Do not run a trial that relies on the button. See that it opens its contact and that "
              + "the firmware reads it (firmware-protocol/PROTOCOL.md, 'The robot's state machine').",
          measurements: measurements))
    } catch {
      observe(
        Finding(.stopButton, .failed, "\(error)", remedy: "See the robot's state, then repeat."))
    }
  }

  private func skip(_ reason: String) {
    observe(Finding(.stopButton, .skipped, "Not checked: \(reason)."))
  }

  private func summary(_ proof: StopButtonProof, _ patienceSeconds: Double) -> String {
    guard proof.pressedSeconds != nil else {
      return "Nothing came of the button within \(MachineExamination.text(patienceSeconds)) s: it "
        + "was not pressed, or the firmware does not see it."
    }
    var parts = ["Pressed, it stopped the robot"]
    parts.append(proof.refusesArm ? "which refused to arm" : "but the robot could be armed")
    parts.append(
      proof.refusesClear ? "and to clear the stop" : "and the stop could be cleared under it")
    if proof.refusesArm && proof.refusesClear {
      parts.append(
        proof.isCleared
          ? "until it was released" : "but could not be cleared once it was released")
    }
    return parts.joined(separator: ", ") + "."
  }
}
