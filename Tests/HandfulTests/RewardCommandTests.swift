import Foundation
import LinearAlgebra
import Testing

@Suite("A task whose reward was learnt from samples", .serialized)
struct RewardCommandTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// States of a pendulum and how near to upright someone found them.
  private func writeSamples(_ count: Int) throws -> String {
    var stream = RandomStream(seed: 1)
    var lines = ["shoulder_position_rad,reward"]
    for _ in 0..<count {
      let angle = stream.nextUniform(in: -.pi, .pi)
      let reward = exp(-4 * (1 + cos(angle))) + 0.02 * stream.nextGaussian()
      lines.append("\(angle),\(reward)")
    }
    let path = scratch.file("samples.csv")
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test("is solved by a robot whose file has the learnt term")
  func solved() throws {
    let term = scratch.file("reward.yaml")
    let fitted = try HandfulProcess.run([
      "reward", "--robot", calibration("pendulum"), try writeSamples(60), "--out", term, "--json",
    ])
    #expect(fitted.exitCode == 0, "\(fitted.stderr)")
    #expect(try fitted.json()["samples"] as? Int == 60)
    let robot = scratch.file("robot.yaml")
    let text = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    try text.replacingOccurrences(
      of: "reward: { width: 0.5, targets: { shoulder: 180 deg } }",
      with: "reward:\n" + String(contentsOfFile: term, encoding: .utf8)
    ).write(toFile: robot, atomically: true, encoding: .utf8)
    let ended = try HandfulProcess.run(
      [
        "run", "--robot", robot, "--port", "sim", "--speed", "50", "--trials", "5", "--seed", "1",
        "--store", scratch.file("a.sqlite"), "--json",
      ], timeoutSeconds: 200)
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    #expect(try ended.json()["ending"] as? String == "solved")
  }

  @Test("can't be learnt from too few samples")
  func tooFew() throws {
    let ended = try HandfulProcess.run([
      "reward", "--robot", calibration("pendulum"), try writeSamples(3), "--out",
      scratch.file("reward.yaml"),
    ])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("at least 5 samples"))
  }
}
