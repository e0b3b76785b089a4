import HardwareIO
import Synchronization

extension SupervisedRobot {
  /// Runs a proof on a control thread, between episodes, and leaves the robot as it was: checked, off,
  /// nothing latched, not streaming. When it can't, the robot counts as faulted.
  func prove<Proof: Sendable>(
    _ what: String, _ body: @escaping (ProofStream) throws(SupervisorError) -> Proof
  ) throws -> Proof {
    guard machine.handle(.resetBegun) else {
      throw SupervisorError.notPermitted(what: what, state: machine.state)
    }
    machine.handle(.stopWanted)
    let stream = ProofStream(link: link, robot: robot, stopSwitch: stopSwitch)
    let errand = Errand { () throws(SupervisorError) in try body(stream) }
    let thread = ControlThread { errand.run() }
    do {
      do {
        try link.startStream()
      } catch {
        thread.abandon()
        throw error
      }
      thread.begin()
      while !thread.wait(milliseconds: 1000) {}
      let result = errand.result
      // Whatever the proof ended with, the actuators are told to be off once more; the robot answers
      // the stream's end with its mode, and one that is armed still is an error there.
      _ = link.sendDisarm()
      try link.stopStream()
      let proof = try result.get()
      machine.handle(.stood)
      return proof
    } catch {
      _ = stopSwitch.pressed == .emergencyStop ? link.sendEmergencyStop() : link.sendDisarm()
      do { try link.stopStream() } catch { _ = link.sendEmergencyStop() }
      machine.handle(.fault)
      throw error
    }
  }
}

/// A body to run on another thread, and what it came to; read only after that thread has ended.
private final class Errand<Value: Sendable>: @unchecked Sendable {
  private let body: () throws(SupervisorError) -> Value
  private(set) var result = Result<Value, SupervisorError>.failure(
    .proofInterrupted(reason: "the control thread ended early"))

  init(_ body: @escaping () throws(SupervisorError) -> Value) { self.body = body }

  func run() {
    do throws(SupervisorError) { result = .success(try body()) } catch { result = .failure(error) }
  }
}
