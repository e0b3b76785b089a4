import Foundation
import GRDB
import Robotics

// MARK: - Recording a trial

extension TrialStore {
  /// Begins a trial and returns its number. Until ``finishTrial(_:end:)`` its end is `unfinished`.
  ///
  /// - Throws: ``StoreError``; ``StoreError/diskFull(path:)`` when there is no space for it.
  public func beginTrial(
    origin: Trial.Origin, seed: UInt64, samplePeriodSeconds: Double, startedAtUnixSeconds: Double
  ) throws(StoreError) -> Int {
    let trial = Trial(
      number: 0, robot: experiment.robotName, task: experiment.task, origin: origin, seed: seed,
      samplePeriodSeconds: samplePeriodSeconds, startedAtUnixSeconds: startedAtUnixSeconds,
      end: .unfinished, samples: [])
    return try write { db in try Self.insert(trial, source: "", in: db) }
  }

  /// Adds samples to a running trial as one chunk: after a crash they are all there or none is.
  /// Durable when this returns. No samples, no chunk.
  ///
  /// - Throws: ``StoreError/diskFull(path:)``, ``StoreError/noSuchTrial(path:number:count:)``,
  ///   ``StoreError/trialHasEnded(path:number:)``,
  ///   ``StoreError/sampleShape(path:expected:found:)``.
  public func append(samples: [Sample], toTrial number: Int) throws(StoreError) {
    try ensureShape(of: samples)
    try write { db in
      try ensureRunning(number, in: db)
      try insert(samples, trial: number, in: db)
    }
  }

  /// Says why a running trial ended.
  ///
  /// - Throws: ``StoreError/noSuchTrial(path:number:count:)``,
  ///   ``StoreError/trialHasEnded(path:number:)``.
  public func finishTrial(_ number: Int, end: TrialEnd) throws(StoreError) {
    try write { db in
      try ensureRunning(number, in: db)
      try Self.setEnd(end, trial: number, in: db)
    }
  }

  /// Gives every unfinished trial the end that explains it, a fault `host-died`, and returns their
  /// numbers. Its samples stay. For whoever resumes an experiment, before the next trial.
  ///
  /// - Throws: ``StoreError``.
  public func markUnfinishedTrials() throws(StoreError) -> [Int] {
    try write { db in
      let numbers = try Int.fetchAll(
        db, sql: "SELECT number FROM trials WHERE end_kind = 'unfinished' ORDER BY number")
      let end = TrialEnd.fault(
        code: TrialEnd.hostDiedCode,
        reason: "the host's process or power ended before the trial did; what was stored is kept")
      for number in numbers { try Self.setEnd(end, trial: number, in: db) }
      return numbers
    }
  }

  /// Stores a trial from elsewhere under the next number, which is returned: all of it or nothing.
  ///
  /// - Parameter source: Where it came from, such as a file's name.
  /// - Throws: ``StoreError/sampleShape(path:expected:found:)``, ``StoreError/diskFull(path:)``.
  @discardableResult
  public func importTrial(_ trial: Trial, source: String) throws(StoreError) -> Int {
    try ensureShape(of: trial.samples)
    return try write { db in
      let number = try Self.insert(trial, source: source, in: db)
      // Chunks of a bounded size, so that reading one back needs no more memory than any other.
      for start in stride(from: 0, to: trial.samples.count, by: 1000) {
        let end = min(start + 1000, trial.samples.count)
        try insert(Array(trial.samples[start..<end]), trial: number, in: db)
      }
      return number
    }
  }

  /// Sets the operator's label or note of a trial; nil leaves one as it is, empty removes it.
  ///
  /// - Throws: ``StoreError/noSuchTrial(path:number:count:)``.
  public func label(
    trial number: Int, label: String? = nil, note: String? = nil
  ) throws(StoreError) {
    try write { db in
      _ = try summary(number, in: db)
      try db.execute(
        sql: """
          UPDATE trials SET label = COALESCE(?, label), note = COALESCE(?, note) WHERE number = ?
          """, arguments: [label, note, number])
    }
  }
}

// MARK: - Reading trials

extension TrialStore {
  /// Every trial without its samples, by number.
  ///
  /// - Throws: ``StoreError``.
  public func trialSummaries() throws(StoreError) -> [TrialSummary] {
    try read { db in
      try Row.fetchAll(db, sql: Self.summaryQuery + " GROUP BY number ORDER BY number").map(
        Self.summary)
    }
  }

  /// One trial with its samples.
  ///
  /// - Throws: ``StoreError/noSuchTrial(path:number:count:)``, ``StoreError/corrupt(path:what:)``
  ///   when a chunk's checksum is wrong.
  public func trial(_ number: Int) throws(StoreError) -> Trial {
    try read { db in try trial(number, in: db) }
  }

  /// Every trial with its samples, by number, all as of one moment.
  ///
  /// - Throws: ``StoreError/corrupt(path:what:)``.
  public func trials() throws(StoreError) -> [Trial] {
    try read { db in
      try Int.fetchAll(db, sql: "SELECT number FROM trials ORDER BY number").map {
        try trial($0, in: db)
      }
    }
  }
}

// MARK: - Rows

