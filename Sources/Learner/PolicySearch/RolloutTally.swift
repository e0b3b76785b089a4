/// How much a search has rolled out, and what went wrong in it.
struct RolloutTally: Codable, Sendable, Equatable {
  /// The rollouts, one a particle.
  var rollouts = 0
  /// How many of them were lost: too fast, beyond a joint's limits, or not finite.
  private(set) var lost = 0
  /// How often a candidate's mean was no finite number.
  private(set) var broken = 0

  /// Counts what valuing candidates took, and came to.
  ///
  /// - Parameters:
  ///   - scores: A score for each candidate.
  ///   - particles: The rollouts of a candidate.
  mutating func count(_ scores: [RolloutScore], particles: Int) {
    rollouts += scores.count * particles
    for score in scores {
      lost += score.lost
      if !score.mean.isFinite { broken += 1 }
    }
  }
}
