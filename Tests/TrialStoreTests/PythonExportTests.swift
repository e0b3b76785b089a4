import Foundation
import Robotics
import Testing
import TrialStore

/// NumPy and the MCAP project's own reader, in the virtual environment that `make test` makes from
/// `Tests/python/requirements.txt`, read what is exported.
@Suite("Exports that other people's libraries read")
struct PythonExportTests {
  static let python = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".venv/bin/python3").path
  static let hasPython = FileManager.default.isExecutableFile(atPath: python)

  private let scratch = Scratch()

  private func trials() -> [Trial] {
    (1...2).map { number in
      var samples = makeSamples(ticks: 0..<(20 * number), from: number)
      samples[3].askedAction = [.nan]
      samples[4].askedAction = [-.infinity]
      return Trial(
        number: number, robot: "cart-pole", task: "swing-up", origin: .random, seed: 3,
        samplePeriodSeconds: 0.01, startedAtUnixSeconds: 1_700_000_000.25 + Double(number),
        end: .completed, samples: samples)
    }
  }

  private func run(_ script: String, _ path: String) throws -> String {
    let ended = try Run([Self.python, "-c", script, path])
    #expect(ended.status == 0, "\(ended.output)")
    return ended.output
  }

  @Test(
    "NumPy loads every column to the last bit, NaN and infinities included",
    .enabled(if: hasPython, "needs .venv with Tests/python/requirements.txt; `make test` makes it"))
  func npz() throws {
    let (trials, path) = (trials(), scratch.file("trials.npz"))
    try NPZExport(joints: cartPoleJoints).data(of: trials).write(to: URL(fileURLWithPath: path))
    let output = try run(
      """
      import numpy, sys, zipfile
      assert zipfile.ZipFile(sys.argv[1]).testzip() is None
      data = numpy.load(sys.argv[1])
      print(len(data.files), data["trial_2_tick"].dtype, data["trial_1_flags"].tolist()[9:12])
      for name in ("pole_position_rad", "cart_velocity_m_per_s", "cart_asked_effort_N"):
          print(*(value.hex() for value in data["trial_2_" + name].tolist()))
      """, path)
    func hex(_ values: [Double]) throws -> String {
      // Python's own spelling, from the bits.
      try run(
        """
        import struct, sys
        print(*(struct.unpack("<d", struct.pack("<Q", int(bits)))[0].hex() for bits in sys.argv[1].split()))
        """, values.map { "\($0.bitPattern)" }.joined(separator: " "))
    }
    let samples = trials[1].samples
    #expect(
      output == "20 int64 [0, 1, 0]\n"
        + (try hex(samples.map { $0.positions[1] })) + (try hex(samples.map { $0.velocities[0] }))
        + (try hex(samples.map { $0.askedAction[0] })))
  }

  @Test(
    "The MCAP project's reader finds every message, by its index and without, with its time",
    .enabled(if: hasPython, "needs .venv with Tests/python/requirements.txt; `make test` makes it"))
  func mcap() throws {
    let (trials, path) = (trials(), scratch.file("trials.mcap"))
    try MCAPExport(experiment: makeExperiment()).data(of: trials).write(
      to: URL(fileURLWithPath: path))
    let output = try run(
      """
      import json, sys
      from mcap.reader import NonSeekingReader, make_reader
      with open(sys.argv[1], "rb") as file:
          reader = make_reader(file, validate_crcs=True)
          summary = reader.get_summary()
          print(summary.statistics.message_count, summary.statistics.chunk_count, len(summary.chunk_indexes))
          messages = [(schema, channel, message) for schema, channel, message in reader.iter_messages(topics=["/sample"])]
          print(messages[0][0].name, messages[0][1].message_encoding, messages[0][1].metadata["robot"])
          schema = json.loads(messages[0][0].data)
          print(schema["properties"]["pole_velocity_rad_per_s"]["description"])
          last = json.loads(messages[-1][2].data)
          print(len(messages), messages[-1][2].log_time, repr(last["pole_position_rad"]), last["trial"], last["tick"])
          print(json.loads(messages[3][2].data)["cart_asked_effort_N"])
          print([record.metadata["origin"] for record in reader.iter_metadata()])
      with open(sys.argv[1], "rb") as file:
          print(len(list(NonSeekingReader(file, validate_crcs=True).iter_messages())))
      """, path)
    #expect(
      output == """
        60 2 2
        handful.Sample json cart-pole
        in rad/s
        60 1700000002640000000 \(2.0 + 39.0 / 3) 2 39
        None
        ['random', 'random']
        60

        """)
  }

  @Test("The same trials give the same bytes")
  func sameBytes() {
    let export = MCAPExport(experiment: makeExperiment())
    #expect(export.data(of: trials()) == export.data(of: trials()))
    let arrays = NPZExport(joints: cartPoleJoints)
    #expect(arrays.data(of: trials()) == arrays.data(of: trials()))
  }

  @Test("A store without trials exports to files that are empty, not broken")
  func empty() {
    #expect(NPZExport(joints: cartPoleJoints).data(of: []).count == 22)
    #expect(MCAPExport(experiment: makeExperiment()).data(of: []).suffix(8).first == 0x89)
  }
}
