import Foundation
import Robotics
import Testing
import TrialStore

@Suite("What was reported as stored survives")
struct CrashTests {
  private let scratch = Scratch()

  /// What a recording process said before it was killed.
  private struct Acknowledged {
    var storedSamples: [Int: Int] = [:]
    var finished: Set<Int> = []

    init(_ output: String) {
      // The last line may have been cut by the kill.
      for line in output.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        let words = line.split(separator: " ")
        guard words.count >= 2, let trial = Int(words[1]) else { continue }
        switch words[0] {
        case "begun": storedSamples[trial] = storedSamples[trial] ?? 0
        case "stored": storedSamples[trial] = Int(words[2])
        case "finished": finished.insert(trial)
        default: Issue.record("the writer said: \(line)")
        }
      }
    }
  }

  /// Records until killed with SIGKILL after `microseconds` from the first stored samples.
  private func recordAndKill(after microseconds: UInt32, at path: String) throws -> Acknowledged {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: storeWriter)
    process.arguments = ["record", path]
    process.standardOutput = pipe
    try process.run()
    var output = pipe.fileHandleForReading.availableData
    usleep(microseconds)
    kill(process.processIdentifier, SIGKILL)
    output += pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Acknowledged(String(decoding: output, as: UTF8.self))
  }

  @Test("kill -9 at any instant loses no acknowledged sample and leaves no half chunk")
  func killedAtRandomInstants() throws {
    var random = SeededGenerator(seed: 20_260_101)
    print("kill instants from seed 20260101")
    var total = 0
    for round in 0..<25 {
      let path = scratch.file("killed-\(round).sqlite")
      let delay = UInt32.random(in: 0..<120_000, using: &random)
      let acknowledged = try recordAndKill(after: delay, at: path)
      let store = try TrialStore.open(at: path)
      let trials = try store.trials()
      for (number, count) in acknowledged.storedSamples {
        let trial = try #require(trials.first { $0.number == number }, "after \(delay) µs")
        #expect(trial.samples.count >= count, "trial \(number), killed after \(delay) µs")
        #expect(trial.samples.count % 10 == 0)
        #expect(trial.samples.map(\.tick) == Array(0..<trial.samples.count))
        #expect(
          trial.samples.map { $0.positions[0] }
            == trial.samples.indices.map { Double(number) + Double($0) / 1024 })
        if acknowledged.finished.contains(number) { #expect(trial.end == .completed) }
        total += count
      }
      let unfinished = trials.filter { $0.end == .unfinished }.map(\.number)
      #expect(unfinished.count <= 1)
      #expect(try store.markUnfinishedTrials() == unfinished)
      for number in unfinished {
        guard case .fault("host-died", _) = try store.trial(number).end else {
          Issue.record("trial \(number) isn't marked")
          continue
        }
      }
      #expect(try store.check() == [])
      // Life goes on where it stopped.
      #expect(try store.beginTrial() == trials.count + 1)
      try store.close()
    }
    print("acknowledged samples found again: \(total)")
    #expect(total > 50)
  }

  @Test("A write-ahead log cut anywhere leaves a whole number of the first chunks")
  func tornLog() throws {
    let path = scratch.file()
    let store = try TrialStore.create(at: path, experiment: makeExperiment())
    let number = try store.beginTrial()
    for start in stride(from: 0, to: 300, by: 10) {
      try store.append(samples: makeSamples(ticks: start..<start + 10), toTrial: number)
    }
    // The files as a power cut would find them: nothing has been folded into the database yet.
    let database = try Data(contentsOf: URL(fileURLWithPath: path))
    let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
    try #require(log.count > 100_000)
    var random = SeededGenerator(seed: 42)
    print("cuts from seed 42")
    var lengths = (0..<60).map { _ in Int.random(in: 0...log.count, using: &random) }.sorted()
    lengths.append(log.count)
    var found: [Int] = []
    for length in lengths {
      let copy = scratch.file("torn-\(length).sqlite")
      try database.write(to: URL(fileURLWithPath: copy))
      try log.prefix(length).write(to: URL(fileURLWithPath: copy + "-wal"))
      let torn = try TrialStore.open(at: copy)
      let samples = try torn.trials().first?.samples ?? []
      #expect(samples.count % 10 == 0)
      #expect(samples == makeSamples(ticks: 0..<samples.count))
      #expect(try torn.check().filter { !$0.contains("unfinished") } == [])
      found.append(samples.count)
    }
    #expect(found == found.sorted())
    #expect(found.last == 300)
    #expect(Set(found).count > 10)
  }

  @Test("The log of a deleted store does nothing to a new one of the same name")
  func staleLog() throws {
    let path = scratch.file()
    let old = try TrialStore.create(at: path, experiment: makeExperiment())
    for _ in 0..<3 {
      try old.append(samples: makeSamples(ticks: 0..<100), toTrial: try old.beginTrial())
    }
    let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
    try old.close()
    unlink(path)
    try log.write(to: URL(fileURLWithPath: path + "-wal"))
    let new = try TrialStore.create(at: path, experiment: makeExperiment(task: "balance"))
    #expect(try new.trialSummaries().isEmpty)
    #expect(try new.check() == [])
    #expect(new.experiment.task == "balance")
  }

  @Test("A flipped bit in the log drops what follows it and nothing before")
  func rottenLog() throws {
    let path = scratch.file()
    let store = try TrialStore.create(at: path, experiment: makeExperiment())
    let number = try store.beginTrial()
    for start in stride(from: 0, to: 200, by: 10) {
      try store.append(samples: makeSamples(ticks: start..<start + 10), toTrial: number)
    }
    let database = try Data(contentsOf: URL(fileURLWithPath: path))
    let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
    var random = SeededGenerator(seed: 43)
    for round in 0..<30 {
      // Beyond the log's header and the trial's own record.
      let position = Int.random(in: log.count / 4..<log.count, using: &random)
      var rotten = log
      rotten[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      let copy = scratch.file("rotten-\(round).sqlite")
      try database.write(to: URL(fileURLWithPath: copy))
      try rotten.write(to: URL(fileURLWithPath: copy + "-wal"))
      let samples = try TrialStore.open(at: copy).trials().first?.samples ?? []
      #expect(samples.count % 10 == 0)
      #expect(samples.count < 200)
      #expect(samples == makeSamples(ticks: 0..<samples.count), "byte \(position), seed 43")
    }
  }

  @Test(
    "Samples are on the disk before they are reported as stored",
    .enabled(if: Run.has("strace"), "needs strace"))
  func syncedBeforeAcknowledged() throws {
    let trace = scratch.file("trace")
    let path = scratch.file()
    let run = try Run([
      "strace", "-f", "-y", "-o", trace, "-e",
      "trace=pwrite64,write,fsync,fdatasync", storeWriter, "trial", path,
    ])
    try #require(run.output.contains("finished 1"), "\(run.output)")
    var hasUnsyncedLog = false
    var acknowledgements = 0
    let lines = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
    for line in lines {
      if line.contains("pwrite64("), line.contains("sqlite-wal") { hasUnsyncedLog = true }
      if line.contains("sync("), line.contains("sqlite-wal") { hasUnsyncedLog = false }
      if line.contains("write(1<"), line.contains("stored ") {
        acknowledgements += 1
        #expect(!hasUnsyncedLog, "\(line)")
      }
    }
    #expect(acknowledgements == 20)
  }
}

/// SplitMix64 (Steele, Lea & Flood 2014): the store's tests don't know `LinearAlgebra`.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
