import Foundation
import Robotics
import Testing
import TrialStore

@Suite("Disks that are full, read-only or someone else's")
struct DiskTests {
  private let scratch = Scratch()

  @Test(
    "A full disk refuses new samples, keeps the old ones, and is written again once it has room",
    .enabled(if: isRoot, "needs root to mount a small tmpfs"))
  func full() throws {
    let mount = try Run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", scratch.path])
    try #require(mount.status == 0, "\(mount.output)")
    defer { _ = try? Run(["umount", "-l", scratch.path]) }
    let ballast = scratch.file("ballast")
    try Data(count: 300_000).write(to: URL(fileURLWithPath: ballast))
    let store = try TrialStore.create(at: scratch.file(), experiment: makeExperiment())
    let number = try store.beginTrial()
    var stored = 0
    do {
      while stored < 100_000 {
        try store.append(samples: makeSamples(ticks: stored..<stored + 10), toTrial: number)
        stored += 10
      }
      Issue.record("the disk never filled")
    } catch StoreError.diskFull(let path) { #expect(path == store.path) }
    #expect(stored > 100)
    #expect(try store.trial(number).samples == makeSamples(ticks: 0..<stored))
    try FileManager.default.removeItem(atPath: ballast)
    try store.append(samples: makeSamples(ticks: stored..<stored + 10), toTrial: number)
    try store.finishTrial(number, end: .completed)
    try store.close()
    let reopened = try TrialStore.open(at: store.path)
    #expect(try reopened.trial(number).samples == makeSamples(ticks: 0..<stored + 10))
    #expect(try reopened.check() == [])
    try reopened.close()
  }

  @Test(
    "A disk that is full already refuses a new store and is left as it was",
    .enabled(if: isRoot, "needs root to mount a small tmpfs"))
  func fullFromTheStart() throws {
    let mount = try Run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", scratch.path])
    try #require(mount.status == 0, "\(mount.output)")
    defer { _ = try? Run(["umount", "-l", scratch.path]) }
    try Data(count: 50_000).write(to: URL(fileURLWithPath: scratch.file("ballast")))
    #expect(throws: StoreError.diskFull(path: scratch.file())) {
      try TrialStore.create(at: scratch.file(), experiment: makeExperiment())
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["ballast"])
  }

  /// Runs the helper as a user without rights, from a place where that user can run it.
  private func asNobody(_ verb: String, _ path: String) throws -> String {
    let copy = scratch.file("store-writer")
    if !FileManager.default.fileExists(atPath: copy) {
      try FileManager.default.copyItem(atPath: storeWriter, toPath: copy)
      chmod(copy, 0o755)
    }
    let become =
      isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
    return try Run(become + [copy, verb, path]).output
  }

  @Test(
    "A directory without permission to write is named, with the remedy",
    .enabled(if: !isRoot || Run.has("setpriv"), "needs setpriv to give up root"))
  func forbiddenDirectory() throws {
    let directory = scratch.file("theirs")
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o555])
    #expect(
      try asNobody("create", directory + "/store.sqlite")
        == "error \(directory)/store.sqlite can't be written: Permission denied. Make sure that its "
        + "directory exists and that you may write there, or choose another --store.\n")
    chmod(directory, 0o755)
  }

  @Test("A directory that isn't there is named, with the remedy")
  func missingDirectory() {
    let path = scratch.file("nowhere/store.sqlite")
    #expect(
      throws: StoreError.unwritable(path: path, reason: "No such file or directory")
    ) { try TrialStore.create(at: path, experiment: makeExperiment()) }
  }

  @Test(
    "A store where nothing may be written can be read, not written",
    .enabled(if: !isRoot || Run.has("setpriv"), "needs setpriv to give up root"))
  func readOnlyDirectory() throws {
    let directory = scratch.file("theirs")
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false)
    let path = directory + "/store.sqlite"
    let store = try TrialStore.create(at: path, experiment: makeExperiment())
    try store.append(samples: makeSamples(ticks: 0..<30), toTrial: try store.beginTrial())
    try store.close()
    chmod(path, 0o444)
    chmod(directory, 0o555)
    defer { chmod(directory, 0o755) }
    #expect(try asNobody("read", path) == "ok 30\n")
    #expect(
      try asNobody("write", path).hasPrefix("error \(path) can't be written: Permission denied."))
  }

  @Test(
    "A store that a dead process left on a read-only disk is read to its last chunk",
    .enabled(if: !isRoot || Run.has("setpriv"), "needs setpriv to give up root"))
  func readOnlyDirectoryWithLog() throws {
    let store = try TrialStore.create(at: scratch.file(), experiment: makeExperiment())
    try store.append(samples: makeSamples(ticks: 0..<30), toTrial: try store.beginTrial())
    let directory = scratch.file("theirs")
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false)
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(
        atPath: store.path + suffix, toPath: directory + "/store.sqlite" + suffix)
      chmod(directory + "/store.sqlite" + suffix, 0o444)
    }
    chmod(directory, 0o555)
    defer { chmod(directory, 0o755) }
    #expect(try asNobody("read", directory + "/store.sqlite") == "ok 30\n")
  }
}
