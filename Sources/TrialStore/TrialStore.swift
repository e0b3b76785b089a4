import Foundation
import GRDB
import Robotics

/// An experiment on disk: one SQLite file with every sample, event, model and policy.
///
///     let store = try TrialStore.create(at: "demo.sqlite", experiment: record)
///     let number = try store.beginTrial(
///       origin: .random, seed: 1, samplePeriodSeconds: 0.01, startedAtUnixSeconds: now)
///     try store.append(samples: chunk, toTrial: number)
///     try store.finishTrial(number, end: .completed)
///     try store.close()
///
/// **Durability.** When a method that writes returns, what it wrote survives the end of the process
/// (kill -9 included) and, on a disk that honours `fsync`, a power cut. Each call is one transaction
/// (write-ahead log, `synchronous = FULL`): after a crash it is there whole or not at all, and never
/// without the ones before it. A trial that was running then is `unfinished`;
/// ``markUnfinishedTrials()`` gives it an end before the experiment goes on.
///
/// **Concurrency.** One process writes, held to that by a lock file beside the store; any number of
/// processes and threads read meanwhile and see whole transactions. All methods may be called from
/// any thread and block it (a write for as long as the disk takes to sync, some milliseconds or
/// more): the control thread must not call them.
public final class TrialStore: Sendable {
  /// Where the store is.
  public let path: String
  /// What the experiment was begun with.
  public let experiment: ExperimentRecord
  /// How the numbers of a sample are laid out.
  public let layout: SampleLayout

  private let reader: any DatabaseReader
  private let writer: DatabasePool?
  private let lock: WriterLock?
  private let privateCopy: PrivateCopy?

  private init(
    path: String, reader: any DatabaseReader, writer: DatabasePool?, lock: WriterLock?,
    privateCopy: PrivateCopy? = nil
  ) throws(StoreError) {
    self.path = path
    self.reader = reader
    self.writer = writer
    self.lock = lock
    self.privateCopy = privateCopy
    do {
      experiment = try reader.read { try ExperimentRecord.fetch($0, path: path) }
    } catch { throw StoreError(error, path: path) }
    layout = SampleLayout(joints: experiment.joints)
  }

  deinit { try? close() }

  // MARK: - Opening

  /// Begins a store for a new experiment. The file appears whole or not at all.
  ///
  /// - Throws: ``StoreError/alreadyExists(path:)``, ``StoreError/locked(path:holder:)``,
  ///   ``StoreError/unwritable(path:reason:)``, ``StoreError/diskFull(path:)``.
  public static func create(
    at path: String, experiment: ExperimentRecord
  ) throws(StoreError) -> TrialStore {
    if access(path, F_OK) == 0 { throw .alreadyExists(path: path) }
    let lock = try WriterLock(storePath: path)
    if access(path, F_OK) == 0 { throw .alreadyExists(path: path) }
    // Prepared under another name: a crash here leaves no half-made store at `path`.
    let draft = path + "-new"
    removeDatabase(at: draft)
    do {
      let queue = try DatabaseQueue(path: draft)
      try queue.write { db in
        try Schema.migrate(db, from: 0)
        try experiment.insert(db)
      }
      try queue.close()
      // The log of a store that was deleted without it would be played into the new one.
      removeLogs(at: path)
      guard rename(draft, path) == 0 else {
        throw StoreError.unwritable(path: path, reason: String(cString: strerror(errno)))
      }
      syncDirectory(of: path)
    } catch {
      removeDatabase(at: draft)
      throw StoreError(error, path: path)
    }
    return try openForWriting(path, lock: lock)
  }

  /// Opens a store.
  ///
  /// - Parameter readOnly: Whether only to read; then the store may be on a read-only disk, and
  ///   another process may be writing it.
  /// - Throws: ``StoreError/noSuchFile(path:)``, ``StoreError/notAStore(path:reason:)``,
  ///   ``StoreError/newerVersion(path:found:known:)``, ``StoreError/corrupt(path:what:)``, and for
  ///   writing also ``StoreError/locked(path:holder:)``, ``StoreError/unwritable(path:reason:)`` and
  ///   ``StoreError/diskFull(path:)``.
  public static func open(
    at path: String, readOnly: Bool = false
  ) throws(StoreError) -> TrialStore {
    try inspect(path)
    if readOnly { return try openForReading(path) }
    guard access(path, W_OK) == 0 else {
      throw .unwritable(path: path, reason: String(cString: strerror(errno)))
    }
    return try openForWriting(path, lock: WriterLock(storePath: path))
  }

