import FirmwareProtocol
import Robotics
import Simulation

/// A host that answers a virtual robot at once, without a wire or a wall clock.
final class DirectHost {
  let robot: VirtualRobot
  /// What the robot sent, in order.
  private(set) var received: [RobotMessage] = []
  /// The plant's state when each state was measured.
  private(set) var truth: [[Double]] = []

  init(
    _ description: Robot, seed: UInt64 = 1, faults: VirtualRobotFaults = .none
  ) throws {
    robot = try VirtualRobot(robot: description, seed: seed, faults: faults)
  }

  /// The states received, in order.
  var states: [RobotState] {
    received.compactMap { if case .state(let state) = $0 { state } else { nil } }
  }

  /// The positions received of the first joint.
  var positions: [Float] { states.map { $0.joints[0].position } }

  func send(_ message: HostMessage) {
    message.frame().withUnsafeBytes { robot.receive($0) }
  }

  /// Begins a session: hello, limits, stream.
  func begin(limits: FirmwareLimits = testLimits()) {
    send(.hello(HostHello(nonce: 1)))
    send(.configure(limits))
    send(.stream(isEnabled: true))
  }

  /// Lets the world go on by so many plant steps, answering each state.
  ///
  /// - Parameters:
  ///   - steps: How many.
  ///   - delayMicroseconds: How long after its state a command takes effect.
  ///   - effort: The effort of the one joint that answers an armed state; nil for no answer.
  func run(
    steps: Int, delayMicroseconds: UInt64 = 2000, effort: (RobotState) -> Float? = { _ in 0 }
  ) throws {
    try run(steps: steps, delayMicroseconds: delayMicroseconds) { state in
      effort(state).map { [$0] }
    }
  }

  /// Lets the world go on by so many plant steps, answering each state with those efforts.
  func run(steps: Int, efforts: [Float]) throws {
    try run(steps: steps, delayMicroseconds: 2000) { _ -> [Float]? in efforts }
  }

  private func run(
    steps: Int, delayMicroseconds: UInt64, answer: (RobotState) -> [Float]?
  ) throws {
    for _ in 0..<steps {
      robot.beginMoment()
      for message in try messages(in: robot.logic.takeOutput()) {
        received.append(message)
        guard case .state(let state) = message else { continue }
        truth.append(robot.plantState)
        if state.mode != .armed {
          send(.heartbeat(answering: state.tick))
        } else if let efforts = answer(state) {
          let apply = state.robotTimeMicroseconds + delayMicroseconds
          send(
            .command(
              Command(
                answering: state.tick, applyAtMicroseconds: apply,
                expiresAtMicroseconds: apply + 20_000, efforts: efforts)))
        }
      }
      robot.finishMoment()
    }
  }

  /// Begins a session and arms after three states.
  func beginArmed(limits: FirmwareLimits = testLimits()) throws {
    begin(limits: limits)
    try run(steps: 22)
    send(.arm(bootCounter: robot.logic.bootCounter))
  }
}
