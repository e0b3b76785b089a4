import CompiledSimulator
import Foundation
import Testing

@Suite("A prior that can't answer, from the command line", .serialized)
struct DivergingPriorTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// The pendulum's rod under a motor, its equation of motion by the classic Runge-Kutta method. It
  /// doesn't answer where `FAILS`, and then does what `FAILURE` says.
  private static let rod = """
    #include "handful_simulator.h"
    #include <math.h>
    static const char *const names[] = {"mass", "damping"};
    static int32_t advance(size_t count, size_t stride, const double *x, const double *u,
                           const double *p, double t, double *next) {
      const int steps = (int)ceil(t / 0.005 - 1e-9);
      const double h = t / steps, inertia = p[0] / 3;
      for (size_t b = 0; b < count; b++) {
        double q = x[b], v = x[stride + b];
        const double speed = fabs(v);
        for (int k = 0; k < steps; k++) {
          double dq[4], dv[4];
          for (int i = 0; i < 4; i++) {
            const double a = i == 0 ? 0 : i == 3 ? h : h / 2;
            const double qi = i == 0 ? q : q + a * dq[i - 1], vi = i == 0 ? v : v + a * dv[i - 1];
            dq[i] = vi;
            dv[i] = (u[b] - p[1] * vi - p[0] * 9.82 * 0.5 * sin(qi)) / inertia;
          }
          q += h / 6 * (dq[0] + 2 * dq[1] + 2 * dq[2] + dq[3]);
          v += h / 6 * (dv[0] + 2 * dv[1] + 2 * dv[2] + dv[3]);
        }
        if (FAILS) { FAILURE; }
        next[b] = q;
        next[stride + b] = v;
      }
      return 0;
    }
    static const HandfulSimulator simulator = {1, 2, 1, 2, names, advance};
    const HandfulSimulator *handful_simulator(void) { return &simulator; }
    """

  /// What a simulator that can't answer may do.
  enum Failure: String, Sendable, CaseIterable {
    case refuses = "return 7"
    case saysNaN = "q = NAN; v = NAN"
    case saysInfinity = "v = INFINITY"
  }

  /// The pendulum with that prior.
  ///
  /// - Parameter condition: Where it can't answer, in C: of `speed` (rad/s), at first.
  private func robot(_ failure: Failure, where condition: String) throws -> String {
    let library = try CompiledSimulator(
      Self.rod, defining: ["FAILS": condition, "FAILURE": failure.rawValue])
    return try robot(
      prior: """
        prior:
          model: rod
          library: \(library.path)
          parameters:
            mass: { nominal: 1.2 kg, lower: 0.4 kg, upper: 2 kg }
            damping: { nominal: 0.01 N m s/rad, lower: 0 N m s/rad, upper: 0.2 N m s/rad }

        """)
  }

  /// The library that a description names.
  private func library(of robot: String) throws -> String {
    let yaml = try String(contentsOfFile: robot, encoding: .utf8)
    let line = try #require(yaml.split(separator: "\n").first { $0.contains("library:") })
    return String(line.split(separator: " ")[1])
  }

  /// The pendulum's description with another prior, in a file of its own.
  private func robot(prior: String) throws -> String {
    var yaml = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    let start = try #require(yaml.range(of: "prior:\n"))
    let end = try #require(yaml.range(of: "recording:\n"))
    yaml.replaceSubrange(start.lowerBound..<end.lowerBound, with: prior)
    let path = scratch.file("robot.yaml")
    try yaml.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// Random trials of the pendulum, which know nothing of a prior; made once for all tests.
  private static let store: String = {
    let folder = NSTemporaryDirectory() + "handful-priors-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let store = folder + "/random.sqlite"
    let ended = try? HandfulProcess.run([
      "run", "--robot", calibration("pendulum"), "--port", "sim", "--speed", "50", "--trials", "2",
      "--seed", "1", "--store", store,
    ])
    if ended?.exitCode != 0 { print(ended?.stderr ?? "the run did not start") }
    return store
  }()

  private func expectNoNaN(_ ended: HandfulProcess.Ended) {
    for text in [ended.stdout, ended.stderr] {
      #expect(text.range(of: "\\bnan\\b", options: .regularExpression) == nil, "\(text)")
    }
  }

  @Test(
    "Where it can't answer above some speed, a run learns all the same, says so, and stores no NaN",
    arguments: [Failure.refuses, .saysInfinity])
  func run(_ failure: Failure) throws {
    let robot = try robot(failure, where: "speed > 4")
    let store = scratch.file("run.sqlite")
    let ended = try HandfulProcess.run(
      [
        "run", "--robot", robot, "--port", "sim", "--speed", "50", "--algorithm", "gp-mi",
        "--trials", "3", "--store", store, "--json",
      ], timeoutSeconds: 240)
    #expect([0, 3].contains(ended.exitCode), "\(ended.stderr)")
    #expect(ended.stderr.contains("The prior's prediction is no finite number at"))
    #expect(ended.stderr.contains("it is taken to say that nothing changes"))
    expectNoNaN(ended)
    // Its library is part of what was learnt: another one is not gone on with.
    let library = FileHandle(forWritingAtPath: try library(of: robot))
    try library?.seekToEnd()
    try library?.write(contentsOf: Data([0]))
    let resumed = try HandfulProcess.run([
      "run", "--robot", robot, "--port", "sim", "--algorithm", "gp-mi", "--trials", "4", "--store",
      store, "--resume",
    ])
    #expect(resumed.exitCode == 2)
    #expect(resumed.stderr.contains("file 'plant.so' is not what it was"), "\(resumed.stderr)")
    let policy = scratch.file("policy.json")
    let exported = try HandfulProcess.run([
      "export", "--store", store, "--format", "policy", "--out", policy,
    ])
    #expect(exported.exitCode == 0, "\(exported.stderr)")
    let written = try String(contentsOfFile: policy, encoding: .utf8)
    #expect(!written.contains("nan"))
    #expect(try HandfulProcess.run(["trials", "check", "--store", store]).exitCode == 0)
  }

  @Test(
    "Calibrating leaves out and counts the segments where it can't answer; the others give the mass",
    arguments: Failure.allCases)
  func calibrate(_ failure: Failure) throws {
    let robot = try robot(failure, where: "speed > 4")
    let arguments = [
      "calibrate", "--robot", robot, "--store", Self.store, "--no-write",
    ]
    let ended = try HandfulProcess.run(arguments + ["--json"])
    try #require(ended.exitCode == 0, "\(ended.stderr)")
    expectNoNaN(ended)
    let json = try ended.json()
    let diverged = try #require(json["divergedSegmentCount"] as? Int)
    let all = try #require(json["segmentCount"] as? Int)
    #expect(diverged > 0 && diverged < all)
    #expect((json["disturbances"] as? [Any])?.isEmpty == true)
    let mass = try #require((json["estimates"] as? [[String: Any]])?.first)
    let value = try #require(mass["value"] as? Double)
    #expect(abs(value - 1) < 0.05, "\(value)")
    let told = try HandfulProcess.run(arguments)
    #expect(told.stdout.contains("left out: \(diverged) of \(all) segments"), "\(told.stdout)")
  }

  @Test(
    "Replay takes segments where it can't answer as infinitely wrong, not as pushes; GP-MI goes on",
    arguments: Failure.allCases)
  func replay(_ failure: Failure) throws {
    let robot = try robot(failure, where: "speed > 4")
    let arguments = [
      "replay", "--robot", robot, "--store", Self.store, "--trials", "2", "--train", "1",
    ]
    let ended = try HandfulProcess.run(arguments + ["--json"])
    try #require(ended.exitCode == 0, "\(ended.stderr)")
    expectNoNaN(ended)
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(ended.stdout.utf8)) as? [[String: Any]])
    func row(_ name: String) throws -> [String: Any] {
      try #require(rows.first { $0["predictor"] as? String == name })
    }
    let nominal = try row("nominal prior")
    let diverged = try #require(nominal["divergedSegments"] as? Int)
    let segments = try #require(nominal["segments"] as? Int)
    #expect(diverged > 0 && diverged < segments)
    #expect((nominal["pushes"] as? [Any])?.isEmpty == true)
    let learnt = try row("gp-mi")
    #expect(learnt["divergedSegments"] as? Int == 0)
    #expect((learnt["openLoopMedian"] as? Double)?.isFinite == true)
    let figure = scratch.file("replay.svg")
    let told = try HandfulProcess.run(arguments + ["--out", figure])
    #expect(
      told.stdout.contains("nominal prior: its prediction is no finite number in \(diverged) of"),
      "\(told.stdout)")
    expectNoNaN(told)
    let drawn = try String(contentsOfFile: figure, encoding: .utf8).lowercased()
    #expect(drawn.range(of: "\"[^\"]*\\b(nan|inf)\\b", options: .regularExpression) == nil)
  }

  @Test(
    "A prior that never answers is refused as bad input by every command, before the robot moves")
  func nowhere() throws {
    let library = try robot(.refuses, where: "1")
    try expectRefusal(of: library, run: "predicts NaN or infinity at each of 64 states")
    // The rod as a MuJoCo model whose weight the engine gives up on at once.
    try """
    <mujoco><option gravity="1e14 0 -1e14"/><worldbody><body name="rod">
      <joint name="shoulder" axis="0 -1 0" damping="0.01"/>
      <inertial pos="0 0 -0.5" mass="1" diaginertia="0.0833 0.0833 0.0001"/>
    </body></worldbody></mujoco>
    """.write(toFile: scratch.file("rod.xml"), atomically: true, encoding: .utf8)
    let model = try robot(
      prior: """
        prior:
          model: rod
          mujoco: rod.xml
          step: 10 ms
          parameters:
            rod_mass: { nominal: 1 kg, lower: 0.5 kg, upper: 2 kg }

        """)
    try expectRefusal(of: model, run: "predicts NaN or infinity at each of 64 states")
  }

  private func expectRefusal(of robot: String, run message: String) throws {
    let store = scratch.file("none.sqlite")
    let ran = try HandfulProcess.run([
      "run", "--robot", robot, "--port", "sim", "--algorithm", "gp-mi", "--store", store,
    ])
    #expect(ran.exitCode == 2 && ran.stderr.contains(message), "\(ran.stderr)")
    #expect(!FileManager.default.fileExists(atPath: store))
    let calibrated = try HandfulProcess.run([
      "calibrate", "--robot", robot, "--store", Self.store, "--no-write",
    ])
    #expect(calibrated.exitCode == 2, "\(calibrated.stderr)")
    #expect(calibrated.stderr.contains("predicts NaN or infinity at each of"))
    let replayed = try HandfulProcess.run([
      "replay", "--robot", robot, "--store", Self.store, "--trials", "2", "--train", "1",
    ])
    #expect(replayed.exitCode == 2, "\(replayed.stdout)\(replayed.stderr)")
    #expect(replayed.stderr.contains("predicts NaN or infinity for every step"))
    for ended in [ran, calibrated] { expectNoNaN(ended) }
  }
}
