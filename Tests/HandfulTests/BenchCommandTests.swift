import Foundation
import Testing

@Suite("A bench, with the built program", .serialized)
struct BenchCommandTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func bench(_ options: [String]) throws -> HandfulProcess {
    try HandfulProcess(
      [
        "bench", "--robot", calibration("pendulum"), "--out", scratch.file("bench"), "--json",
      ] + options)
  }

  private func digests() throws -> [String: String] {
    var digests: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: scratch.file("bench"))
    where name.hasPrefix("seed-") && name.hasSuffix(".json") {
      let data = try Data(contentsOf: URL(fileURLWithPath: scratch.file("bench/\(name)")))
      let result = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      digests[name] = result?["digest"] as? String
    }
    return digests
  }

  @Test("A seed with a wrong prior learns the same over the serial line, bit for bit")
  func agreesWithSerialLine() throws {
    let ended = try bench(["--seeds", "4", "--trials", "2", "--prior", "wrong50", "--serial", "1"])
      .wait(timeoutSeconds: 200)
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    let report = try ended.json()
    let repetitions = try #require(report["repetitions"] as? [[String: Any]])
    #expect(repetitions.count == 1)
    #expect(repetitions.first?["seed"] as? Int == 4)
    #expect(repetitions.first?["difference"] == nil)
    let seeds = try #require(report["seeds"] as? [[String: Any]])
    #expect((seeds.first?["episodes"] as? [Any])?.count == 1)
    let prior = try #require(seeds.first?["prior"] as? [String: Double])
    #expect(prior["mass"] != 1 && prior["gravity"] == 9.82)
    let svg = try String(contentsOfFile: scratch.file("bench/learning-curves.svg"), encoding: .utf8)
    #expect(svg.hasPrefix("<svg"))
  }

  @Test(
    "A trial that is stopped for safety counts, and the experiment goes on the same over the line")
  func stoppedTrials() throws {
    // Seed 1's random trial runs towards the end of the rail.
    let ended = try HandfulProcess(
      [
        "bench", "--robot", calibration("cart-pole"), "--task", "swing-up-fast", "--seeds", "1",
        "--trials", "2", "--serial", "1", "--out", scratch.file("bench"), "--json",
      ]
    ).wait(timeoutSeconds: 200)
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    let report = try ended.json()
    #expect((report["stoppedTrials"] as? Int ?? 0) >= 1)
    #expect(ended.stderr.contains("stops by the supervisor: braking-distance"))
    let repetitions = try #require(report["repetitions"] as? [[String: Any]])
    #expect(repetitions.count == 1 && repetitions.first?["difference"] == nil)
    let seeds = try #require(report["seeds"] as? [[String: Any]])
    #expect((seeds.first?["trials"] as? [Any])?.count == 2)
  }

  @Test("After kill -9 the same command goes on, and keeps what was finished")
  func goesOnAfterKill() throws {
    let options = ["--seeds", "1-24", "--trials", "1", "--serial", "0", "--processes", "2"]
    let killed = try bench(options)
    #expect(killed.waitFor("(3 of 24"))
    killed.signal(SIGKILL)
    _ = killed.wait(timeoutSeconds: 20)
    // Its children end with it: once they have, nothing more is finished.
    usleep(1_500_000)
    let kept = try digests()
    #expect(kept.count >= 3 && kept.count < 24)
    let dates = try modificationDates(of: kept.keys)
    usleep(500_000)
    #expect(try digests().count == kept.count)

    let ended = try bench(options).wait(timeoutSeconds: 120)
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    #expect(try (ended.json()["seeds"] as? [Any])?.count == 24)
    #expect(try modificationDates(of: kept.keys) == dates)
    let all = try digests()
    #expect(kept.allSatisfy { all[$0.key] == $0.value })
    #expect(Set(all.values).count == 24)
  }

  private func modificationDates(of names: some Sequence<String>) throws -> [String: Date] {
    var dates: [String: Date] = [:]
    for name in names {
      let attributes = try FileManager.default.attributesOfItem(
        atPath: scratch.file("bench/\(name)"))
      dates[name] = attributes[.modificationDate] as? Date
    }
    return dates
  }

  @Test("Ctrl-C ends a bench with exit code 130, and says that it can go on")
  func interrupted() throws {
    let process = try bench(["--seeds", "1-4", "--trials", "8", "--serial", "0"])
    #expect(process.waitFor("at a time"))
    usleep(500_000)
    process.signal(SIGINT)
    let ended = process.wait(timeoutSeconds: 20)
    #expect(ended.exitCode == 130, "\(ended.stderr)")
    #expect(ended.stderr.contains("the same command goes on"))
  }

  @Test("What can't be measured is refused with what to change, and exit code 2")
  func refusals() throws {
    for (options, text) in [
      (["--prior", "wrong0"], "there is no prior 'wrong0'; there are: none, nominal"),
      (["--prior", "nominal", "--algorithm", "black-drops"], "--prior is nominal"),
      (["--algorithm", "gp-mi"], "--prior is none"),
      (["--task", "stand"], "no task 'stand'; its tasks are: swing-up"),
      (["--seeds", "3-1"], "--seeds is '3-1'"),
      (["--algorithm", "dreamer"], "no algorithm 'dreamer'"),
    ] {
      let ended = try bench(options).wait(timeoutSeconds: 20)
      #expect(ended.exitCode == 2, "\(options): \(ended.stderr)")
      #expect(ended.stderr.contains(text), "\(options): \(ended.stderr)")
    }
    let unknown = try HandfulProcess.run(["bench", "--task", "unicycle"])
    #expect(unknown.exitCode == 2)
    #expect(unknown.stderr.contains("no robot 'unicycle'"), "\(unknown.stderr)")
  }

  @Test("A folder in which no bench was made keeps its files, with --restart too")
  func foreignFolder() throws {
    let folder = scratch.file("mine")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let mine = Data("robot: mine".utf8)
    try mine.write(to: URL(fileURLWithPath: folder + "/robot.yaml"))
    for options in [[], ["--restart"]] {
      let ended = try HandfulProcess.run(
        [
          "bench", "--robot", calibration("pendulum"), "--seeds", "1", "--trials", "1",
          "--serial", "0", "--out", folder,
        ] + options)
      #expect(ended.exitCode == 2)
      #expect(ended.stderr.contains("no bench has made it"), "\(ended.stderr)")
    }
    #expect(FileManager.default.contents(atPath: folder + "/robot.yaml") == mine)
  }

  @Test("A folder of another bench is refused, and --restart throws away what it holds")
  func otherBench() throws {
    let options = ["--trials", "1", "--serial", "0"]
    #expect(try bench(options + ["--seeds", "1-2"]).wait().exitCode == 0)
    let refused = try bench(["--trials", "2", "--serial", "0"]).wait()
    #expect(refused.exitCode == 2)
    #expect(refused.stderr.contains("at most 1 trials, not 2 trials"), "\(refused.stderr)")
    #expect(try bench(options + ["--seeds", "3", "--restart"]).wait().exitCode == 0)
    #expect(try Array(digests().keys) == ["seed-3.json"])
  }
}