extension TrialStore {
  private static let summaryQuery = """
    SELECT trials.*, COALESCE(SUM(count), 0) AS samples,
      COALESCE(MAX(last_robot_s) - MIN(first_robot_s), 0.0) AS duration_s
    FROM trials LEFT JOIN sample_chunks ON sample_chunks.trial = trials.number
    """

  func summary(_ number: Int, in db: Database) throws -> TrialSummary {
    guard
      let row = try Row.fetchOne(
        db, sql: Self.summaryQuery + " WHERE number = ? GROUP BY number", arguments: [number])
    else {
      let count = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM trials") ?? 0
      throw StoreError.noSuchTrial(path: path, number: number, count: count)
    }
    return Self.summary(row)
  }

  private static func summary(_ row: Row) -> TrialSummary {
    let end: TrialEnd =
      switch row["end_kind"] as String {
      case "completed": .completed
      case "interrupted": .interrupted(reason: row["end_reason"])
      case "fault": .fault(code: row["end_code"], reason: row["end_reason"])
      default: .unfinished
      }
    return TrialSummary(
      number: row["number"], robot: row["robot_name"], task: row["task"],
      origin: Trial.Origin(rawValue: row["origin"]) ?? .imported,
      seed: UInt64(row["seed"] as String) ?? 0, samplePeriodSeconds: row["sample_period_s"],
      startedAtUnixSeconds: row["started_unix_s"], end: end, sampleCount: row["samples"],
      durationSeconds: row["duration_s"], label: row["label"], note: row["note"],
      source: row["source"])
  }

  private func trial(_ number: Int, in db: Database) throws -> Trial {
    let summary = try summary(number, in: db)
    var samples: [Sample] = []
    samples.reserveCapacity(summary.sampleCount)
    let chunks = try Row.fetchCursor(
      db, sql: "SELECT chunk, crc32, data FROM sample_chunks WHERE trial = ? ORDER BY chunk",
      arguments: [number])
    while let row = try chunks.next() {
      let data: Data = row["data"]
      guard CRC32.checksum(data) == row["crc32"] as UInt32, let decoded = layout.decode(data) else {
        throw StoreError.corrupt(
          path: path, what: "chunk \(row["chunk"] as Int) of trial \(number) has a wrong checksum")
      }
      samples += decoded
    }
    return summary.trial(samples: samples)
  }

  private static func insert(_ trial: Trial, source: String, in db: Database) throws -> Int {
    let number = try Int.fetchOne(db, sql: "SELECT COALESCE(MAX(number), 0) + 1 FROM trials") ?? 1
    try db.execute(
      sql: """
        INSERT INTO trials (number, robot_name, task, origin, seed, sample_period_s, started_unix_s,
          source) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        number, trial.robot, trial.task, trial.origin.rawValue, String(trial.seed),
        trial.samplePeriodSeconds, trial.startedAtUnixSeconds, source,
      ])
    try setEnd(trial.end, trial: number, in: db)
    return number
  }

  private func insert(_ samples: [Sample], trial number: Int, in db: Database) throws {
    guard let first = samples.first, let last = samples.last else { return }
    let data = layout.encode(samples)
    try db.execute(
      sql: """
        INSERT INTO sample_chunks (trial, chunk, count, first_tick, last_tick, first_robot_s,
          last_robot_s, crc32, data)
        VALUES (?1, (SELECT COALESCE(MAX(chunk), 0) + 1 FROM sample_chunks WHERE trial = ?1),
          ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """,
      arguments: [
        number, samples.count, first.tick, last.tick, first.robotTimeSeconds,
        last.robotTimeSeconds, CRC32.checksum(data), data,
      ])
  }

  private static func setEnd(_ end: TrialEnd, trial number: Int, in db: Database) throws {
    let (kind, code, reason) =
      switch end {
      case .unfinished: ("unfinished", "", "")
      case .completed: ("completed", "", "")
      case .interrupted(let reason): ("interrupted", "", reason)
      case .fault(let code, let reason): ("fault", code, reason)
      }
    try db.execute(
      sql: "UPDATE trials SET end_kind = ?, end_code = ?, end_reason = ? WHERE number = ?",
      arguments: [kind, code, reason, number])
  }

  /// Asks for no more than it must: it comes before every chunk.
  private func ensureRunning(_ number: Int, in db: Database) throws {
    let end = try String.fetchOne(
      db, sql: "SELECT end_kind FROM trials WHERE number = ?", arguments: [number])
    if end == "unfinished" { return }
    _ = try summary(number, in: db)
    throw StoreError.trialHasEnded(path: path, number: number)
  }

  private func ensureShape(of samples: [Sample]) throws(StoreError) {
    guard let wrong = samples.first(where: { !layout.fits($0) }) else { return }
    func describe(_ positions: Int, _ velocities: Int, _ asked: Int, _ sent: Int) -> String {
      "\(positions) positions, \(velocities) velocities, \(asked) asked and \(sent) sent efforts"
    }
    throw .sampleShape(
      path: path,
      expected: describe(
        layout.jointCount, layout.jointCount, layout.actionCount, layout.actionCount),
      found: describe(
        wrong.positions.count, wrong.velocities.count, wrong.askedAction.count,
        wrong.sentAction.count))
  }
}
