import Foundation
import Robotics
import Testing
import TrialStore

@Suite("Others can read a store and its exports")
struct OpenFormatTests {
  private let scratch = Scratch()

  @Test(
    "Python reads the samples by the names and units that the store itself gives",
    .enabled(if: Run.has("python3"), "needs python3"))
  func python() throws {
    let store = try TrialStore.create(at: scratch.file(), experiment: makeExperiment())
    let number = try store.beginTrial()
    for start in [0, 10, 20] {
      try store.append(samples: makeSamples(ticks: start..<start + 10), toTrial: number)
    }
    try store.close()
    let script = """
      import array, sqlite3, sys, zlib
      store = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
      columns = store.execute("SELECT name, unit FROM sample_columns ORDER BY position").fetchall()
      print(" ".join("%s[%s]" % column for column in columns))
      rows = store.execute("SELECT data, crc32, count FROM sample_chunks WHERE trial = 1 ORDER BY chunk")
      values = array.array("d")
      for data, crc, count in rows:
          assert zlib.crc32(data) == crc and len(data) == count * 8 * len(columns)
          values.frombytes(data)
      last = values[-len(columns):]
      print(len(values) // len(columns), *(repr(value) for value in last))
      print(*store.execute("SELECT number, samples, duration_s, end_kind FROM trial_overview").fetchone())
      print(*store.execute("PRAGMA application_id").fetchone(), *store.execute("PRAGMA user_version").fetchone())
      """
    let sample = makeSamples(ticks: 29..<30)[0]
    let numbers =
      [29, sample.robotTimeSeconds, sample.hostTimeSeconds, 0] + sample.positions
      + sample.velocities + sample.askedAction + sample.sentAction
    #expect(
      try Run(["python3", "-c", script, store.path]).output == """
        tick[] robot_time_s[s] host_time_s[s] flags[] cart_position_m[m] pole_position_rad[rad] \
        cart_velocity_m_per_s[m/s] pole_velocity_rad_per_s[rad/s] cart_asked_effort_N[N] \
        cart_sent_effort_N[N]
        30 \(numbers.map(\.description).joined(separator: " "))
        1 30 0.29 unfinished
        \(0x4846_4C31) 1

        """)
  }

  @Test("The checksum is zlib's")
  func checksum() {
    // The check value of CRC-32 in every catalogue: the nine digits as ASCII.
    #expect(CRC32.checksum(Data("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.checksum(Data()) == 0)
  }

  @Test("A CSV export has units in its columns' names and every number to the last bit")
  func csv() {
    let export = CSVExport(joints: cartPoleJoints)
    var sample = makeSamples(ticks: 10..<11)[0]
    sample.askedAction = [.nan]
    sample.flags = [.decision, .clamped]
    let trial = Trial(
      number: 1, robot: "cart-pole", task: "", origin: .random, seed: 0,
      samplePeriodSeconds: 0.01, startedAtUnixSeconds: 0, end: .completed, samples: [sample])
    #expect(
      export.text(of: trial) == """
        tick,robot_time_s,host_time_s,cart_position_m,pole_position_rad,cart_velocity_m_per_s,\
        pole_velocity_rad_per_s,cart_asked_effort_N,cart_sent_effort_N,decision,clamped,glitch,\
        after_loss,late,not_sent
        10,0.1,0.10070000000000001,1.0,4.333333333333334,-10.0,0.09090909090909091,nan,10.0,1,1,0,0,0,0

        """)
  }

  @Test("Joint names that would make the same column are told apart")
  func columnNames() {
    let limits = JointLimits(velocity: 1, effort: 1, brakingDeceleration: 1)
    let layout = SampleLayout(
      joints: [Joint(name: "a b", limits: limits), Joint(name: "a,b", limits: limits)])
    #expect(
      layout.columns[4...5].map(\.name) == ["a_b_position_rad", "a_b_position_rad_2"])
    #expect(Set(layout.columns.map(\.name)).count == layout.width)
  }
}
