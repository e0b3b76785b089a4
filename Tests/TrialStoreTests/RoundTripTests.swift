import Foundation
import Robotics
import Testing
import TrialStore

@Suite("What goes into a store comes out of it")
struct RoundTripTests {
  private let scratch = Scratch()

  private func reopened(
    _ body: (TrialStore) throws -> Void
  ) throws -> TrialStore {
    let store = try TrialStore.create(at: scratch.file(), experiment: makeExperiment())
    try body(store)
    try store.close()
    return try TrialStore.open(at: scratch.file(), readOnly: true)
  }

  @Test("The experiment's record comes back, infinite limits and a 64-bit seed included")
  func experiment() throws {
    #expect(try reopened { _ in }.experiment == makeExperiment())
  }

  @Test("Samples come back bit for bit, whatever the policy asked for")
  func bitExactSamples() throws {
    let odd: [Double] = [
      .nan, .signalingNaN, Double(bitPattern: 0xFFF8_0000_DEAD_BEEF), .infinity, -.infinity, -0.0,
      .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, .pi,
    ]
    var samples = makeSamples(ticks: 0..<odd.count)
    for index in odd.indices {
      samples[index].askedAction = [odd[index]]
      samples[index].flags = Sample.Flags(rawValue: UInt8(index * 25))
    }
    let store = try reopened { store in
      let number = try store.beginTrial()
      try store.append(samples: samples, toTrial: number)
    }
    let read = try store.trial(1).samples
    #expect(read.map { $0.askedAction[0].bitPattern } == odd.map(\.bitPattern))
    for (read, stored) in zip(read, samples) {
      var read = read
      var stored = stored
      read.askedAction = []
      stored.askedAction = []
      #expect(read == stored)
    }
  }

  @Test("A trial's chunks come back as one run of samples, in order")
  func chunks() throws {
    let store = try reopened { store in
      let number = try store.beginTrial()
      for start in stride(from: 0, to: 95, by: 10) {
        try store.append(
          samples: makeSamples(ticks: start..<min(start + 10, 95)), toTrial: number)
      }
      try store.append(samples: [], toTrial: number)
    }
    #expect(try store.trial(1).samples == makeSamples(ticks: 0..<95))
  }

  @Test(
    "Every way for a trial to end comes back",
    arguments: [
      TrialEnd.completed, .interrupted(reason: "Ctrl-C"),
      .fault(code: "velocity-limit", reason: "the pole turned at 21.3 rad/s, above 20 rad/s"),
    ])
  func ends(end: TrialEnd) throws {
    let store = try reopened { store in
      try store.finishTrial(try store.beginTrial(), end: end)
    }
    #expect(try store.trial(1).end == end)
  }

  @Test("Summaries say what the trials hold without reading them")
  func summaries() throws {
    let store = try reopened { store in
      let first = try store.beginTrial()
      try store.append(samples: makeSamples(ticks: 0..<101), toTrial: first)
      try store.finishTrial(first, end: .completed)
      _ = try store.beginTrial(
        origin: .policy, seed: .max - 1, samplePeriodSeconds: 0.005,
        startedAtUnixSeconds: 1_700_000_222)
      try store.label(trial: 1, label: "good", note: "first swing")
      try store.label(trial: 1, note: "")
    }
    let summaries = try store.trialSummaries()
    #expect(summaries.map(\.number) == [1, 2])
    #expect(summaries.map(\.sampleCount) == [101, 0])
    #expect(summaries.map(\.durationSeconds) == [1, 0])
    #expect(summaries.map(\.end) == [.completed, .unfinished])
    #expect(summaries.map(\.origin) == [.random, .policy])
    #expect(summaries.map(\.seed) == [3, .max - 1])
    #expect(summaries[0].label == "good")
    #expect(summaries[0].note == "")
  }

  @Test("Events, episodes, timing and link reports come back")
  func records() throws {
    let events = [
      EventRecord(atUnixSeconds: 1.5, kind: "reset", text: "Settled at home after 3.2 s."),
      EventRecord(atUnixSeconds: 2.5, trial: 1, kind: "fault", text: "x", json: #"{"a":[1]}"#),
    ]
    let episode = EpisodeRecord(
      number: 1, afterTrial: 1, seed: 9, policyJSON: "{}", modelJSON: "[]",
      modelSummary: "pole rate: length 0.4 rad", predictedReturn: 23.5, fitSeconds: 0.07,
      searchSeconds: 3.1)
    let store = try reopened { store in
      let number = try store.beginTrial()
      for event in events { try store.recordEvent(event) }
      try store.recordEpisode(episode)
      try store.recordTiming(trial: number, json: #"{"p99_us":41}"#)
      try store.recordTiming(trial: number, json: #"{"p99_us":42}"#)
      try store.recordLinkStatistics(trial: number, json: #"{"framesReceived":400}"#)
    }
    #expect(try store.events() == events)
    #expect(try store.episodes() == [episode])
    #expect(try store.timingReports() == [1: #"{"p99_us":42}"#])
    #expect(try store.linkStatistics() == [1: #"{"framesReceived":400}"#])
  }

  @Test("A predicted return that isn't known comes back as NaN")
  func unknownReturn() throws {
    let store = try reopened { store in
      try store.recordEpisode(
        EpisodeRecord(
          number: 1, afterTrial: 1, seed: 0, policyJSON: "", modelJSON: "", predictedReturn: .nan,
          fitSeconds: 1, searchSeconds: 1))
    }
    #expect(try store.episodes()[0].predictedReturn.isNaN)
  }

  @Test("An imported trial keeps its samples and end, and gets the next number and its source")
  func importing() throws {
    let recording = Trial(
      number: 77, robot: "cart-pole", task: "", origin: .imported, seed: 0,
      samplePeriodSeconds: 0.02, startedAtUnixSeconds: 0, end: .completed,
      samples: makeSamples(ticks: 0..<2500))
    let store = try reopened { store in
      _ = try store.beginTrial()
      #expect(try store.importTrial(recording, source: "swing.csv") == 2)
    }
    var expected = recording
    expected.number = 2
    #expect(try store.trial(2) == expected)
    #expect(try store.trialSummaries()[1].source == "swing.csv")
  }

  @Test("Readers see a trial grow while it is recorded")
  func concurrentReader() throws {
    let writer = try TrialStore.create(at: scratch.file(), experiment: makeExperiment())
    let number = try writer.beginTrial()
    let reader = try TrialStore.open(at: scratch.file(), readOnly: true)
    for start in [0, 10, 20] {
      try writer.append(samples: makeSamples(ticks: start..<start + 10), toTrial: number)
      #expect(try reader.trial(number).samples == makeSamples(ticks: 0..<start + 10))
    }
  }

  @Test("A closed store is one file, so that copying it copies everything")
  func singleFile() throws {
    let store = try TrialStore.create(at: scratch.file(), experiment: makeExperiment())
    let number = try store.beginTrial()
    try store.append(samples: makeSamples(ticks: 0..<10), toTrial: number)
    _ = try store.trials()
    try store.close()
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["store.sqlite"])
  }
}
