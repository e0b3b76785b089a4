extension TrialEnd {
  /// The code of a trial whose host ended before it did.
  public static let hostDiedCode = "host-died"

  /// Whether the trial's host ended before it did.
  public var isHostDied: Bool {
    guard case .fault(let code, _) = self else { return false }
    return code == Self.hostDiedCode
  }
}

extension Sequence<Trial> {
  /// The trials, but for those that were run again from their start since their host had died.
  ///
  /// A simulated world goes back to where a trial began, and the same trial is run once more, with
  /// the same seed: what was stored of it the first time is the beginning of what is stored now, and
  /// would count twice. On a real robot no trial comes again; what was stored is learnt from.
  public func withoutRepeated() -> [Trial] {
    let trials = Array(self)
    return trials.filter { trial in
      !trial.end.isHostDied
        || !trials.contains {
          $0.number > trial.number && $0.seed == trial.seed && $0.origin == trial.origin
        }
    }
  }
}
