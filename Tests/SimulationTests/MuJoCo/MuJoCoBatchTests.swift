import CAllocationCounter
import Foundation
import LinearAlgebra
import Robotics
import Simulation
import Synchronization
import Testing

@Suite("Batches, threads and failures of MuJoCo models")
struct MuJoCoBatchTests {
  private let folder: ModelFolder
  init() throws { folder = try ModelFolder() }

  /// Two rods whose joints have dry friction and stops, so that the engine's solver has work to do.
  private func arm() throws -> MuJoCoPrior {
    let text = MJCF.chain(2, motors: 2).replacingOccurrences(
      of: "<joint name=\"joint2\"", with: "<joint name=\"joint2\" limited=\"true\" range=\"-1 1\"")
    return try folder.prior(
      text, joints: [joint("joint1"), joint("joint2")],
      parameters: ["rod1_mass", "joint1_frictionloss", "joint2_frictionloss"], stepSeconds: 0.004)
  }

  private struct Batch {
    var count: Int
    var states: [Double]
    var actions: [Double]

    init(count: Int, seed: UInt64) {
      self.count = count
      var random = RandomStream(seed: seed)
      states = (0..<4 * count).map { _ in random.nextUniform(in: -1.2, 1.2) }
      actions = (0..<2 * count).map { _ in random.nextUniform(in: -2, 2) }
    }

    func next(_ prior: some PriorModel, parameters: [Double]) -> [Double] {
      var next = states
      prior.advance(
        count: count, stride: count, states: states, actions: actions, parameters: parameters,
        periodSeconds: 0.05, next: &next)
      return next
    }
  }

  @Test("A batch gives each member what it gets alone, bit for bit")
  func batchIsOneAtATime() throws {
    let prior = try arm()
    let batch = Batch(count: 41, seed: 3)
    let together = batch.next(prior, parameters: [1.2, 0.1, 0.05])
    let fresh = try arm()
    for member in (0..<batch.count).reversed() {
      let alone = advanced(
        fresh, from: (0..<4).map { batch.states[$0 * batch.count + member] },
        action: (0..<2).map { batch.actions[$0 * batch.count + member] },
        parameters: [1.2, 0.1, 0.05], seconds: 0.05)
      #expect(alone == (0..<4).map { together[$0 * batch.count + member] })
    }
  }

  @Test("Any number of threads, each with parameters of its own, get what one gets, bit for bit")
  func threads() throws {
    let prior = try arm()
    let batch = Batch(count: 30, seed: 4)
    @Sendable func parameters(_ job: Int) -> [Double] { [0.5 + 0.1 * Double(job % 7), 0.1, 0.05] }
    let serial = (0..<64).map { batch.next(prior, parameters: parameters($0)) }
    let other = try arm()
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 64) { job in
      let found = batch.next(other, parameters: parameters(job))
      if found != serial[job] { wrong.withLock { $0 += 1 } }
    }
    #expect(wrong.withLock { $0 } == 0)
    #expect(serial[0] != serial[1])
  }

  @Test("Once it has been used, advancing allocates nothing, new parameters included")
  func allocations() throws {
    let prior = try arm()
    let batch = Batch(count: 8, seed: 5)
    let sets: [[Double]] = [[1, 0.1, 0.05], [1.4, 0, 0.2]]
    var next = batch.states
    func advance(_ parameters: [Double]) {
      next.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        prior.advance(
          count: batch.count, stride: batch.count, states: base, actions: batch.actions,
          parameters: parameters, periodSeconds: 0.05, next: base)
      }
    }
    for set in sets { advance(set) }
    let before = allocation_count_of_this_thread()
    for _ in 0..<10 { for set in sets { advance(set) } }
    #expect(allocation_count_of_this_thread() == before)
  }

  @Test("A member that diverges is NaN, and its neighbours are as they were; nothing is written")
  func divergence() throws {
    let prior = try arm()
    let log = FileManager.default.currentDirectoryPath + "/MUJOCO_LOG.TXT"
    let hadLog = FileManager.default.fileExists(atPath: log)
    var batch = Batch(count: 3, seed: 6)
    let whole = batch.next(prior, parameters: [1, 0.1, 0.05])
    batch.states[2 * 3 + 1] = 1e12
    let next = batch.next(prior, parameters: [1, 0.1, 0.05])
    for d in 0..<4 {
      #expect(next[d * 3 + 1].isNaN)
      #expect(next[d * 3] == whole[d * 3] && next[d * 3 + 2] == whole[d * 3 + 2])
    }
    batch.states[2 * 3 + 1] = .nan
    #expect(batch.next(prior, parameters: [1, 0.1, 0.05])[1].isNaN)
    #expect(FileManager.default.fileExists(atPath: log) == hadLog)
  }

  @Test(
    "Parameters that no body can have give NaN, and the next call is as if nothing had been",
    arguments: [[0, 0.1, 0.05], [-1, 0.1, 0.05], [.nan, 0.1, 0.05]])
  func impossible(_ parameters: [Double]) throws {
    let prior = try arm()
    let batch = Batch(count: 5, seed: 7)
    let good = batch.next(prior, parameters: [1, 0.1, 0.05])
    #expect(batch.next(prior, parameters: parameters).allSatisfy { $0.isNaN })
    #expect(batch.next(prior, parameters: [1, 0.1, 0.05]) == good)
  }

  @Test("What the engine would end the process for is an answer")
  func engineFailure() throws {
    // The engine runs out of its own stack in the first step.
    let text = MJCF.chain(2, motors: 2).replacingOccurrences(
      of: "<worldbody>", with: "<size nstack=\"40\"/><worldbody>")
    do {
      let prior = try folder.prior(
        text, joints: [joint("joint1"), joint("joint2")], parameters: ["joint1_frictionloss"])
      let next = advanced(
        prior, from: [1, 0, 0, 0], action: [0, 0], parameters: [0.1], seconds: 0.01)
      #expect(next.allSatisfy { $0.isNaN })
    } catch let error as SimulationError {
      #expect(error.description.contains("Stack overflow"))
    }
  }
}
