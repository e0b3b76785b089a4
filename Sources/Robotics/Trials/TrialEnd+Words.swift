extension TrialEnd {
  /// A short stable name.
  public var code: String {
    switch self {
    case .unfinished: "unfinished"
    case .completed: "completed"
    case .interrupted: "interrupted"
    case .fault(let code, _): code
    }
  }

  /// Why, in a sentence; nil for a trial that ran to its horizon.
  public var reason: String? {
    switch self {
    case .unfinished, .completed: nil
    case .interrupted(let reason), .fault(_, let reason): reason
    }
  }
}
