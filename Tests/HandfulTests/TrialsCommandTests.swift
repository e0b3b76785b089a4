import Foundation
import Testing

@Suite("Stores compared, merged and exported, with the built program", .serialized)
struct TrialsCommandTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    for (store, seed, robot) in [
      ("a", "1", "pendulum"), ("b", "1", "pendulum"), ("c", "2", "pendulum"),
      ("cart", "1", "cart-pole"),
    ] {
      _ = try HandfulProcess.run([
        "run", "--robot", calibration(robot), "--port", "sim", "--speed", "100", "--trials", "1",
        "--seed", seed, "--store", scratch.file("\(store).sqlite"),
      ])
    }
  }

  private func trials(_ arguments: [String]) throws -> HandfulProcess.Ended {
    try HandfulProcess.run(["trials"] + arguments)
  }

  @Test("Equal seeds compare as the same, bit for bit; others with the first sample that differs")
  func compare() throws {
    let (a, b, c) = (
      scratch.file("a.sqlite"), scratch.file("b.sqlite"), scratch.file("c.sqlite")
    )
    let same = try trials(["compare", a, b])
    #expect(same.exitCode == 0)
    #expect(same.stdout.contains("the same trials and policies, bit for bit"), "\(same.stdout)")
    let other = try trials(["compare", a, c, "--json"]).json()
    let difference = try #require(other["firstDifference"] as? String)
    #expect(difference.hasPrefix("sample ") && difference.hasSuffix(" of trial 1 differs"))
    #expect((other["columns"] as? [[String: Any]])?.count == 2)
    let alone = try trials(["compare", a])
    #expect(alone.exitCode == 2 && alone.stderr.contains("give two or more"))
  }

  @Test(
    "A merged store has every trial with its samples, label and source; other robots are refused")
  func merge() throws {
    let (a, c, merged) = (
      scratch.file("a.sqlite"), scratch.file("c.sqlite"), scratch.file("m.sqlite")
    )
    #expect(try trials(["label", "--store", c, "1", "good"]).exitCode == 0)
    let ended = try trials(["merge", "--store", merged, a, c])
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    #expect(ended.stdout == "trial 1: a.sqlite, trial 1\ntrial 2: c.sqlite, trial 1\n")
    let kept = try KeptTrials(merged)
    #expect(kept.count == 2)
    let shown = try trials(["list", "--store", merged])
    #expect(shown.stdout.contains("[good]"), "\(shown.stdout)")
    for (folder, store) in [("a", a), ("c", c), ("m", merged)] {
      _ = try HandfulProcess.run([
        "export", "--store", store, "--format", "csv", "--out", scratch.file(folder),
      ])
    }
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: scratch.file(name), encoding: .utf8)
    }
    #expect(try text("m/trial-1.csv") == text("a/trial-1.csv"))
    #expect(try text("m/trial-2.csv") == text("c/trial-1.csv"))
    #expect(try trials(["check", "--store", merged]).exitCode == 0)

    let refused = try trials([
      "merge", "--store", scratch.file("x.sqlite"), a, scratch.file("cart.sqlite"),
    ])
    #expect(refused.exitCode == 2)
    #expect(refused.stderr.contains("merge stores of one robot only"), "\(refused.stderr)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("x.sqlite")))
  }

  @Test("Trials export as NPZ and MCAP files")
  func exports() throws {
    for (format, magic) in [("npz", [0x50, 0x4B, 3, 4]), ("mcap", [0x89, 0x4D, 0x43, 0x41])] {
      let path = scratch.file("trials.\(format)")
      let ended = try HandfulProcess.run([
        "export", "--store", scratch.file("a.sqlite"), "--format", format, "--out", path,
      ])
      #expect(ended.exitCode == 0, "\(ended.stderr)")
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(data.prefix(4).map(Int.init) == magic)
      #expect(data.count > 401 * 8 * 8)
    }
  }
}
