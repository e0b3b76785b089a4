import GRDB

/// The tables of a store and the steps by which older stores reach them.
///
/// A store is an SQLite 3 file that anybody may read. `PRAGMA application_id` is 0x48464C31
/// ("HFL1"); `PRAGMA user_version` counts the migrations below that it has been through. Seeds are
/// decimal text, because SQLite's integers end at 2⁶³−1. Times of day are seconds since 1970. The
/// view `trial_overview` shows a row a trial.
///
/// ## Reading samples without this package
///
/// `sample_chunks.data` holds `count` samples one after another, each a row of little-endian
/// 8-byte floats; `sample_columns` names the entries of a row and their units. A chunk is one
/// transaction of the recorder. `crc32` is the CRC-32 of zlib and PNG over `data`. In Python:
///
///     import sqlite3, numpy
///     store = sqlite3.connect("file:demo.sqlite?mode=ro", uri=True)
///     names = [name for name, in store.execute("SELECT name FROM sample_columns ORDER BY position")]
///     chunks = store.execute("SELECT data FROM sample_chunks WHERE trial = 3 ORDER BY chunk")
///     samples = numpy.frombuffer(b"".join(data for data, in chunks), "<f8").reshape(-1, len(names))
///
/// Blobs, not a column a number: SQLite turns NaN into NULL and −0 into 0, and what a policy asked
/// for must come back bit for bit. Flags are a sum of 1 (the policy decided on this sample), 2 (the
/// safety envelope changed the action), 4 (sensor glitch replaced), 8 (samples before this one were
/// lost), 16 (the command came late).
enum Schema {
  /// "HFL1", written into the file's header.
  static let applicationID: Int32 = 0x4846_4C31

  /// The version that the newest migration leads to.
  static var currentVersion: Int { migrations.count }

  /// Brings a store from `version` to the current version, inside the caller's transaction.
  static func migrate(_ db: Database, from version: Int) throws {
    for migration in migrations[version...] { try db.execute(sql: migration) }
    try db.execute(sql: "PRAGMA user_version = \(currentVersion)")
    try db.execute(sql: "PRAGMA application_id = \(applicationID)")
  }

  /// Migration k leads from version k to k + 1. A migration that has been released never changes.
  static let migrations: [String] = [
    """
    CREATE TABLE experiment (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      robot_name TEXT NOT NULL,
      robot_file TEXT NOT NULL,
      joints_json TEXT NOT NULL,
      control_rate_hz REAL NOT NULL,
      task TEXT NOT NULL,
      algorithm TEXT NOT NULL,
      settings_json TEXT NOT NULL,
      seed TEXT NOT NULL,
      handful_version TEXT NOT NULL,
      created_unix_s REAL NOT NULL
    ) STRICT;

    CREATE TABLE sample_columns (
      position INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      unit TEXT NOT NULL
    ) STRICT;

    CREATE TABLE trials (
      number INTEGER PRIMARY KEY CHECK (number >= 1),
      robot_name TEXT NOT NULL,
      task TEXT NOT NULL,
      origin TEXT NOT NULL,
      seed TEXT NOT NULL,
      sample_period_s REAL NOT NULL,
      started_unix_s REAL NOT NULL,
      end_kind TEXT NOT NULL DEFAULT 'unfinished'
        CHECK (end_kind IN ('unfinished', 'completed', 'interrupted', 'fault')),
      end_code TEXT NOT NULL DEFAULT '',
      end_reason TEXT NOT NULL DEFAULT '',
      label TEXT NOT NULL DEFAULT '',
      note TEXT NOT NULL DEFAULT '',
      source TEXT NOT NULL DEFAULT ''
    ) STRICT;

    CREATE TABLE sample_chunks (
      trial INTEGER NOT NULL REFERENCES trials (number),
      chunk INTEGER NOT NULL,
      count INTEGER NOT NULL CHECK (count >= 1),
      first_tick INTEGER NOT NULL,
      last_tick INTEGER NOT NULL,
      first_robot_s REAL,
      last_robot_s REAL,
      crc32 INTEGER NOT NULL,
      data BLOB NOT NULL,
      PRIMARY KEY (trial, chunk)
    ) STRICT;

    CREATE TABLE events (
      id INTEGER PRIMARY KEY,
      trial INTEGER REFERENCES trials (number),
      at_unix_s REAL NOT NULL,
      kind TEXT NOT NULL,
      text TEXT NOT NULL,
      json TEXT NOT NULL
    ) STRICT;

    CREATE TABLE episodes (
      number INTEGER PRIMARY KEY CHECK (number >= 1),
      after_trial INTEGER NOT NULL,
      seed TEXT NOT NULL,
      policy_json TEXT NOT NULL,
      model_json TEXT NOT NULL,
      model_summary TEXT NOT NULL,
      predicted_return REAL,
      fit_s REAL,
      search_s REAL
    ) STRICT;

    CREATE TABLE timing_reports (
      trial INTEGER PRIMARY KEY REFERENCES trials (number),
      json TEXT NOT NULL
    ) STRICT;

    CREATE TABLE link_statistics (
      trial INTEGER PRIMARY KEY REFERENCES trials (number),
      json TEXT NOT NULL
    ) STRICT;

    CREATE VIEW trial_overview AS
      SELECT number, origin, task, datetime(started_unix_s, 'unixepoch') AS started_utc, end_kind,
        end_code, end_reason, COALESCE(SUM(count), 0) AS samples,
        COALESCE(MAX(last_robot_s) - MIN(first_robot_s), 0.0) AS duration_s, label, note, source
      FROM trials LEFT JOIN sample_chunks ON sample_chunks.trial = trials.number
      GROUP BY number;
    """
  ]
}
