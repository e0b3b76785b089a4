import Foundation
import Testing

@Suite("Recordings of a real pendulum, from the command line", .serialized)
struct RecordingTests {
  private let scratch: ScratchFolder
  private static let folder = HandfulProcess.package.deletingLastPathComponent()
    .appendingPathComponent("shared/data/simple-pendulum").path
  private static let isPresent = FileManager.default.fileExists(atPath: folder)

  init() throws { scratch = try ScratchFolder() }

  private func handful(_ arguments: String...) throws -> HandfulProcess.Ended {
    let ended = try HandfulProcess.run(arguments)
    if ended.exitCode != 0 { print(ended.stderr) }
    return ended
  }

  @Test(
    "Calibrated on one recording, the prior and GP-MI predict the other better than the nominal prior",
    .enabled(if: isPresent, "../shared/data/simple-pendulum is absent"))
  func calibrateAndReplay() throws {
    let robot = calibration("dfki-simple-pendulum")
    let store = scratch.file("real.sqlite")
    let prior = scratch.file("prior.yaml")
    let imported = try handful(
      "trials", "import", "--robot", robot, "--store", store,
      Self.folder + "/system-identification.csv", Self.folder + "/energy-shaping.csv")
    try #require(imported.exitCode == 0)

    let calibrated = try handful(
      "calibrate", "--robot", robot, "--store", store, "--trials", "1", "--out", prior, "--json")
    try #require(calibrated.exitCode == 0)
    let estimates = try #require(try calibrated.json()["estimates"] as? [[String: Any]])
    for name in ["mass", "length", "damping", "friction"] {
      let estimate = try #require(estimates.first { $0["name"] as? String == name })
      let error = try #require(estimate["standardError"] as? Double, "\(name)")
      #expect(error > 0 && error.isFinite)
    }

    let replayed = try handful(
      "replay", "--robot", robot, "--store", store, "--trials", "2", "--train", "1", "--prior",
      prior, "--json")
    try #require(replayed.exitCode == 0)
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(replayed.stdout.utf8)) as? [[String: Any]])
    func figures(_ predictor: String) throws -> [Double] {
      let row = try #require(rows.first { $0["predictor"] as? String == predictor })
      let steps = try #require(row["oneStep"] as? [[String: Any]]).compactMap {
        $0["rms"] as? Double
      }
      return [
        try #require(row["openLoopMedian"] as? Double),
        try #require(row["openLoopQuantile90"] as? Double),
      ] + steps
    }
    let nominal = try figures("nominal prior")
    for predictor in ["calibrated prior", "gp-mi"] {
      let found = try figures(predictor)
      print("\(predictor): \(found), nominal prior: \(nominal) (rad, rad, rad, rad/s)")
      for (a, b) in zip(found, nominal) { #expect(a < b, "\(predictor)") }
    }
    // How much comes from the prior, and where there was something to learn from.
    let learnt = try #require(rows.first { $0["predictor"] as? String == "gp-mi" })
    let explained = try #require(
      (learnt["prior"] as? [String: Any])?["explained"] as? [[String: Any]])
    #expect(try #require(explained.first?["byPrior"] as? Double) > 0.9)
    #expect(explained.first?["output"] as? String == "shoulder velocity change")
    let inside = try #require(learnt["segmentsInRegion"] as? Int)
    let all = try #require(learnt["segments"] as? Int)
    #expect(inside > 0 && inside < all)
    #expect(learnt["openLoopMedianInRegion"] is Double)
    #expect(learnt["openLoopMedianOutside"] is Double)
    // The delay that calibrate finds may be negative.
    let early = try handful(
      "replay", "--robot", robot, "--store", store, "--trials", "1", "--train", "2", "--prior",
      prior, "--action-delay", "-0.005")
    #expect(early.exitCode == 0)
    for part in [
      "in 95 % band", "in the region of", "of shoulder velocity change the prior explains",
    ] {
      #expect(early.stdout.contains(part), "\(part)")
    }
    // Written values are not overwritten without being told to.
    let again = try handful("calibrate", "--robot", robot, "--store", store, "--out", prior)
    #expect(again.exitCode == 2 && again.stderr.contains("--force"))
  }

  @Test("A recording with other columns imports nothing, and names the columns found and wanted")
  func wrongColumns() throws {
    let csv = scratch.file("other.csv")
    try "time_s,angle_rad,torque_Nm\n0,0,0\n0.01,0,0\n".write(
      toFile: csv, atomically: true, encoding: .utf8)
    let store = scratch.file("real.sqlite")
    let ended = try HandfulProcess.run([
      "trials", "import", "--robot", calibration("dfki-simple-pendulum"), "--store", store, csv,
    ])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("position_rad") && ended.stderr.contains("angle_rad"))
    #expect(!FileManager.default.fileExists(atPath: store))
  }

  /// The real pendulum's columns over `count` lines, the k-th from `line`.
  private func recording(_ name: String, count: Int, line: (Int) -> String) throws -> String {
    let csv = scratch.file(name)
    let lines = ["time_s,position_rad,velocity_rad_per_s,torque_Nm"] + (0..<count).map(line)
    try lines.joined(separator: "\n").write(toFile: csv, atomically: true, encoding: .utf8)
    return csv
  }

  @Test("NaN in a recording, and a recording of one sample, are refused with file and line: exit 2")
  func brokenRecordings() throws {
    let robot = calibration("dfki-simple-pendulum")
    let nan = try recording("nan.csv", count: 30) { k in
      "\(0.01 * Double(k)),\(k == 7 ? "nan" : "0.1"),0,0"
    }
    let one = try recording("one.csv", count: 1) { _ in "0,0,0,0" }
    for command in [
      ["calibrate", "--robot", robot, "--no-write"],
      ["trials", "import", "--robot", robot, "--store", scratch.file("none.sqlite")],
    ] {
      let broken = try HandfulProcess.run(command + [nan])
      #expect(broken.exitCode == 2)
      #expect(broken.stderr.contains("nan.csv:9: position_rad: 'nan' is not finite"))
      let short = try HandfulProcess.run(command + [one])
      #expect(short.exitCode == 2)
      #expect(short.stderr.contains("one.csv: 1 lines of values; at least 2 are needed"))
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.file("none.sqlite")))
  }

  @Test(
    "A robot at rest says nothing of its parameters: calibrate says which, and invents no error")
  func unidentifiable() throws {
    let still = try recording("still.csv", count: 400) { k in "\(0.01 * Double(k)),0,0,0" }
    let ended = try HandfulProcess.run([
      "calibrate", "--robot", calibration("dfki-simple-pendulum"), "--no-write", "--json", still,
    ])
    guard ended.exitCode == 0 else {
      // Refused is as good, as long as it says what to do.
      #expect(ended.exitCode == 2 && ended.stderr.contains("record"), "\(ended.stderr)")
      return
    }
    #expect(!ended.stdout.contains("nan"), "\(ended.stdout)")
    let json = try ended.json()
    let estimates = try #require(json["estimates"] as? [[String: Any]])
    for estimate in estimates where estimate["isTunable"] as? Bool != false {
      let error = estimate["standardError"] as? Double
      let value = try #require(estimate["value"] as? Double)
      #expect(error == nil || error! > 0.05 * abs(value), "\(estimate)")
    }
  }

  @Test("A recording in the robot's own columns imports as a trial that exports the same numbers")
  func roundTrip() throws {
    let csv = scratch.file("own.csv")
    var text = "time_s,position_rad,velocity_rad_per_s,torque_Nm\n"
    for i in 0..<50 { text += "\(Double(i) * 0.005),\(0.01 * Double(i)),2,\(i % 2)\n" }
    try text.write(toFile: csv, atomically: true, encoding: .utf8)
    let store = scratch.file("own.sqlite")
    let robot = calibration("dfki-simple-pendulum")
    #expect(try handful("trials", "import", "--robot", robot, "--store", store, csv).exitCode == 0)
    #expect(
      try handful("export", "--store", store, "--format", "csv", "--out", scratch.path).exitCode
        == 0)
    let rows = try String(contentsOfFile: scratch.file("trial-1.csv"), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    let column = try #require(rows.first?.firstIndex { $0.contains("position") })
    #expect(rows.count == 51)
    #expect(Double(rows[31][column]) == 0.01 * 30)
  }
}
