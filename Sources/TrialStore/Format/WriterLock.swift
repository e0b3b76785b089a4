import Foundation
import Synchronization

/// The right to write a store, held by one process at a time.
///
/// It is an advisory `flock` on a file of its own beside the store (`NAME-lock`), because closing any
/// descriptor of the database itself would drop SQLite's own locks. The kernel lets go of it when
/// the process ends, however it ends. The file says who holds it and is removed on release.
final class WriterLock: Sendable {
  private let path: String
  private let descriptor: Mutex<Int32?>

  /// Takes the lock of the store at `storePath`.
  ///
  /// - Throws: ``StoreError/locked(path:holder:)`` or ``StoreError/unwritable(path:reason:)``.
  init(storePath: String) throws(StoreError) {
    path = storePath + "-lock"
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard file >= 0 else {
        throw .unwritable(path: storePath, reason: String(cString: strerror(errno)))
      }
      if flock(file, LOCK_EX | LOCK_NB) != 0 {
        let holder = Self.holder(in: file)
        close(file)
        throw .locked(path: storePath, holder: holder)
      }
      // The last holder may have removed the file between our open and our lock.
      if Self.isSameFile(file, path) {
        Self.sign(file)
        descriptor = Mutex(file)
        return
      }
      close(file)
    }
  }

  deinit { release() }

  /// Lets go of the lock; again does nothing.
  func release() {
    descriptor.withLock { held in
      guard let file = held else { return }
      unlink(path)
      close(file)
      held = nil
    }
  }

  private static func isSameFile(_ file: Int32, _ path: String) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(file, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino
      && opened.st_dev == named.st_dev
  }

  private static func sign(_ file: Int32) {
    let name = ProcessInfo.processInfo.processName
    let text = "process \(getpid()) (\(name)) on \(ProcessInfo.processInfo.hostName)\n"
    ftruncate(file, 0)
    _ = text.withCString { pwrite(file, $0, strlen($0), 0) }
  }

  private static func holder(in file: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = pread(file, &bytes, bytes.count, 0)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty ? "another process" : text
  }
}
