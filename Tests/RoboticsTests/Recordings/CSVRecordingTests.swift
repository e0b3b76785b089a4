import Foundation
import Robotics
import Testing

@Suite struct CSVRecordingTests {
  static let header = "time_s,position_rad,velocity_rad_per_s,torque_Nm"
  let robot: Robot

  init() throws {
    robot = try Robot(contentsOf: PackagePaths.calibration("pendulum/robot.yaml"))
  }

  private func read(_ lines: String...) throws(RecordingError) -> CSVRecording {
    try CSVRecording.read(csv: lines.joined(separator: "\n"), file: "a.csv", robot: robot)
  }

  private func complaint(_ lines: String..., robot: Robot? = nil) -> String {
    do throws(RecordingError) {
      _ = try CSVRecording.read(
        csv: lines.joined(separator: "\n"), file: "a.csv", robot: robot ?? self.robot)
      return "nothing"
    } catch {
      return error.description
    }
  }

  @Test("A recording is a trial with its times from the first line on and its torques as sent")
  func trial() throws {
    let recording = try read(
      Self.header, "5,0.1,1,2", "5.01,0.2,-1,3", "5.03,3.3,0,4", "5.04,6.4,0,5")
    #expect(recording.differentiatedJoints.isEmpty)
    let trial = recording.trial
    #expect(trial.origin == .imported)
    #expect(trial.end == .completed)
    #expect(trial.samples.map(\.tick) == [0, 1, 2, 3])
    let seconds: [Double] = [5, 5.01, 5.03, 5.04].map { $0 - 5 }
    #expect(trial.samples.map(\.robotTimeSeconds) == seconds)
    #expect(trial.samples.map(\.sentAction) == [[2], [3], [4], [5]])
    #expect(trial.samples.map(\.state) == [[0.1, 1], [0.2, -1], [3.3, 0], [6.4, 0]])
    #expect(abs(trial.samplePeriodSeconds - 0.01) < 1e-12)
  }

  @Test("Columns are found by name in any order, beside others, quoted or with spaces")
  func columns() throws {
    let recording = try read(
      "\u{FEFF}\"torque_Nm\", note ,velocity_rad_per_s,position_rad,time_s", "# a comment",
      "2,ignored,1,0.1,0\r", "", "3,,2,0.2,0.5", "")
    #expect(recording.trial.samples.map(\.state) == [[0.1, 1], [0.2, 2]])
  }

  @Test("Velocities that weren't recorded are those of parabolas, exact for uneven times, and said")
  func differentiated() throws {
    var robot = robot
    robot.recording?.joints[0].velocity = nil
    let times = [0, 0.1, 0.25, 0.3, 0.5]
    let lines = times.map { "\($0),\(1 + 2 * $0 - 3 * $0 * $0),0" }
    let recording = try CSVRecording.read(
      csv: (["time_s,position_rad,torque_Nm"] + lines).joined(separator: "\n"), file: "a.csv",
      robot: robot)
    #expect(recording.differentiatedJoints == ["shoulder"])
    for (sample, time) in zip(recording.trial.samples, times).dropFirst().dropLast() {
      #expect(abs(sample.velocities[0] - (2 - 6 * time)) < 1e-12)
    }
  }

