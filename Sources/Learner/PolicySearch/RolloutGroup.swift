/// Candidates that share their noise, such as a generation of one search.
struct RolloutGroup {
  /// The candidates' weights.
  var candidates: [[Double]]
  /// Their common noise.
  var noise: RolloutNoise
}

/// Some candidates of one group, within a block of rollouts that advance in lockstep.
struct RolloutSegment {
  /// The group's place.
  var group: Int
  /// The group's noise.
  var noise: RolloutNoise
  /// The first candidate's place in the group.
  var firstCandidate: Int
  /// The number of candidates.
  var candidates: Int
  /// The first candidate's first member in the block.
  var firstMember: Int

  /// The number of members.
  var members: Int { candidates * noise.particles }
}

extension RolloutSegment {
  /// Cuts groups into blocks of segments.
  ///
  /// Blocks depend on the groups alone: about four of them, so that threads share them evenly, but
  /// each of at least eight members, which fill a register, and of no more than 64, which stay in the
  /// cache.
  static func blocks(of groups: [RolloutGroup]) -> [[RolloutSegment]] {
    let total = groups.reduce(0) { $0 + $1.candidates.count * $1.noise.particles }
    let size = min(64, max(8, (total / 4 + 7) / 8 * 8))
    var blocks: [[RolloutSegment]] = []
    var block: [RolloutSegment] = []
    var used = 0
    for (index, group) in groups.enumerated() {
      var first = 0
      while first < group.candidates.count {
        let particles = group.noise.particles
        if used > 0 && used + particles > size {
          blocks.append(block)
          block = []
          used = 0
        }
        let count = min(group.candidates.count - first, max(1, (size - used) / particles))
        block.append(
          RolloutSegment(
            group: index, noise: group.noise, firstCandidate: first, candidates: count,
            firstMember: used))
        used += count * particles
        first += count
      }
    }
    if !block.isEmpty { blocks.append(block) }
    return blocks
  }
}
