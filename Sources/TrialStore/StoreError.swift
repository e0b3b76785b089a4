import Foundation
import GRDB

/// What can go wrong between a person and a store.
public enum StoreError: Error, Sendable, Equatable {
  /// There is no file at the path.
  case noSuchFile(path: String)
  /// A new store was wanted where a file already is.
  case alreadyExists(path: String)
  /// The file is no store of Handful's.
  case notAStore(path: String, reason: String)
  /// The store was written by a newer Handful than this one.
  case newerVersion(path: String, found: Int, known: Int)
  /// The store can't be written: permission, a read-only file system, a missing directory.
  case unwritable(path: String, reason: String)
  /// The store can't be read for want of permission.
  case unreadable(path: String, reason: String)
  /// The store was opened for reading only.
  case openedReadOnly(path: String)
  /// The disk (or quota) is full; what was stored before is intact.
  case diskFull(path: String)
  /// Another process has the store.
  case locked(path: String, holder: String)
  /// The file is damaged.
  case corrupt(path: String, what: String)
  /// The store belongs to another experiment; each difference is a phrase with both values.
  case mismatch(path: String, differences: [String])
  /// There is no trial of that number.
  case noSuchTrial(path: String, number: Int, count: Int)
  /// The trial has ended, so that nothing can be added to it.
  case trialHasEnded(path: String, number: Int)
  /// Samples don't have the joints and actions of the store's robot.
  case sampleShape(path: String, expected: String, found: String)
  /// Anything else that SQLite or the system reports.
  case failed(path: String, reason: String)
}

extension StoreError: CustomStringConvertible, LocalizedError {
  /// A sentence with what was found and the remedy.
  public var description: String {
    switch self {
    case .noSuchFile(let path):
      "There is no store at \(path). Check the path, or start an experiment with --store \(path)."
    case .alreadyExists(let path):
      "\(path) already exists. Continue its experiment with --resume, or choose another --store."
    case .notAStore(let path, let reason):
      "\(path) is not a Handful store: \(reason). Choose a file that 'handful run' has written."
    case .newerVersion(let path, let found, let known):
      "\(path) has store version \(found), but this Handful knows versions up to \(known). "
        + "Update Handful to open it."
    case .unwritable(let path, let reason):
      "\(path) can't be written: \(reason). Make sure that its directory exists and that you may "
        + "write there, or choose another --store."
    case .unreadable(let path, let reason):
      "\(path) can't be read: \(reason). Ask its owner for permission (chmod a+r)."
    case .openedReadOnly(let path):
      "\(path) was opened for reading only. Open it for writing to change it."
    case .diskFull(let path):
      "There is no space left to write \(path); everything stored before is intact. "
        + "Free some space and continue with --resume."
    case .locked(let path, let holder):
      "\(path) is being written by \(holder). Wait until it has ended, or choose another --store."
    case .corrupt(let path, let what):
      "\(path) is damaged: \(what). Restore it from a backup, or save what can be read with "
        + "'sqlite3 \(path) .recover'."
    case .mismatch(let path, let differences):
      "\(path) belongs to another experiment: \(differences.joined(separator: "; ")). "
        + "Resume with the settings it was begun with, or choose another --store."
    case .noSuchTrial(let path, let number, let count):
      "There is no trial \(number) in \(path), which holds "
        + (count == 0 ? "none yet." : count == 1 ? "1 trial. " : "\(count) trials. ")
        + (count == 0 ? "" : "'handful trials list' shows them.")
    case .trialHasEnded(let path, let number):
      "Trial \(number) in \(path) has ended; nothing can be added to it. Begin a new trial."
    case .sampleShape(let path, let expected, let found):
      "Samples for \(path) need \(expected), but have \(found). "
        + "Use the robot file that the store was begun with."
    case .failed(let path, let reason):
      "\(path) can't be used: \(reason)."
    }
  }

  /// The same sentence, for code that asks through `LocalizedError`.
  public var errorDescription: String? { description }
}

extension StoreError {
  /// The error that a failure inside a database access stands for.
  init(_ error: any Error, path: String) {
    if let error = error as? StoreError {
      self = error
      return
    }
    guard let error = error as? DatabaseError else {
      self = .failed(path: path, reason: String(describing: error))
      return
    }
    let message = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
    switch error.extendedResultCode {
    // The -shm file can't grow: SQLite reports that as an I/O error, not as a full disk.
    case .SQLITE_FULL, .SQLITE_IOERR_SHMSIZE: self = .diskFull(path: path)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self = .locked(path: path, holder: "another program that has the database open")
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      self = .unwritable(path: path, reason: message)
    case .SQLITE_CANTOPEN: self = .unreadable(path: path, reason: message)
    case .SQLITE_NOTADB: self = .notAStore(path: path, reason: "it is not an SQLite database")
    case .SQLITE_CORRUPT: self = .corrupt(path: path, what: message)
    default: self = .failed(path: path, reason: message)
    }
  }
}
