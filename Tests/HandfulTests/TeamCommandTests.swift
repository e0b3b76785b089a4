import Foundation
import Testing

private let mpirun = "/usr/bin/mpirun"

@Suite(
  "Under mpirun", .serialized,
  .enabled(if: FileManager.default.isExecutableFile(atPath: mpirun), "needs Debian's openmpi-bin"))
struct TeamCommandTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func run(processes: Int, _ arguments: [String]) throws -> HandfulProcess.Ended {
    try HandfulProcess(
      [
        "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "\(processes)",
        HandfulProcess.executable,
      ] + arguments, executable: mpirun
    ).wait(timeoutSeconds: 120)
  }

  private func learning(store: String, trials: Int = 3) -> [String] {
    [
      "run", "--robot", calibration("pendulum"), "--port", "sim", "--speed", "50", "--seed", "2",
      "--trials", "\(trials)", "--threads", "1", "--store", scratch.file(store),
    ]
  }

  private func policy(of store: String) throws -> Data {
    let ended = try HandfulProcess.run([
      "export", "--store", scratch.file(store), "--format", "policy", "--out",
      scratch.file("\(store).json"),
    ])
    try #require(ended.exitCode == 0, "\(ended.stderr)")
    return try Data(contentsOf: URL(fileURLWithPath: scratch.file("\(store).json")))
  }

  @Test("three processes learn the policy that one learns, and one of them speaks and stores")
  func samePolicy() throws {
    let alone = try HandfulProcess.run(learning(store: "alone.sqlite"))
    let team = try run(processes: 3, learning(store: "team.sqlite") + ["--json"])
    #expect(team.exitCode == alone.exitCode, "\(team.stderr)")
    #expect(try team.json()["ending"] as? String == "solved")
    #expect(!team.stderr.contains("goes on alone"))
    #expect(try policy(of: "alone.sqlite") == policy(of: "team.sqlite"))
  }

  @Test("an experiment that isn't solved ends with exit code 3")
  func exitCode() throws {
    #expect(try run(processes: 2, learning(store: "short.sqlite", trials: 1)).exitCode == 3)
  }

  @Test("processes with different robot files refuse to learn together")
  func differentFiles() throws {
    let other = scratch.file("other.yaml")
    let text = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    try (text + "\n# a remark\n").write(toFile: other, atomically: true, encoding: .utf8)
    var second = learning(store: "b.sqlite")
    second[2] = other
    let ended = try run(
      processes: 1,
      learning(store: "a.sqlite") + [":", "-n", "1", HandfulProcess.executable] + second)
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("don't have the same experiment"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("a.sqlite")))
  }

  @Test("processes that round differently part: the first learns on alone, to its end")
  func parted() throws {
    // OpenBLAS' kernels for two kinds of processors; every x86-64 with AVX2 runs both. A cart-pole takes
    // two learnt policies: the second is learnt after the others have left.
    func learning(_ store: String) -> [String] {
      [
        "run", "--robot", calibration("cart-pole-mc-pilco"), "--port", "sim", "--speed", "50",
        "--seed", "1", "--trials", "3", "--threads", "1", "--store", scratch.file(store),
      ]
    }
    let ended = try HandfulProcess(
      [
        "--allow-run-as-root", "--oversubscribe", "--bind-to", "none",
        "-n", "1", "-x", "OPENBLAS_CORETYPE=Haswell", HandfulProcess.executable,
      ] + learning("first.sqlite") + [
        ":", "-n", "1", "-x", "OPENBLAS_CORETYPE=Nehalem", HandfulProcess.executable,
      ] + learning("second.sqlite"), executable: mpirun
    ).wait(timeoutSeconds: 120)
    #expect(ended.stderr.contains("this one goes on alone"), "\(ended.stderr)")
    #expect(ended.stderr.contains("trial 3 of at most 3"), "\(ended.stderr)")
    #expect(ended.stderr.contains("process 1: "), "\(ended.stderr)")
    #expect(ended.exitCode != -1)
  }

  @Test("commands without a search are refused", arguments: [["ports"], ["doctor"]])
  func otherCommands(arguments: [String]) throws {
    let ended = try run(processes: 2, arguments)
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("mpirun"))
  }
}
