import Foundation
import Robotics
import Testing
import TrialStore

@Suite("A store that can't be used says why and what to do")
struct RefusalTests {
  private let scratch = Scratch()

  /// A closed store with one trial of ten samples.
  private func makeStore(_ name: String = "store.sqlite") throws -> String {
    let store = try TrialStore.create(at: scratch.file(name), experiment: makeExperiment())
    let number = try store.beginTrial()
    try store.append(samples: makeSamples(ticks: 0..<10), toTrial: number)
    try store.close()
    return store.path
  }

  private func error(_ body: () throws(StoreError) -> Void) -> StoreError? {
    do {
      try body()
      return nil
    } catch { return error }
  }

  @Test("A path without a file", arguments: [true, false])
  func missing(readOnly: Bool) {
    let path = scratch.file("nowhere/store.sqlite")
    #expect(
      error { () throws(StoreError) in _ = try TrialStore.open(at: path, readOnly: readOnly) }
        == .noSuchFile(path: path))
  }

  @Test("A new store isn't put in the place of anything")
  func existing() throws {
    let path = try makeStore()
    #expect(
      error { () throws(StoreError) in
        _ = try TrialStore.create(at: path, experiment: makeExperiment())
      } == .alreadyExists(path: path))
    #expect(try TrialStore.open(at: path).trial(1).samples.count == 10)
  }

  @Test("Files that aren't stores are named and left as they were", arguments: [true, false])
  func foreignFiles(readOnly: Bool) throws {
    let text = scratch.file("notes.txt")
    try String(repeating: "not a database\n", count: 500).write(
      toFile: text, atomically: true, encoding: .utf8)
    let empty = scratch.file("empty.sqlite")
    try Data().write(to: URL(fileURLWithPath: empty))
    let other = scratch.file("other.sqlite")
    #expect(
      try Run(["sqlite3", other, "CREATE TABLE t (x); INSERT INTO t VALUES (1)"]).status == 0)
    for path in [text, empty, other, scratch.path] {
      let before = try? Data(contentsOf: URL(fileURLWithPath: path))
      guard
        case .notAStore(path, _) = error({ () throws(StoreError) in
          _ = try TrialStore.open(at: path, readOnly: readOnly)
        })
      else {
        Issue.record("\(path) was taken for a store")
        continue
      }
      let after = try? Data(contentsOf: URL(fileURLWithPath: path))
      #expect(after == before)
    }
  }

  @Test("A store of a newer Handful names both versions", arguments: [true, false])
  func newer(readOnly: Bool) throws {
    let path = try makeStore()
    #expect(try Run(["sqlite3", path, "PRAGMA user_version = 99"]).status == 0)
    let found = error { () throws(StoreError) in
      _ = try TrialStore.open(at: path, readOnly: readOnly)
    }
    guard case .newerVersion(path, 99, let known) = found else {
      Issue.record("\(String(describing: found))")
      return
    }
    #expect(
      found?.description == "\(path) has store version 99, but this Handful knows versions up to "
        + "\(known). Update Handful to open it.")
  }

  @Test("A damaged database is called damaged, by opening it or by its check")
  func corrupt() throws {
    let path = try makeStore()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    // Everything but the file's header and the schema's page.
    for index in 4096..<bytes.count { bytes[index] = 0xAA }
    try bytes.write(to: URL(fileURLWithPath: path))
    guard
      case .corrupt(path, _) = error({ () throws(StoreError) in
        _ = try TrialStore.open(at: path, readOnly: true).trials()
      })
    else {
      Issue.record("the damage went unnoticed")
      return
    }
  }

  @Test("A sample that rotted on the disk is found by its chunk's checksum")
  func rot() throws {
    let path = try makeStore()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let needle = withUnsafeBytes(of: (1 + 7.0 / 3).bitPattern.littleEndian) { Data($0) }
    let range = try #require(bytes.range(of: needle))
    bytes[range.lowerBound] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    let store = try TrialStore.open(at: path)
    #expect(
      error { () throws(StoreError) in _ = try store.trial(1) }
        == .corrupt(path: path, what: "chunk 1 of trial 1 has a wrong checksum"))
    #expect(try store.check().contains { $0.hasPrefix("Chunk 1 of trial 1 has a wrong checksum") })
  }

  @Test("A second writer is told who the first is, and gets its turn when that has ended")
  func lockedByAnotherProcess() throws {
    let path = try makeStore()
    let holder = Process()
    let output = Pipe()
    let input = Pipe()
    holder.executableURL = URL(fileURLWithPath: storeWriter)
    holder.arguments = ["hold", path]
    holder.standardOutput = output
    holder.standardInput = input
    try holder.run()
    #expect(
      String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "holding 1\n")
    let found = error { () throws(StoreError) in _ = try TrialStore.open(at: path) }
    guard case .locked(path, let name) = found else {
      holder.terminate()
      Issue.record("\(String(describing: found))")
      return
    }
    #expect(name.hasPrefix("process \(holder.processIdentifier) (store-writer) on "))
    #expect(try TrialStore.open(at: path, readOnly: true).trial(1).samples.count == 10)
    kill(holder.processIdentifier, SIGKILL)
    holder.waitUntilExit()
    #expect(try TrialStore.open(at: path).trialSummaries().count == 1)
  }

  @Test("One process can't open a store for writing twice either")
  func lockedByThisProcess() throws {
    let path = try makeStore()
    let first = try TrialStore.open(at: path)
    guard
      case .locked = error({ () throws(StoreError) in _ = try TrialStore.open(at: path) })
    else {
      Issue.record("two writers")
      return
    }
    try first.close()
    #expect(try TrialStore.open(at: path).trialSummaries().count == 1)
  }

  @Test("Resuming with another robot, joint, rate or task names what differs")
  func mismatch() throws {
    let store = try TrialStore.open(at: try makeStore())
    try store.ensureMatches(experiment: makeExperiment())
    var other = makeExperiment(task: "balance")
    other.controlRateHertz = 200
    other.joints[1].isActuated = true
    other.seed = 1
    let found = error { () throws(StoreError) in try store.ensureMatches(experiment: other) }
    #expect(
      found
        == .mismatch(
          path: store.path,
          differences: [
            "the list of joints is cart (prismatic, driven), pole (revolute, free) in the store "
              + "and cart (prismatic, driven), pole (revolute, driven) now",
            "the control rate is 100.0 Hz in the store and 200.0 Hz now",
            "the task is swing-up in the store and balance now",
          ]))
  }

  @Test("Samples of another robot's shape are refused")
  func shape() throws {
    let store = try TrialStore.open(at: try makeStore())
    var samples = makeSamples(ticks: 10..<12)
    samples[1].velocities.append(0)
    #expect(
      error { () throws(StoreError) in try store.append(samples: samples, toTrial: 1) }
        == .sampleShape(
          path: store.path, expected: "2 positions, 2 velocities, 1 asked and 1 sent efforts",
          found: "2 positions, 3 velocities, 1 asked and 1 sent efforts"))
    #expect(try store.trial(1).samples.count == 10)
  }

  @Test("Nothing is added to a trial that ended, or that never was")
  func wrongTrial() throws {
    let store = try TrialStore.open(at: try makeStore())
    try store.finishTrial(1, end: .completed)
    let samples = makeSamples(ticks: 10..<20)
    #expect(
      error { () throws(StoreError) in try store.append(samples: samples, toTrial: 1) }
        == .trialHasEnded(path: store.path, number: 1))
    #expect(
      error { () throws(StoreError) in try store.finishTrial(1, end: .completed) }
        == .trialHasEnded(path: store.path, number: 1))
    #expect(
      error { () throws(StoreError) in try store.append(samples: samples, toTrial: 5) }
        == .noSuchTrial(path: store.path, number: 5, count: 1))
    #expect(
      error { () throws(StoreError) in _ = try store.trial(0) }?.description
        == "There is no trial 0 in \(store.path), which holds 1 trial. "
        + "'handful trials list' shows them.")
  }

  @Test("A store opened for reading isn't written")
  func readOnly() throws {
    let store = try TrialStore.open(at: try makeStore(), readOnly: true)
    #expect(
      error { () throws(StoreError) in _ = try store.beginTrial() }
        == .openedReadOnly(path: store.path))
  }

  @Test("Missing ticks, ticks out of order and unfinished trials are found")
  func findings() throws {
    let store = try TrialStore.open(at: try makeStore())
    try store.append(samples: makeSamples(ticks: 13..<15), toTrial: 1)
    try store.append(samples: makeSamples(ticks: 14..<17), toTrial: 1)
    #expect(
      try store.check() == [
        "Trial 1 is unfinished: it is still running, or its host died. 'handful run --resume' "
          + "marks it.", "Trial 1 lacks 3 samples in 1 gap.", "Trial 1 has 1 sample out of order.",
      ])
  }
}
