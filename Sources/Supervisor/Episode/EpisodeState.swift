/// Where an episode stands.
public enum EpisodeState: UInt8, Sendable, CaseIterable, Codable {
  /// No link.
  case disconnected
  /// A link, but nobody has checked who is at its other end.
  case connected
  /// The robot is the right one, its actuators are off, its limits are written and read back.
  case checked
  /// The robot is on its way home.
  case resetting
  /// The robot stands still at home, by its own sensors.
  case ready
  /// A trial runs.
  case running
  /// The robot is being brought to a stand.
  case stopping
  /// The robot was brought to a stand and its actuators are off.
  case settled
  /// Something went wrong; the actuators are off or are being turned off.
  case faulted
  /// The emergency stop was pressed; the actuators are off and latched.
  case emergencyStopped

  /// Whether the host may have the actuators on in this state.
  public var mayBeArmed: Bool {
    switch self {
    case .resetting, .ready, .running, .stopping: true
    case .disconnected, .connected, .checked, .settled, .faulted, .emergencyStopped: false
    }
  }
}

/// What moves an episode on.
public enum EpisodeEvent: UInt8, Sendable, CaseIterable {
  /// The port was opened.
  case opened
  /// The check passed.
  case checkPassed
  /// A reset was asked for.
  case resetBegun
  /// The sensors say that the robot stands still at home.
  case home
  /// The trial's first sample came, with the actuators on.
  case trialBegun
  /// The trial ran to its horizon.
  case horizonReached
  /// The envelope or the operator wants the robot stopped in good order.
  case stopWanted
  /// The robot stands and its actuators are off.
  case stood
  /// Something went wrong that leaves nothing to steer with.
  case fault
  /// The emergency stop was pressed.
  case emergencyStop
  /// The operator looked, and cleared the fault.
  case cleared
  /// The port was closed or lost.
  case closed
}

/// The episode as one explicit table: which event leads from which state to which. An event that a
/// state has no row for is refused and changes nothing.
public struct EpisodeMachine: Sendable {
  /// One row of the table.
  public struct Row: Sendable, Equatable {
    /// The state before.
    public var from: EpisodeState
    /// What happens.
    public var event: EpisodeEvent
    /// The state after.
    public var to: EpisodeState
  }

  /// Where the episode stands.
  public private(set) var state: EpisodeState = .disconnected

  /// An episode without a link.
  public init() {}

  /// Moves the episode on.
  ///
  /// - Returns: Whether the table has a row for it.
  @discardableResult
  public mutating func handle(_ event: EpisodeEvent) -> Bool {
    guard let next = Self.next(from: state, on: event) else { return false }
    state = next
    return true
  }

  /// The state to which an event leads, or nil where the table has no row.
  public static func next(from state: EpisodeState, on event: EpisodeEvent) -> EpisodeState? {
    switch (state, event) {
    case (.disconnected, .opened): .connected
    case (.connected, .checkPassed): .checked

    case (.checked, .resetBegun), (.settled, .resetBegun): .resetting
    case (.resetting, .home): .ready
    case (.ready, .trialBegun): .running
    case (.running, .horizonReached): .stopping

    case (.resetting, .stopWanted), (.ready, .stopWanted), (.running, .stopWanted): .stopping
    case (.stopping, .stood): .settled

    case (.checked, .fault), (.resetting, .fault), (.ready, .fault), (.running, .fault),
      (.stopping, .fault), (.settled, .fault):
      .faulted
    case (.checked, .emergencyStop), (.resetting, .emergencyStop), (.ready, .emergencyStop),
      (.running, .emergencyStop), (.stopping, .emergencyStop), (.settled, .emergencyStop),
      (.faulted, .emergencyStop):
      .emergencyStopped

    case (.faulted, .cleared), (.emergencyStopped, .cleared): .connected
    case (.disconnected, .closed): nil
    case (_, .closed): .disconnected
    default: nil
    }
  }

  /// Every row of the table.
  public static var table: [Row] {
    EpisodeState.allCases.flatMap { from in
      EpisodeEvent.allCases.compactMap { event in
        next(from: from, on: event).map { Row(from: from, event: event, to: $0) }
      }
    }
  }
}
