import Foundation
import GRDB
import Robotics

extension TrialStore {
  /// Looks the whole store over and returns what it found, a sentence each; nothing when all is
  /// well. Damage: SQLite's integrity and foreign keys, chunks whose checksum is wrong. Worth
  /// knowing: unfinished trials, ticks that are missing or out of order.
  ///
  /// - Throws: ``StoreError`` when the store can't be read at all.
  public func check() throws(StoreError) -> [String] {
    try read { db in
      var findings = try Self.integrityFindings(db)
      for number in try Int.fetchAll(db, sql: "SELECT number FROM trials ORDER BY number") {
        if try summary(number, in: db).end == .unfinished {
          findings.append(
            "Trial \(number) is unfinished: it is still running, or its host died. "
              + "'handful run --resume' marks it.")
        }
        findings += try sampleFindings(trial: number, in: db)
      }
      return findings
    }
  }

  private static func integrityFindings(_ db: Database) throws -> [String] {
    let integrity = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
    let foreignKeys = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map { row in
      "A row of \(row["table"] as String) belongs to a trial that isn't there."
    }
    return integrity.map { "SQLite's integrity check says: \($0)." } + foreignKeys
  }

  private func sampleFindings(trial number: Int, in db: Database) throws -> [String] {
    var findings: [String] = []
    var missing = 0
    var gaps = 0
    var outOfOrder = 0
    var lastTick: Int?
    let chunks = try Row.fetchCursor(
      db, sql: "SELECT chunk, count, crc32, data FROM sample_chunks WHERE trial = ? ORDER BY chunk",
      arguments: [number])
    while let row = try chunks.next() {
      let data: Data = row["data"]
      guard CRC32.checksum(data) == row["crc32"] as UInt32, let samples = layout.decode(data),
        samples.count == row["count"] as Int
      else {
        findings.append(
          "Chunk \(row["chunk"] as Int) of trial \(number) has a wrong checksum: its samples are "
            + "damaged.")
        lastTick = nil
        continue
      }
      for sample in samples {
        if let lastTick {
          if sample.tick > lastTick + 1 {
            gaps += 1
            missing += sample.tick - lastTick - 1
          } else if sample.tick <= lastTick {
            outOfOrder += 1
          }
        }
        lastTick = sample.tick
      }
    }
    if missing > 0 {
      findings.append(
        "Trial \(number) lacks \(missing) sample\(missing == 1 ? "" : "s") "
          + "in \(gaps) gap\(gaps == 1 ? "" : "s").")
    }
    if outOfOrder > 0 {
      findings.append(
        "Trial \(number) has \(outOfOrder) sample\(outOfOrder == 1 ? "" : "s") out of order.")
    }
    return findings
  }
}
