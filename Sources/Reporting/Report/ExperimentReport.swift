import Foundation
import Robotics
import TrialStore

/// An experiment as one HTML file to read, send and keep: the picture of the run, what each trial
/// did and earned, what was learnt, how the timing held, and all that is needed to run it again.
/// It holds no script and loads nothing from anywhere.
///
///     let html = try ExperimentReport(store: store, robot: robot).html()
public struct ExperimentReport: Sendable {
  private let run: RunRecord
  private let events: [EventRecord]
  private let timing: [Int: String]
  private let link: [Int: String]

  /// The report of a store.
  ///
  /// - Throws: ``StoreError``.
  public init(store: TrialStore, robot: Robot) throws(StoreError) {
    run = try RunRecord(store: store, robot: robot)
    events = try store.events()
    timing = try store.timingReports()
    link = try store.linkStatistics()
  }

  /// The document. The same store gives the same bytes.
  public func html() -> String {
    let experiment = run.experiment
    let title =
      experiment.task.isEmpty ? run.robot.name : "\(run.robot.name): learning \(experiment.task)"
    var body = HTML.text("h1", title)
    body += "<p class=\"verdict\">\(SVGText.escaped(Self.capitalized(run.verdict))).</p>\n"
    if !run.trials.isEmpty {
      var figure = LearningRunFigure(run: run, maximumRows: 10).plot
      figure.title = ""
      figure.subtitle = ""
      body += "<div class=\"scroll\">\n\(figure.svg)</div>\n"
    }
    body += HTML.text("h2", "Trials") + trialTable
    if !run.episodes.isEmpty { body += HTML.text("h2", "What was learnt") + episodeTable }
    if !timing.isEmpty { body += HTML.text("h2", "Timing") + FlatJSON.table(timing) }
    if !link.isEmpty { body += HTML.text("h2", "Link") + FlatJSON.table(link) }
    if !events.isEmpty { body += HTML.text("h2", "Events") + eventTable }
    body += HTML.text("h2", "How to run it again") + settingsTable
    body += HTML.details("Settings", Self.indented(experiment.settingsJSON))
    body += HTML.details("Robot file", experiment.robotFileText)
    return HTML.page(title: title, body: body)
  }

  // MARK: - Tables

  private var trialTable: String {
    HTML.table(
      [
        "trial", "actions", "end", "reward", "time (s)", "samples", "started (UTC)", "seed",
        "label",
      ],
      run.summaries.map { summary in
        let outcome = run.outcomes.first { $0.number == summary.number }
        let note = [summary.label, summary.note, summary.source].filter { !$0.isEmpty }
        return [
          .number(String(summary.number)), .text(Self.words(summary.origin)),
          Self.end(summary.end, isSolved: outcome?.isSolved ?? false),
          .number(outcome.map { Self.fixed($0.meanReward, 3) } ?? "–"),
          .number(Self.fixed(summary.durationSeconds, 2)),
          .number(String(summary.sampleCount)),
          .text(Self.utc(summary.startedAtUnixSeconds)), .number(String(summary.seed)),
          .text(note.joined(separator: " · ")),
        ]
      })
  }

  private var episodeTable: String {
    let table = HTML.table(
      [
        "episode", "after trial", "predicted reward", "reward earned", "fitting the model (s)",
        "searching the policy (s)", "seed",
      ],
      run.episodes.map { episode in
        let earned = run.outcomes.first { $0.number == episode.afterTrial + 1 }
        return [
          .number(String(episode.number)), .number(String(episode.afterTrial)),
          .number(Self.fixed(episode.predictedReturn, 3)),
          .number(earned.map { Self.fixed($0.meanReward, 3) } ?? "–"),
          .number(Self.fixed(episode.fitSeconds, 2)),
          .number(Self.fixed(episode.searchSeconds, 2)), .number(String(episode.seed)),
        ]
      })
    let models = run.episodes.filter { !$0.modelSummary.isEmpty }.map {
      HTML.details("Model of episode \($0.number)", $0.modelSummary)
    }
    return table + models.joined()
  }

  private var eventTable: String {
    HTML.table(
      ["time (UTC)", "trial", "kind", "what happened"],
      events.map {
        [
          .text(Self.utc($0.atUnixSeconds)), .number($0.trial.map(String.init) ?? "–"),
          .text($0.kind), .text($0.text),
        ]
      })
  }

  private var settingsTable: String {
    let experiment = run.experiment
    return HTML.table(
      ["what", "value"],
      [
        ("robot", experiment.robotName), ("task", experiment.task),
        ("algorithm", experiment.algorithm), ("seed", String(experiment.seed)),
        ("control rate", AxisTicks.label(experiment.controlRateHertz, decimals: 1) + " Hz"),
        ("Handful", experiment.handfulVersion),
        ("begun", Self.utc(experiment.createdAtUnixSeconds) + " UTC"),
      ].filter { !$0.1.isEmpty }.map { [.text($0.0), .text($0.1)] })
  }

  // MARK: - Words

  private static func words(_ origin: Trial.Origin) -> String {
    switch origin {
    case .random: "random"
    case .policy: "learnt policy"
    case .excitation: "excitation"
    case .imported: "recording"
    }
  }

  private static func end(_ end: TrialEnd, isSolved: Bool) -> HTML.Cell {
    switch end {
    case .completed: isSolved ? .badge("solved", .green) : .badge("completed", .blue)
    case .unfinished: .badge("unfinished", .grey)
    case .interrupted(let reason): .badge("interrupted: \(reason)", .grey)
    case .fault(let code, let reason): .badge("stopped (\(code)): \(reason)", .vermilion)
    }
  }

  private static func fixed(_ value: Double, _ decimals: Int) -> String {
    value.isFinite ? AxisTicks.label(value, decimals: decimals) : "–"
  }

  private static func utc(_ unixSeconds: Double) -> String {
    guard abs(unixSeconds) < 1e11 else { return "–" }
    var seconds = time_t(unixSeconds.rounded(.down))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return String(
      format: "%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1,
      parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec)
  }

  private static func capitalized(_ sentence: String) -> String {
    sentence.prefix(1).uppercased() + sentence.dropFirst()
  }

  /// JSON set out for reading; anything else as it is.
  private static func indented(_ json: String) -> String {
    guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)),
      let data = try? JSONSerialization.data(
        withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    else { return json }
    return String(decoding: data, as: UTF8.self)
  }
}
