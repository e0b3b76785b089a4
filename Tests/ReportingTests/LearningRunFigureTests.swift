import Foundation
import Reporting
import Robotics
import Testing
import TrialStore

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("A learning run is drawn and reported from its store alone")
struct LearningRunFigureTests {
  private let directory = NSTemporaryDirectory() + "/handful-report-" + UUID().uuidString

  private func withStore(_ body: (TrialStore) throws -> Void) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let store = try PendulumRun.makeStore(at: directory + "/run.sqlite")
    try body(store)
    try store.close()
  }

  @Test("Each trial has a row of angle and torque, and the rewards have one below them")
  func rows() throws {
    try withStore { store in
      let plot = try LearningRunFigure(store: store, robot: PendulumRun.robot).plot
      #expect(plot.rows.map(\.panels.count) == [2, 2, 2, 2, 2, 2, 1])
      #expect(plot.rows.prefix(6).map { $0.panels[0].title } == (1...6).map { "Trial \($0)" })
      #expect(
        plot.rows.prefix(6).map { $0.panels[0].remark } == [
          "random actions", "learnt policy", "stopped: velocity-limit", "learnt policy",
          "learnt policy", "solved",
        ])
      #expect(plot.rows[0].panels.map(\.y.title) == ["angle (deg)", "torque (N m)"])
      #expect(plot.subtitle.hasPrefix("solved in trial 6, after 22.6 s on the robot"))
    }
  }

  @Test("The success band lies where the criterion holds, and at every turn that a row shows")
  func bands() throws {
    try withStore { store in
      let plot = try LearningRunFigure(store: store, robot: PendulumRun.robot).plot
      for row in plot.rows.prefix(6) {
        let panel = row.panels[0]
        let shown = try #require(panel.y.range)
        let success = PendulumRun.robot.tasks[0].success
        let bands = panel.marks.compactMap { mark -> ClosedRange<Double>? in
          if case .band(let band) = mark.shape { band } else { nil }
        }
        for degrees in stride(from: shown.lowerBound, to: shown.upperBound, by: 0.37) {
          #expect(
            bands.contains { $0.contains(degrees) }
              == success.holds(in: [degrees * .pi / 180, 0]), "\(degrees)°")
        }
      }
    }
  }

  @Test("Of many trials the first, the last and some between are drawn, and all rewards")
  func selection() throws {
    try withStore { store in
      let plot = try LearningRunFigure(store: store, robot: PendulumRun.robot, maximumRows: 3).plot
      #expect(plot.rows.dropLast().map { $0.panels[0].title } == ["Trial 1", "Trial 3", "Trial 6"])
      #expect(plot.subtitle.hasSuffix("3 of 6 trials drawn"))
      let bars = plot.rows[3].panels[0].marks.reduce(0) { count, mark in
        if case .bars(let points, _) = mark.shape { count + points.count } else { count }
      }
      #expect(bars == 6)
    }
  }

  @Test("Figure and report are the same bytes from the same store")
  func deterministic() throws {
    try withStore { store in
      let figures = try (0..<2).map { _ in
        try LearningRunFigure(store: store, robot: PendulumRun.robot).svg()
      }
      #expect(figures[0] == figures[1])
      let reports = try (0..<2).map { _ in
        try ExperimentReport(store: store, robot: PendulumRun.robot).html()
      }
      #expect(reports[0] == reports[1])
    }
  }

  @Test("The report stands alone: nothing is loaded, nothing runs, nothing stored becomes markup")
  func selfContained() throws {
    try withStore { store in
      let html = try ExperimentReport(store: store, robot: PendulumRun.robot).html()
      for loader in ["src=", "href=", "url(", "@import", "<script", "<link", "<iframe", "<object"] {
        #expect(!html.contains(loader), "\(loader)")
      }
      #expect(
        html.ranges(of: "http").count == html.ranges(of: "http://www.w3.org/2000/svg").count
          + html.ranges(of: "http-equiv").count)
      #expect(html.contains("&lt;script&gt;alert(1)"))
    }
  }

  @Test("The report says what happened, what it took, and how to run it again")
  func contents() throws {
    try withStore { store in
      let html = try ExperimentReport(store: store, robot: PendulumRun.robot).html()
      for words in [
        "Solved in trial 6, after 22.6 s on the robot.",
        "stopped (velocity-limit): the hinge turned at 25.3 rad/s, above 25 rad/s",
        "2025-10-09 08:53:20", "black-drops", "lengthscales 0.8, 1.1 (cos, sin), 9 rad/s, 3 N m",
        "<th>roundTrip.p99Microseconds</th>", "<td class=\"n\">46</td>", "0.1.0", "control rate",
        "100.0 Hz",
      ] {
        #expect(html.contains(words), "\(words)")
      }
    }
  }

  @Test("Angles, lengths, the tip's distance and forces each have a column with their own unit")
  func columns() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let chain = TipChain(slide: 0, joints: [1], lengthsMetres: [0.5])
    let robot = Robot(
      name: "cart-pole",
      joints: [
        Joint(
          name: "cart", kind: .prismatic,
          limits: JointLimits(velocity: 5, effort: 10, brakingDeceleration: 5)),
        Joint(
          name: "pole", isActuated: false, isContinuous: true,
          limits: JointLimits(velocity: 25, effort: 0, brakingDeceleration: 0)),
      ],
      tasks: [
        Task(
          name: "swing-up", periodSeconds: 0.1, horizonSeconds: 1, initialState: [0, 0, 0, 0],
          initialStateDeviation: [0, 0, 0, 0],
          reward: Reward(distances: [.tip(chain: chain, target: chain.upright)], width: 0.25),
          success: SuccessCriterion(
            conditions: [.init(joint: 0, target: 0, tolerance: 0.1)],
            tipConditions: [
              .init(chain: chain, target: chain.upright, toleranceMetres: 0.1)
            ], holdSeconds: 0.5), velocityScales: [5, 10], positionScales: [1, 1])
      ])
    let store = try TrialStore.create(
      at: directory + "/cart.sqlite",
      experiment: ExperimentRecord(
        robot: robot, robotFileText: "", task: "swing-up", algorithm: "black-drops", seed: 0,
        handfulVersion: "0.1.0", createdAtUnixSeconds: 0))
    let number = try store.beginTrial(
      origin: .random, seed: 0, samplePeriodSeconds: 0.1, startedAtUnixSeconds: 0)
    // The pole turns from hanging to upright while the cart stands still.
    let samples = (0...10).map { tick in
      Sample(
        tick: tick, robotTimeSeconds: 0.1 * Double(tick), hostTimeSeconds: 0,
        positions: [0, .pi * Double(tick) / 10], velocities: [0, .pi], askedAction: [1],
        sentAction: [1], flags: .decision)
    }
    try store.append(samples: samples, toTrial: number)
    try store.finishTrial(number, end: .completed)
    let panels = try LearningRunFigure(store: store, robot: robot).plot.rows[0].panels
    #expect(
      panels.map(\.y.title) == ["angle (deg)", "position (m)", "tip distance (m)", "force (N)"])
    let distances = panels[2].marks.compactMap { mark -> [Double]? in
      if case .line(let points) = mark.shape { points.map(\.y) } else { nil }
    }
    // The chord of what is left of half a turn: 2 l cos(angle / 2).
    for (distance, sample) in zip(try #require(distances.first), samples) {
      #expect(abs(distance - cos(sample.positions[1] / 2)) < 1e-12)
    }
  }

  @Test("A store without trials or task makes a report too")
  func empty() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let store = try TrialStore.create(
      at: directory + "/empty.sqlite",
      experiment: ExperimentRecord(
        robot: PendulumRun.robot, robotFileText: "", task: "", algorithm: "import", seed: 0,
        handfulVersion: "0.1.0", createdAtUnixSeconds: 0))
    let html = try ExperimentReport(store: store, robot: PendulumRun.robot).html()
    #expect(html.contains("0 trials, no task to judge them by."))
    let parser = XMLParser(
      data: Data(try LearningRunFigure(store: store, robot: PendulumRun.robot).svg().utf8))
    #expect(parser.parse())
  }
}
