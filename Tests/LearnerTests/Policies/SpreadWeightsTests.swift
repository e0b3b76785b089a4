import Learner
import LinearAlgebra
import Robotics
import Testing

@Suite struct SpreadWeightsTests {
  @Test(
    "Members with weights of their own act as their candidates do, bit for bit",
    arguments: [1, 3], [PolicyParameters.Kind.network(hiddenUnits: 10), .linear])
  func same(members: Int, kind: PolicyParameters.Kind) {
    let shape = PolicyParameters(
      kind: kind, robot: TestRobots.pendulum, task: TestRobots.pendulumTask)
    let batch = PolicyBatch(shape)
    let candidates = 13
    let count = candidates * members
    let stride = count + 3
    var stream = RandomStream(seed: 81)
    let weights = (0..<(candidates * batch.weightCount)).map { _ in stream.nextGaussian() }
    let states = (0..<(2 * stride)).map { _ in 3 * stream.nextGaussian() }
    var scratch = [Double](repeating: 0, count: batch.scratchCount(capacity: stride))
    var spread = [Double](repeating: .nan, count: batch.weightCount * stride)
    batch.spread(
      candidates: candidates, members: members, stride: stride, weights: weights, into: &spread)
    func actions(_ spread: UnsafePointer<Double>?) -> [Double] {
      var actions = [Double](repeating: 0, count: stride)
      batch.decide(
        candidates: candidates, members: members, step: 2, stride: stride, weights: weights,
        spread: spread, states: states, actions: &actions, scratch: &scratch)
      return actions
    }
    let expected = actions(nil)
    let found = actions(spread)
    for b in 0..<count { #expect(found[b] == expected[b], "member \(b), seed 81") }
  }
}
