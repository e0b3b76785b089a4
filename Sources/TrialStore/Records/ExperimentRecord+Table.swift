import Foundation
import GRDB
import Robotics

extension ExperimentRecord {
  /// Writes the store's one row of `experiment`, and the names of its samples' columns.
  func insert(_ db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO experiment (id, robot_name, robot_file, joints_json, control_rate_hz, task,
          algorithm, settings_json, seed, handful_version, created_unix_s)
        VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        robotName, robotFileText, try Self.encode(joints), controlRateHertz, task, algorithm,
        settingsJSON, String(seed), handfulVersion, createdAtUnixSeconds,
      ])
    for (position, column) in SampleLayout(joints: joints).columns.enumerated() {
      try db.execute(
        sql: "INSERT INTO sample_columns (position, name, unit) VALUES (?, ?, ?)",
        arguments: [position, column.name, column.unit])
    }
  }

  /// Reads the store's one row of `experiment`.
  static func fetch(_ db: Database, path: String) throws -> ExperimentRecord {
    guard let row = try Row.fetchOne(db, sql: "SELECT * FROM experiment"),
      let joints = decode(row["joints_json"]), let seed = UInt64(row["seed"] as String)
    else { throw StoreError.corrupt(path: path, what: "its experiment's record is missing") }
    return ExperimentRecord(
      robotName: row["robot_name"], robotFileText: row["robot_file"], joints: joints,
      controlRateHertz: row["control_rate_hz"], task: row["task"], algorithm: row["algorithm"],
      settingsJSON: row["settings_json"], seed: seed, handfulVersion: row["handful_version"],
      createdAtUnixSeconds: row["created_unix_s"])
  }

  /// JSON has no infinity, which the limits of a continuous joint are.
  private static func encode(_ joints: [Joint]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(joints), as: UTF8.self)
  }

  private static func decode(_ json: String) -> [Joint]? {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try? decoder.decode([Joint].self, from: Data(json.utf8))
  }
}
