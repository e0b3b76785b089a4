import Foundation
import Testing

/// Tutorials are followed as they are written: the commands of their fenced blocks are run, in order,
/// and what they print must be what the tutorial says, but for numbers,
/// which must be like those it says: another processor's rounding may end a fit elsewhere.
@Suite("Tutorials", .serialized)
struct TutorialTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    for folder in ["calibration", "docs"] {
      try FileManager.default.createSymbolicLink(
        atPath: scratch.file(folder),
        withDestinationPath: HandfulProcess.package.appendingPathComponent(folder).path)
    }
  }

  /// The fenced blocks of a tutorial.
  private func blocks(of name: String) throws -> [String] {
    let text = try String(
      contentsOf: HandfulProcess.package.appendingPathComponent("docs/\(name)"), encoding: .utf8)
    let parts = text.components(separatedBy: "\n```\n")
    return stride(from: 1, to: parts.count, by: 2).map { parts[$0] }
  }

  /// Runs a command line in the tutorial's folder.
  private func run(_ line: String) throws -> HandfulProcess.Ended {
    try HandfulProcess(
      [
        "-c", "cd '\(scratch.path)' && PATH=\"$1:$PATH\" && \(line)", "sh",
        (HandfulProcess.executable as NSString).deletingLastPathComponent,
      ], executable: "/bin/sh"
    ).wait()
  }

  /// The words of an output, numbers among them.
  private func words(_ text: String) -> [Substring] {
    text.split(whereSeparator: \.isWhitespace)
  }

  @Test("The mountain car's tutorial prints what it says, and draws its figure")
  func mountainCar() throws {
    let blocks = try blocks(of: "mountain-car.md")
    try #require(blocks.count == 8)
    for pair in stride(from: 0, to: blocks.count, by: 2) {
      let command = blocks[pair]
      try #require(command.hasPrefix("handful "), "\(command)")
      let ended = try run(command)
      #expect(ended.exitCode == 0, "\(command): \(ended.stderr)")
      let (said, printed) = (words(blocks[pair + 1]), words(ended.stdout))
      #expect(said.count == printed.count, "\(command) printed \(ended.stdout)")
      for (a, b) in zip(said, printed) where a != b {
        let (x, y) = (try #require(Double(a), "\(a), not \(b)"), try #require(Double(b)))
        #expect(abs(x - y) <= 0.5 * max(abs(x), abs(y)), "\(a), not \(b): \(command)")
      }
    }
    let figure = try String(contentsOfFile: scratch.file("mountain-car.svg"), encoding: .utf8)
    #expect(figure.contains("learnt from 150 steps, tested on 1350 others"))
    #expect(figure.contains("learnt change of car velocity (m/s)"))
  }

  @Test("Its recording is gymnasium's: each step obeys the rule of MountainCarContinuous-v0")
  func recording() throws {
    // v += 0.0015 u − 0.0025 cos 3x, x += v, in single precision (gymnasium 1.4.0,
    // envs/classic_control/continuous_mountain_car.py). The walls are not reached.
    let rows = try String(
      contentsOfFile: scratch.file("docs/mountain-car/steps.csv"), encoding: .utf8
    )
    .split(separator: "\n").dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }
    #expect(rows.count == 1501)
    for (row, next) in zip(rows, rows.dropFirst()) {
      // A step is 0.05 s, and an action of 1 is 0.6 N.
      let speed = 0.05 * row[2] + 0.0015 * row[3] / 0.6 - 0.0025 * cos(3 * row[1])
      #expect(abs(0.05 * next[2] - speed) < 1e-7)
      #expect(abs(next[1] - row[1] - speed) < 2e-7)
    }
  }

  @Test(
    "What the model command can't do is refused with a remedy",
    arguments: [
      (["--every", "1"], "at least 2"), (["--every", "800"], "a smaller --every"),
      (["--period=-1"], "above 0"), (["--period", "300"], "another --period"),
      (["--prior", "p.yaml"], "--algorithm gp-mi"), (["--trials", "3"], "no trial 3"),
    ])
  func refusals(_ options: [String], _ remedy: String) throws {
    let robot = calibration("mountain-car")
    let store = scratch.file("car.sqlite")
    _ = try HandfulProcess.run([
      "trials", "import", "--robot", robot, "--store", store,
      scratch.file("docs/mountain-car/steps.csv"),
    ])
    let ended = try HandfulProcess.run(["model", "--robot", robot, "--store", store] + options)
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains(remedy), "\(ended.stderr)")
  }
}