  /// Closes the store; what it holds is then in the one file alone. Using it afterwards throws.
  ///
  /// - Throws: ``StoreError`` when a read or write is still going on.
  public func close() throws(StoreError) {
    do {
      // Readers can't fold the log into the file; the writer's connection must close last.
      writer?.invalidateReadOnlyConnections()
      try reader.close()
    } catch { throw StoreError(error, path: path) }
    lock?.release()
    privateCopy?.remove()
  }

  /// Refuses to go on with another experiment than the one that the store holds.
  ///
  /// - Throws: ``StoreError/mismatch(path:differences:)``.
  public func ensureMatches(experiment other: ExperimentRecord) throws(StoreError) {
    let differences = experiment.differences(from: other)
    if !differences.isEmpty { throw .mismatch(path: path, differences: differences) }
  }

  // MARK: - Access for the other facets

  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try reader.read(body) } catch { throw StoreError(error, path: path) }
  }

  /// Runs `body` in one transaction, durable when this returns.
  func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    guard let writer else { throw .openedReadOnly(path: path) }
    do { return try writer.write(body) } catch { throw StoreError(error, path: path) }
  }

  // MARK: - How a file is opened

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(5)
    return configuration
  }

  private static func openForWriting(_ path: String, lock: WriterLock) throws(StoreError)
    -> TrialStore
  {
    do {
      // Before the pool, which would turn on the write-ahead log of whatever database this is.
      try refuseForeignDatabase(DatabaseQueue(path: path), path: path)
      let pool = try DatabasePool(path: path, configuration: configuration)
      try pool.writeWithoutTransaction { db in
        // The pool has set NORMAL, under which a power cut loses the last transactions.
        try db.execute(sql: "PRAGMA synchronous = FULL")
      }
      try pool.write { db in
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if version < Schema.currentVersion { try Schema.migrate(db, from: version) }
      }
      return try TrialStore(path: path, reader: pool, writer: pool, lock: lock)
    } catch {
      let error = StoreError(error, path: path)
      if case .unreadable(_, let reason) = error { throw .unwritable(path: path, reason: reason) }
      throw error
    }
  }

  private static func openForReading(_ path: String) throws(StoreError) -> TrialStore {
    var configuration = configuration
    configuration.readonly = true
    do {
      do {
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try refuseForeignDatabase(queue, path: path)
        return try TrialStore(path: path, reader: queue, writer: nil, lock: nil)
      } catch let error as DatabaseError
        where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
      {
        // SQLite can't read a write-ahead log without writing its index beside it, which a
        // read-only disk doesn't allow. Nobody can be writing there either, so a copy is exact.
        let copy = try PrivateCopy(of: path)
        let queue = try DatabaseQueue(path: copy.path, configuration: configuration)
        try refuseForeignDatabase(queue, path: path)
        return try TrialStore(path: path, reader: queue, writer: nil, lock: nil, privateCopy: copy)
      }
    } catch { throw StoreError(error, path: path) }
  }

  /// Refuses what can be told without SQLite.
  private static func inspect(_ path: String) throws(StoreError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR { throw .noSuchFile(path: path) }
      throw .unreadable(path: path, reason: String(cString: strerror(code)))
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw .notAStore(path: path, reason: "it is a directory")
    }
    guard access(path, R_OK) == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    if status.st_size == 0 { throw .notAStore(path: path, reason: "it is empty") }
  }

  private static func refuseForeignDatabase(_ queue: DatabaseQueue, path: String) throws {
    let (application, version) = try queue.unsafeRead { db in
      (
        try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
      )
    }
    guard application == Schema.applicationID else {
      throw StoreError.notAStore(path: path, reason: "it is a database of another program")
    }
    guard version <= Schema.currentVersion else {
      throw StoreError.newerVersion(path: path, found: version, known: Schema.currentVersion)
    }
  }
}
