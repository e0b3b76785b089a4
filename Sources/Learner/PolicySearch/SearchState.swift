/// How far an interrupted search had come: with it, a search of the same task in the same model, with
/// the same settings, seed and path, goes on and finds what it would have found without interruption.
///
///     let found = try PolicySearch.search(…, isCancelled: { isStopped })
///     if let state = found.state {
///       let later = try PolicySearch.search(…, resuming: state)
///     }
public struct SearchState: Codable, Sendable, Equatable {
  var progress: Progress

  enum Progress: Codable, Sendable, Equatable {
    case blackBox(BlackBoxState)
    case trajectories(TrajectoryState)
  }

  /// How far the black box had come, if it was one.
  var blackBox: BlackBoxState? {
    if case .blackBox(let state) = progress { state } else { nil }
  }

  /// How far planning had come, if it was that.
  var trajectories: TrajectoryState? {
    if case .trajectories(let state) = progress { state } else { nil }
  }
}

/// How far a search that plans trajectories had come.
struct TrajectoryState: Codable, Sendable, Equatable {
  /// The plans of the groups that came to their end, by the group's index.
  var plans: [Int: TrajectoryPlan] = [:]
  /// How far refinement had come; nil before it began.
  var refinement: RefinementState?

  /// Whether all its policies have that many weights.
  func isOf(weightCount: Int) -> Bool {
    (plans.values.compactMap(\.weights) + (refinement?.weights ?? []))
      .allSatisfy { $0.count == weightCount }
  }
}

/// How far the refinement of candidates had come.
struct RefinementState: Codable, Sendable, Equatable {
  /// The steps that were made.
  var iteration = 0
  /// The candidates' weights.
  var weights: [[Double]]
  /// What each candidate's optimiser remembers.
  var optimisers: [Adam]

  init(weights: [[Double]]) {
    self.weights = weights
    optimisers = weights.map { Adam(count: $0.count) }
  }
}

/// How far a black-box search had come.
struct BlackBoxState: Codable, Sendable, Equatable {
  /// The searches that run beside each other.
  var strands: [SearchStrand]
  /// The weights that ended searches found, and the previous policy's.
  var finalists: [[Double]]
  /// The present halving round, from 1.
  var round = 1
  var tally = RolloutTally()
}

/// One of the searches that a black box runs beside each other.
struct SearchStrand: Codable, Sendable, Equatable {
  let index: UInt64
  var search: CMAES
  var handling: UncertaintyHandling
  /// What uncertainty handling may not widen it beyond.
  var firstStepSize: Double
  /// The number of times it began anew with a larger population.
  var restarts: UInt64 = 0
}
