import GRDB
import Robotics

// MARK: - Events

extension TrialStore {
  /// Stores an event.
  ///
  /// - Throws: ``StoreError``.
  public func recordEvent(_ event: EventRecord) throws(StoreError) {
    try write { db in
      if let trial = event.trial { _ = try summary(trial, in: db) }
      try db.execute(
        sql: "INSERT INTO events (trial, at_unix_s, kind, text, json) VALUES (?, ?, ?, ?, ?)",
        arguments: [event.trial, event.atUnixSeconds, event.kind, event.text, event.json])
    }
  }

  /// Every event, in the order in which they were recorded.
  ///
  /// - Throws: ``StoreError``.
  public func events() throws(StoreError) -> [EventRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM events ORDER BY id").map { row in
        EventRecord(
          atUnixSeconds: row["at_unix_s"], trial: row["trial"], kind: row["kind"],
          text: row["text"], json: row["json"])
      }
    }
  }
}

// MARK: - Learnt episodes

extension TrialStore {
  /// Stores what was learnt; an episode of the same number is replaced.
  ///
  /// - Throws: ``StoreError``.
  public func recordEpisode(_ episode: EpisodeRecord) throws(StoreError) {
    try write { db in
      // NaN is stored as NULL, which SQLite does by itself.
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO episodes (number, after_trial, seed, policy_json, model_json,
            model_summary, predicted_return, fit_s, search_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          episode.number, episode.afterTrial, String(episode.seed), episode.policyJSON,
          episode.modelJSON, episode.modelSummary, episode.predictedReturn, episode.fitSeconds,
          episode.searchSeconds,
        ])
    }
  }

  /// Every learnt episode, by number.
  ///
  /// - Throws: ``StoreError``.
  public func episodes() throws(StoreError) -> [EpisodeRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM episodes ORDER BY number").map { row in
        EpisodeRecord(
          number: row["number"], afterTrial: row["after_trial"],
          seed: UInt64(row["seed"] as String) ?? 0, policyJSON: row["policy_json"],
          modelJSON: row["model_json"], modelSummary: row["model_summary"],
          predictedReturn: row["predicted_return"] ?? .nan, fitSeconds: row["fit_s"] ?? .nan,
          searchSeconds: row["search_s"] ?? .nan)
      }
    }
  }
}

// MARK: - Timing and link reports

extension TrialStore {
  /// Stores a trial's timing report (histograms of lateness, round trip, sample age), as JSON; one
  /// that was there is replaced.
  ///
  /// - Throws: ``StoreError/noSuchTrial(path:number:count:)``.
  public func recordTiming(trial number: Int, json: String) throws(StoreError) {
    try recordReport(json, trial: number, table: "timing_reports")
  }

  /// Stores what the link counted during a trial, as JSON; one that was there is replaced.
  ///
  /// - Throws: ``StoreError/noSuchTrial(path:number:count:)``.
  public func recordLinkStatistics(trial number: Int, json: String) throws(StoreError) {
    try recordReport(json, trial: number, table: "link_statistics")
  }

  /// The timing reports, as JSON by trial.
  ///
  /// - Throws: ``StoreError``.
  public func timingReports() throws(StoreError) -> [Int: String] {
    try reports(table: "timing_reports")
  }

  /// What the link counted, as JSON by trial.
  ///
  /// - Throws: ``StoreError``.
  public func linkStatistics() throws(StoreError) -> [Int: String] {
    try reports(table: "link_statistics")
  }

  private func recordReport(_ json: String, trial number: Int, table: String) throws(StoreError) {
    try write { db in
      _ = try summary(number, in: db)
      try db.execute(
        sql: "INSERT OR REPLACE INTO \(table) (trial, json) VALUES (?, ?)",
        arguments: [number, json])
    }
  }

  private func reports(table: String) throws(StoreError) -> [Int: String] {
    try read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT trial, json FROM \(table)")
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["trial"], $0["json"]) })
    }
  }
}
