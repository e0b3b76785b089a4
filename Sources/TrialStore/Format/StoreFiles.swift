import Foundation

/// Removes a database that is of no use any more; one that isn't there does no harm.
func removeDatabase(at path: String) {
  unlink(path)
  removeLogs(at: path)
}

/// Removes what SQLite keeps beside a database.
func removeLogs(at path: String) {
  for suffix in ["-wal", "-shm", "-journal"] { unlink(path + suffix) }
}

/// Makes a file's name as durable as its bytes: after this, a power cut doesn't undo its renaming.
func syncDirectory(of path: String) {
  let directory = (path as NSString).deletingLastPathComponent
  let descriptor = open(directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}

/// A copy of a store in a directory of its own, for reading one where SQLite can't write.
struct PrivateCopy: Sendable {
  /// Where the copy's database is.
  let path: String
  private let directory: String

  /// Copies the store at `source`, write-ahead log included.
  init(of source: String) throws(StoreError) {
    var template = Array((NSTemporaryDirectory() + "/handful-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .failed(
        path: source,
        reason: "no temporary directory can be made for reading it: "
          + String(cString: strerror(errno)))
    }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    path = directory + "/copy.sqlite"
    do {
      try FileManager.default.copyItem(atPath: source, toPath: path)
      if access(source + "-wal", R_OK) == 0 {
        try FileManager.default.copyItem(atPath: source + "-wal", toPath: path + "-wal")
      }
    } catch {
      remove()
      throw .failed(path: source, reason: "it can't be copied for reading: \(error)")
    }
    chmod(path, 0o600)
  }

  /// Removes the copy.
  func remove() {
    removeDatabase(at: path)
    rmdir(directory)
  }
}
