import Learner
import LinearAlgebra
import Robotics
import Simulation
import Synchronization
import Testing

@Suite("A search shared out to several processes")
struct TeamTests {
  private let robot = TestRobots.pendulum

  private func steps(seed: UInt64) throws -> [[Step]] {
    var stream = RandomStream(seed: seed, path: [1])
    return [
      try PendulumTrial(
        RandomPolicy(robot: robot, task: TestRobots.pendulumTask, seed: seed), stream: &stream
      ).steps
    ]
  }

  private func learnt(
    _ method: SearchSettings.Method, steps: [[Step]], team: (any Team)? = nil
  ) throws -> LearntEpisode {
    var search = SearchSettings(rolloutBudget: method == .blackBox ? 1000 : 8000)
    search.method = method
    search.trajectories.iterations = [10, 10, 10]
    search.refinement.iterations = 10
    return try EpisodeLearner(
      robot: robot, task: TestRobots.pendulumTask, prior: nil, priorDescription: nil,
      settings: LearningSettings(search: search), seed: 1, team: team
    ).learn(episode: 1, steps: steps)
  }

  @Test(
    "finds the very policy that one process finds, on every member",
    arguments: SearchSettings.Method.allCases)
  func same(method: SearchSettings.Method) throws {
    let steps = try steps(seed: 3)
    let alone = try learnt(method, steps: steps)
    let team = ThreadTeam(size: 3)
    let found = try team.run { try learnt(method, steps: steps, team: $0) }
    #expect(team.meetings > 10)
    #expect(!team.hasParted)
    for member in found {
      #expect(member.policy == alone.policy)
      #expect(member.predictedReturn == alone.predictedReturn)
      #expect(member.evaluations == alone.evaluations)
    }
  }

  @Test("goes on alone on each member when they were given different trials")
  func parted() throws {
    let trials = [try steps(seed: 3), try steps(seed: 4)]
    let team = ThreadTeam(size: 2)
    let found = try team.run { try learnt(.trajectories, steps: trials[$0.rank], team: $0) }
    #expect(team.hasParted)
    for (member, steps) in zip(found, trials) {
      #expect(member.policy == (try learnt(.trajectories, steps: steps)).policy)
    }
  }

  @Test("does each block once, among all members")
  func sharesBlocks() throws {
    let team = ThreadTeam(size: 3)
    let done = try team.run { member in
      let counted = Counter()
      let rows = Parallel.rows(blocks: 8, length: 2, threads: 2, team: member, about: { [7] }) {
        block, _, row in
        counted.add()
        row[0] = Double(block)
        row[1] = -Double(block)
      }
      return (counted.value, rows)
    }
    #expect(done.map(\.0) == [3, 3, 2])
    for (_, rows) in done { #expect(rows == (0..<8).flatMap { [Double($0), -Double($0)] }) }
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)

  func add() { count.withLock { $0 += 1 } }
  var value: Int { count.withLock { $0 } }
}