  @Test("A column that isn't there is named with those that are and the one that was meant")
  func missingColumn() {
    #expect(
      complaint("time_s,positon_rad,velocity_rad_per_s,torque_Nm", "0,0,0,0")
        == """
        a.csv:1: no column 'position_rad'; \
        the columns are time_s, positon_rad, velocity_rad_per_s, torque_Nm; \
        did you mean 'positon_rad'? \
        Mend the robot's 'recording' section or the file's first line.
        """)
  }

  @Test(
    "Values are brought to SI units by the unit that their column's name ends with",
    arguments: [
      ("time_ms", "angle_deg", "rate (rpm)", "torque_mN_m"),
      ("t [ms]", "angle [deg]", "rate_rpm", "torque (mN m)"),
    ])
  func units(time: String, position: String, velocity: String, effort: String) throws {
    var robot = robot
    robot.recording = RecordingColumns(
      time: time, joints: [.init(position: position, velocity: velocity, effort: effort)])
    let recording = try CSVRecording.read(
      csv: "\(time),\(position),\(velocity),\(effort)\n0,90,60,500\n10,91,30,-250\n",
      file: "units.csv", robot: robot)
    let samples = recording.trial.samples
    #expect(abs(samples[1].robotTimeSeconds - 0.01) < 1e-15)
    #expect(abs(samples[0].positions[0] - .pi / 2) < 1e-12)
    #expect(abs(samples[0].velocities[0] - 2 * .pi) < 1e-12)
    #expect(abs(samples[1].sentAction[0] + 0.25) < 1e-12)
  }

  @Test(
    "A column in a unit of something else is refused with file, column, unit and what is wanted",
    arguments: ["angle_Nm", "angle [m]", "angle (furlong)"])
  func wrongUnit(position: String) throws {
    var robot = robot
    robot.recording = RecordingColumns(
      time: "time_s", joints: [.init(position: position, velocity: nil, effort: "torque")])
    do {
      _ = try CSVRecording.read(
        csv: "time_s,\(position),torque\n0,0,0\n0.01,0,0\n", file: "units.csv", robot: robot)
      Issue.record("the recording was read")
    } catch {
      let text = "\(error)"
      #expect(text.hasPrefix("units.csv:1: the column '\(position)'"), "\(text)")
      #expect(text.contains("an angle is wanted, in rad or deg or rev"), "\(text)")
    }
  }

  @Test("A letter at a name's end that is no unit of its kind is part of the name")
  func letters() throws {
    var robot = robot
    robot.recording = RecordingColumns(
      time: "t", joints: [.init(position: "q_m", velocity: nil, effort: "u_A")])
    let recording = try CSVRecording.read(
      csv: "t,q_m,u_A\n0,0.5,1\n0.01,0.6,2\n", file: "letters.csv", robot: robot)
    #expect(recording.trial.samples.map { $0.positions[0] } == [0.5, 0.6])
  }

  @Test("A column that stands twice is refused")
  func duplicateColumn() {
    #expect(
      complaint(Self.header + ",time_s", "0,0,0,0,0")
        == "a.csv:1: two columns 'time_s'; names must differ; rename or remove one.")
  }

  @Test("A line with a value too few is refused by its number")
  func raggedLine() {
    #expect(
      complaint(Self.header, "0,0,0,0", "0.1,0,0")
        == "a.csv:3: 3 values; the first line names 4; mend or remove the line.")
  }

  @Test("A value that isn't a number is refused by line and column")
  func notANumber() {
    #expect(
      complaint(Self.header, "0,0,0,0", "0.1,0,fast,0")
        == """
        a.csv:3: velocity_rad_per_s: found 'fast'; a number is wanted; mend or remove the line.
        """)
  }

  @Test("A value that is NaN is refused by line and column")
  func notFinite() {
    #expect(
      complaint(Self.header, "# a comment", "0,0,0,0", "0.1,nan,0,0")
        == """
        a.csv:4: position_rad: 'nan' is not finite; a finite number is allowed; \
        mend or remove the line.
        """)
  }

  @Test("A time that doesn't increase is refused by line")
  func time() {
    #expect(
      complaint(Self.header, "0,0,0,0", "0.1,0,0,0", "", "0.1,0,0,0")
        == """
        a.csv:5: the time 0.1 s is not later than 0.1 s on the line before; \
        times must increase; sort the lines, or remove those recorded twice.
        """)
  }

  @Test("An angle that was wrapped is refused by line, as no model could learn its jump")
  func wrapped() {
    #expect(
      complaint(Self.header, "0,3.1,1,0", "0.1,-3.1,1,0")
        == """
        a.csv:3: position_rad: the angle jumps from 3.1 rad to -3.1 rad; \
        at most half a turn from line to line is allowed; \
        unwrap the angles before importing them.
        """)
  }

  @Test("A recording of one line, of names alone, or of nothing is too short")
  func tooShort() {
    #expect(
      complaint(Self.header, "0,0,0,0")
        == "a.csv: 1 lines of values; at least 2 are needed; give a longer recording.")
    #expect(complaint(Self.header).contains("0 lines of values"))
    #expect(complaint("").contains("0 lines of values"))
  }

  @Test("A robot that doesn't say which columns hold what reads no recording")
  func noColumns() {
    var silent = robot
    silent.recording = nil
    #expect(
      complaint(Self.header, robot: silent)
        == """
        a.csv: the description of pendulum doesn't say which columns hold what; \
        add a 'recording' section to it.
        """)
  }

  @Test("A recording that doesn't exist is refused by name")
  func missingFile() {
    #expect(
      throws: RecordingError.unreadable(file: "no.csv", reason: "there is no such file")
    ) {
      try CSVRecording.read(contentsOf: "no.csv", robot: robot)
    }
  }
}

@Suite struct RealRecordingTests {
  @Test(
    "A recording of a real pendulum reads whole, with its rate and its turns",
    arguments: [
      // Lines by `wc -l`, rates by the origin's documentation.
      ("system-identification", 1170, 300.0, -1.860891...3.160746),
      ("energy-shaping", 4000, 200.0, -15.707553...1.954154),
    ])
  func dfki(name: String, lines: Int, rate: Double, range: ClosedRange<Double>) throws {
    guard let path = PackagePaths.recording("simple-pendulum/\(name).csv") else { return }
    let robot = try Robot(contentsOf: PackagePaths.calibration("dfki-simple-pendulum/robot.yaml"))
    let trial = try CSVRecording.read(contentsOf: path, robot: robot).trial
    #expect(trial.samples.count == lines)
    #expect(abs(1 / trial.samplePeriodSeconds - rate) < 0.1)
    let angles = trial.samples.map { $0.positions[0] }
    #expect(angles.min() == range.lowerBound)
    #expect(angles.max() == range.upperBound)
  }

  @Test("The real swing-up stands upright at its end, and its steps join up at the task's period")
  func swingUp() throws {
    guard let path = PackagePaths.recording("simple-pendulum/energy-shaping.csv") else { return }
    let robot = try Robot(contentsOf: PackagePaths.calibration("dfki-simple-pendulum/robot.yaml"))
    let task = try #require(robot.task(named: "swing-up"))
    let trial = try CSVRecording.read(contentsOf: path, robot: robot).trial
    #expect(trial.isSolved(task: task))
    let steps = trial.steps(period: task.periodSeconds)
    // 4000 samples, ten a step.
    #expect(steps.count == 399)
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.nextState == $1.state })
  }
}
