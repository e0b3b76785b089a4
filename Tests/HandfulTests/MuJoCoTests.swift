import Foundation
import Testing

@Suite("A robot that is a MuJoCo model, from the command line", .serialized)
struct MuJoCoTests {
  private let scratch: ScratchFolder
  private let arm = calibration("planar-arm-2-mujoco")

  init() throws { scratch = try ScratchFolder() }

  /// A copy of the arm's folder with texts replaced in its description and its model.
  private func copy(_ robot: [String: String] = [:], model: [String: String] = [:]) throws -> String
  {
    for (name, changes) in [("robot.yaml", robot), ("arm.xml", model)] {
      var text = try String(contentsOfFile: "\(arm)/\(name)", encoding: .utf8)
      for (old, new) in changes {
        try #require(text.contains(old), "\(old)")
        text = text.replacingOccurrences(of: old, with: new)
      }
      try text.write(toFile: scratch.file(name), atomically: true, encoding: .utf8)
    }
    return scratch.path
  }

  @Test("Its trials calibrate its model: mass and damping come out within 5 %")
  func calibrates() throws {
    // Two parameters that begin wrong; the rest as they truly are (the 'virtual' section), to be quick.
    let robot = try copy([
      "forearm_mass: { nominal: 0.2 kg, lower: 0.075 kg, upper: 0.5 kg }":
        "forearm_mass: { nominal: 0.25 kg, tunable: false }",
      "elbow_damping: { nominal: 0.08 N m s/rad, lower: 0 N m s/rad, upper: 0.2 N m s/rad }":
        "elbow_damping: { nominal: 0.1 N m s/rad, tunable: false }",
      "nominal: 0.02 N m, lower: 0 N m, upper: 0.1 N m": "nominal: 0.03 N m, tunable: false",
      "nominal: 0.005 N m, lower: 0 N m, upper: 0.05 N m": "nominal: 0.01 N m, tunable: false",
    ])
    let store = scratch.file("arm.sqlite")
    let ran = try HandfulProcess.run([
      "run", "--robot", robot, "--port", "sim", "--speed", "50", "--trials", "1", "--store", store,
    ])
    try #require(ran.exitCode == 3, "\(ran.stderr)")
    let prior = scratch.file("prior.yaml")
    let calibrated = try HandfulProcess.run([
      "calibrate", "--robot", robot, "--store", store, "--out", prior, "--json",
    ])
    try #require(calibrated.exitCode == 0, "\(calibrated.stderr)")
    let estimates = try #require(try calibrated.json()["estimates"] as? [[String: Any]])
    #expect(estimates.count == 2)
    for (name, truth) in ["upper_arm_mass": 0.4, "shoulder_damping": 0.5] {
      let estimate = try #require(estimates.first { $0["name"] as? String == name })
      let value = try #require(estimate["value"] as? Double)
      #expect(abs(value / truth - 1) < 0.05, "\(name): \(value)")
    }
    // Replay takes the values, and they foretell better than the nominal ones.
    let replayed = try HandfulProcess.run([
      "replay", "--robot", robot, "--store", store, "--prior", prior, "--json",
    ])
    try #require(replayed.exitCode == 0, "\(replayed.stderr)")
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(replayed.stdout.utf8)) as? [[String: Any]])
    let medians = try rows.map { try #require($0["openLoopMedian"] as? Double) }
    #expect(medians.count == 2 && medians[1] < 0.5 * medians[0], "\(medians)")
  }

  @Test("The doctor passes it, the model included")
  func doctor() throws {
    let ended = try HandfulProcess.run(["doctor", "--robot", arm, "--port", "sim"])
    #expect(ended.exitCode == 0, "\(ended.stderr)")
  }

  /// What is wrong, where it is said to be, and what else must be said.
  struct Mistake: Sendable {
    var robot: [String: String] = [:]
    var model: [String: String] = [:]
    var key: String
    var line: String
    var says: String
  }

  @Test(
    "A mistake in the description or the model is told with file, line and key before anything runs",
    arguments: [
      Mistake(
        robot: ["mujoco: arm.xml\n  step: 5 ms": "mujoco: leg.xml\n  step: 5 ms"],
        key: "prior.mujoco", line: "leg.xml", says: "there is no such file"),
      Mistake(
        model: ["</worldbody>": "</world>"], key: "prior.mujoco",
        line: "mujoco: arm.xml\n  step: 5",
        says: "MuJoCo says: XML"),
      Mistake(
        model: ["name=\"elbow\"": "name=\"ellbow\"", "joint=\"elbow\"": "joint=\"ellbow\""],
        key: "prior.mujoco",
        line: "mujoco: arm.xml\n  step: 5", says: "the same joints by the same names"),
      Mistake(
        robot: ["elbow_damping: {": "elbw_damping: {"], key: "prior.parameters.elbw_damping",
        line: "elbw_damping: {", says: "did you mean 'elbow_damping'?"),
      Mistake(
        robot: ["elbow_damping: 0.1": "forearm_damping: 0.1"],
        key: "virtual.parameters.forearm_damping", line: "forearm_damping: 0.1",
        says: "no joint 'forearm'"),
    ])
  func mistakes(_ mistake: Mistake) throws {
    let folder = try copy(mistake.robot, model: mistake.model)
    let text = try String(contentsOfFile: folder + "/robot.yaml", encoding: .utf8)
    let place = try #require(text.range(of: mistake.line))
    let line = text[..<place.lowerBound].count { $0 == "\n" } + 1
    for command in [
      ["run", "--port", "sim", "--store", scratch.file("s.sqlite")], ["doctor", "--port", "sim"],
    ] {
      let ended = try HandfulProcess.run(command + ["--robot", folder])
      #expect(ended.exitCode == 2)
      #expect(
        ended.stderr.contains("robot.yaml:\(line): \(mistake.key): The MuJoCo model"),
        "\(ended.stderr)")
      #expect(ended.stderr.contains(mistake.says), "\(ended.stderr)")
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.file("s.sqlite")))
  }

  /// A pendulum whose world and prior are a MuJoCo rod, with a task of a second.
  private func pendulum() throws -> String {
    let folder = scratch.file("pendulum")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var yaml = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    let parameters =
      "    mass: 1 kg\n    length: 1 m\n    damping: 0.01 N m s/rad\n    friction: 0 N m\n"
    let start = try #require(yaml.range(of: "prior:\n"))
    let end = try #require(yaml.range(of: "recording:\n"))
    yaml.replaceSubrange(
      start.lowerBound..<end.lowerBound,
      with: """
        prior:
          model: rod
          mujoco: rod.xml
          step: 10 ms
          parameters:
            rod_mass: { nominal: 1 kg, lower: 0.5 kg, upper: 2 kg }

        """)
    for (old, new) in [
      parameters + "    gravity: 9.82 m/s^2\n": "    rod_mass: 1 kg\n",
      "  plant: pendulum\n": "  plant: rod\n  mujoco: rod.xml\n", "horizon: 4 s": "horizon: 1 s",
    ] {
      try #require(yaml.contains(old), "\(old)")
      yaml = yaml.replacingOccurrences(of: old, with: new)
    }
    try yaml.write(toFile: folder + "/robot.yaml", atomically: true, encoding: .utf8)
    try """
    <mujoco><worldbody><body name="rod">
      <joint name="shoulder" axis="0 -1 0" damping="0.01"/>
      <inertial pos="0 0 -0.5" mass="1" diaginertia="0.0833 0.0833 0.0001"/>
    </body></worldbody></mujoco>
    """.write(toFile: folder + "/rod.xml", atomically: true, encoding: .utf8)
    return folder
  }

  @Test("A bench with a wrong MuJoCo prior learns from another folder, on the serial line the same")
  func bench() throws {
    let robot = try pendulum()
    let out = scratch.file("bench")
    let ended = try HandfulProcess.run(
      [
        "bench", "--robot", robot, "--prior", "wrong30", "--algorithm", "gp-mi", "--seeds", "1-1",
        "--trials", "2", "--out", out,
      ], timeoutSeconds: 240)
    try #require(ended.exitCode == 0, "\(ended.stderr)")
    #expect((ended.stdout + ended.stderr).contains("the same, bit for bit"), "\(ended.stdout)")
    let rules = try String(contentsOfFile: out + "/seed-1.prior.yaml", encoding: .utf8)
    #expect(rules.contains("mujoco: \"\(robot)/rod.xml\""), "\(rules)")
  }

  @Test("A policy is learnt again from its store, bit for bit, though the robot's folder has moved")
  func relearn() throws {
    let robot = try pendulum()
    let store = scratch.file("store.sqlite")
    let ran = try HandfulProcess.run([
      "run", "--robot", robot, "--port", "sim", "--speed", "50", "--algorithm", "gp-mi", "--trials",
      "2", "--store", store,
    ])
    try #require(ran.exitCode == 3, "\(ran.stderr)")
    let moved = scratch.file("moved")
    try FileManager.default.moveItem(atPath: robot, toPath: moved)
    let again = try HandfulProcess.run([
      "replay", "--relearn", "--robot", moved, "--store", store,
    ])
    #expect(
      again.exitCode == 0 && again.stdout.contains("the same, bit for bit"), "\(again.stderr)")

    // A store of an earlier version doesn't know the file, and is learnt from as it was then.
    let old = scratch.file("old.sqlite")
    try FileManager.default.copyItem(atPath: store, toPath: old)
    try forgetFiles(in: old)
    let changed = try String(contentsOfFile: moved + "/rod.xml", encoding: .utf8)
      .replacingOccurrences(of: "pos=\"0 0 -0.5\"", with: "pos=\"0 0 -0.4\"")
    func relearn(_ store: String) throws -> HandfulProcess.Ended {
      try HandfulProcess.run(["replay", "--relearn", "--robot", moved, "--store", store])
    }
    let unknowing = try relearn(old)
    #expect(unknowing.exitCode == 0, "\(unknowing.stderr)")

    // With another rod behind the same name neither is gone on with.
    try changed.write(toFile: moved + "/rod.xml", atomically: true, encoding: .utf8)
    let refused = try relearn(store)
    #expect(refused.exitCode == 2, "\(refused.stdout)")
    #expect(refused.stderr.contains("the prior's file 'rod.xml' is not what it was"))
    let resumed = try HandfulProcess.run([
      "run", "--robot", moved, "--port", "sim", "--speed", "50", "--algorithm", "gp-mi", "--trials",
      "3", "--store", store, "--resume",
    ])
    #expect(resumed.exitCode == 2, "\(resumed.stdout)")
    #expect(resumed.stderr.contains("the prior's file 'rod.xml' is not what it was"))
    #expect(try relearn(old).exitCode == 1)
  }

  /// Takes the digests of files out of a store's settings, as stores were before there were any.
  private func forgetFiles(in store: String) throws {
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = [
      "python3", "-c",
      """
      import json, sqlite3
      c = sqlite3.connect('\(store)')
      text = c.execute('SELECT settings_json FROM experiment').fetchone()[0]
      settings = json.loads(text)
      kept = json.dumps(settings.pop('files'), separators=(',', ':'))
      assert '"files":' + kept + ',' in text
      c.execute('UPDATE experiment SET settings_json = ?', (text.replace('"files":' + kept + ',', ''),))
      c.commit()
      """,
    ]
    try python.run()
    python.waitUntilExit()
    try #require(python.terminationStatus == 0)
  }
}
