import Foundation
import Learner
import LinearAlgebra
import Robotics
import Testing

@Suite(
  "An exported policy on the microcontrollers", .serialized,
  .enabled(if: Board.areAvailable, "run `make firmware` to build the images"))
struct PolicyTests {
  @Test(
    "It decides the same bits on a Cortex-M3, an ATmega2560 and the host",
    arguments: [
      PolicyParameters.Kind.network(hiddenUnits: 10), .radial(centres: 20), .periodic(harmonics: 2),
    ])
  func bits(kind: PolicyParameters.Kind) throws {
    let file = Board.package.appendingPathComponent("calibration/cart-pole/robot.yaml").path
    let robot = try Robot(contentsOf: file)
    let task = try #require(robot.tasks.first)
    var stream = RandomStream(seed: 21)
    let shape = PolicyParameters(kind: kind, robot: robot, task: task)
    let parameters = shape.with(
      weights: (0..<shape.weightCount).map { _ in 2 * stream.nextGaussian() })

    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("handful-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let header = folder.appendingPathComponent("policy.h")
    try PolicyHeader(parameters, periodSeconds: task.periodSeconds).text
      .write(to: header, atomically: true, encoding: .utf8)

    // Compiles it without a warning for all three, runs it in the emulators, and compares.
    let make = Process()
    make.executableURL = URL(fileURLWithPath: "/usr/bin/make")
    make.arguments = [
      "-C", Board.package.appendingPathComponent("firmware-protocol/firmware").path,
      "policy-check", "POLICY=\(header.path)", "BUILD=\(folder.path)",
    ]
    make.standardOutput = FileHandle.nullDevice
    try make.run()
    make.waitUntilExit()
    #expect(make.terminationStatus == 0)

    let printed = try String(
      contentsOf: folder.appendingPathComponent("policy-mps2-an385.txt"), encoding: .utf8
    ).split(whereSeparator: \.isNewline).map(String.init)
    #expect(printed == (try expected(parameters)))
  }

  /// What the host's copy decides on the states of `firmware/policy/policy_check.c`.
  private func expected(_ parameters: PolicyParameters) throws -> [String] {
    let policy = try SinglePrecisionPolicy(parameters)
    var seed: UInt32 = 1
    return (0..<200).map { step in
      let state = (0..<(2 * parameters.jointKinds.count)).map { _ in
        seed = seed &* 1_664_525 &+ 1_013_904_223
        return Float(Int32(seed >> 15) - 65536) / 4096
      }
      return (policy.action(step: step, state: state) ?? []).map {
        String(format: "%08x", $0.bitPattern)
      }.joined()
    }
  }
}
