import Robotics
import Supervisor
import Testing

@Suite("Limits of a motor's temperature, current and supply")
struct MotorLimitTests {
  private func bench(
    _ limits: MotorLimits, joints: Int = 1
  ) -> EnvelopeBench {
    var robot = pendulum()
    robot.joints = (0..<joints).map { index in
      var joint = robot.joints[0]
      joint.name = index == 0 ? "shoulder" : "elbow"
      joint.limits.motor = index == joints - 1 ? limits : nil
      return joint
    }
    return EnvelopeBench(robot)
  }

  private let heat = MotorLimits(temperatureCelsius: GradedLimit(soft: 60, hard: 80))
  private let load = MotorLimits(currentAmperes: GradedLimit(soft: 2, hard: 3))
  private let supply = MotorLimits(
    voltageVolts: VoltageLimits(lower: 9, softLower: 10.5, upper: 14))

  /// What becomes of full effort up and down at a velocity.
  private func sent(
    _ limits: MotorLimits, celsius: Double? = nil, amperes: Double? = nil, volts: Double? = nil,
    velocity: Double = 0
  ) -> [Double] {
    let bench = bench(limits)
    let decision = bench.sample(
      [0], [velocity], celsius: celsius.map { [$0] }, amperes: amperes.map { [$0] },
      volts: volts.map { [$0] })
    #expect(decision == .pass)
    return bench.sent([2.5]) + bench.sent([-2.5])
  }

  // MARK: - Temperature

  @Test(
    "Up to the soft temperature all effort passes; half way to the hard one half of it; there none")
  func derating() {
    #expect(sent(heat, celsius: 60) == [2.5, -2.5])
    #expect(sent(heat, celsius: 65) == [1.875, -1.875])
    #expect(sent(heat, celsius: 70) == [1.25, -1.25])
    #expect(sent(heat, celsius: 80) == [0, 0])
  }

  @Test("A motor just past its hard temperature stops the robot; one on it doesn't")
  func hot() {
    #expect(bench(heat).sample([0], [0], celsius: [80]) == .pass)
    #expect(
      bench(heat).sample([0], [0], celsius: [80.001])
        == .stop(.temperatureLimit(joint: 0, celsius: 80.001, limit: 80)))
  }

  /// A fiftieth of the velocity limit, 0.5 rad/s, is moving.
  @Test("What brakes a moving joint is never taken back, however hot its motor")
  func brakingPasses() {
    #expect(sent(heat, celsius: 70, velocity: 0.5) == [1.25, -1.25])
    #expect(sent(heat, celsius: 70, velocity: 0.500001) == [1.25, -2.5])
    #expect(sent(heat, celsius: 70, velocity: -0.5) == [1.25, -1.25])
    #expect(sent(heat, celsius: 70, velocity: -0.500001) == [2.5, -1.25])
  }

  @Test("A limit without a soft part gives way nowhere before it stops")
  func hardOnly() {
    let limits = MotorLimits(temperatureCelsius: GradedLimit(soft: 80, hard: 80))
    #expect(sent(limits, celsius: 80) == [2.5, -2.5])
    let steep = MotorLimits(voltageVolts: VoltageLimits(lower: 9, softLower: 9, upper: 14))
    #expect(sent(steep, volts: 9) == [2.5, -2.5])
  }

  @Test("Of several rules the strictest holds, and what it takes back is counted as its")
  func strictest() {
    var limits = heat
    limits.currentAmperes = load.currentAmperes
    limits.voltageVolts = supply.voltageVolts
    // What is left of the effort: the lesser of two fractions, in either order of the rules.
    for (celsius, amperes, volts, left, rule) in [
      (70.0, 2.25, 12.0, 1.25, "temperature"), (65, 2.5, 12, 1.25, "current"),
      (65, 2.25, 9.375, 0.625, "voltage"),
    ] {
      let bench = bench(limits)
      #expect(
        bench.sample([0], [0], celsius: [celsius], amperes: [amperes], volts: [volts]) == .pass)
      #expect(bench.sent([2.5]) == [left])
      #expect(bench.sent([-2.5]) == [-left])
      #expect(bench.clamps.map(\.rule) == [rule])
      #expect(bench.clamps.map(\.count) == [2])
    }
    // A motor that may do half lets nothing through where a soft limit lets nothing.
    var robot = pendulum()
    robot.joints[0].limits.motor = heat
    robot.joints[0].limits.softPositionLower = -0.5
    robot.joints[0].limits.softPositionUpper = 0.5
    for sign in [1.0, -1] {
      let bench = EnvelopeBench(robot)
      #expect(bench.sample([sign * 0.6], [0], celsius: [70]) == .pass)
      #expect(bench.sent([sign * 2]) == [0])
      #expect(bench.sent([sign * -2]) == [sign * -1.25])
    }
  }

  // MARK: - Current

  @Test("A current counts either way")
  func current() {
    #expect(sent(load, amperes: 2) == [2.5, -2.5])
    #expect(sent(load, amperes: -2) == [2.5, -2.5])
    #expect(sent(load, amperes: 2.5) == [1.25, -1.25])
    #expect(sent(load, amperes: -2.5) == [1.25, -1.25])
    #expect(bench(load).sample([0], [0], amperes: [3]) == .pass)
    #expect(bench(load).sample([0], [0], amperes: [-3]) == .pass)
    for amperes in [3.001, -3.001] {
      #expect(
        bench(load).sample([0], [0], amperes: [amperes])
          == .stop(.currentLimit(joint: 0, amperes: amperes, limit: 3)))
    }
  }

  // MARK: - Voltage

  @Test("A supply that dips takes effort back; outside its voltages the robot stops")
  func voltage() {
    #expect(sent(supply, volts: 14) == [2.5, -2.5])
    #expect(sent(supply, volts: 10.5) == [2.5, -2.5])
    #expect(sent(supply, volts: 10.125) == [1.875, -1.875])
    #expect(sent(supply, volts: 9.75) == [1.25, -1.25])
    #expect(sent(supply, volts: 9) == [0, 0])
    #expect(
      bench(supply).sample([0], [0], volts: [8.999])
        == .stop(.voltageLimit(joint: 0, volts: 8.999, limit: 9)))
    #expect(
      bench(supply).sample([0], [0], volts: [14.001])
        == .stop(.voltageLimit(joint: 0, volts: 14.001, limit: 14)))
  }

  // MARK: - Readings that stay away

  @Test("A sample without a reading keeps the one before, for a second at most")
  func staysAway() {
    let kinds: [(MotorLimits, MotorReading)] = [
      (heat, .temperature), (load, .current), (supply, .voltage),
    ]
    for (limits, what) in kinds {
      let bench = bench(limits)
      #expect(bench.sample([0], [0], celsius: [70], amperes: [2.5], volts: [9.75]) == .pass)
      #expect(bench.sample([0], [0], celsius: [.nan], elapsed: 1) == .pass)
      #expect(bench.sent([2.5]) == [1.25], "\(what)")
      guard
        case .stop(.readingMissing(0, what, let seconds)) = bench.sample(
          [0], [0], celsius: [.nan], elapsed: 0.25)
      else {
        Issue.record("\(what) stayed away unnoticed")
        continue
      }
      #expect(seconds == 1.25)
      // It counts from the last one that came.
      #expect(bench.sample([0], [0], celsius: [30], amperes: [0], volts: [12]) == .pass)
      #expect(bench.sample([0], [0], celsius: [.nan], elapsed: 1) == .pass)
    }
  }

  @Test("A motor without a limit is read without harm, and a link without readings is never asked")
  func nothing() {
    let bench = bench(MotorLimits())
    for _ in 0..<5 { #expect(bench.sample([0], [0], celsius: [500], elapsed: 1) == .pass) }
    #expect(bench.sent([2.5]) == [2.5])
    let silent = self.bench(heat)
    for _ in 0..<5 { #expect(silent.sample([0], [0], elapsed: 1) == .pass) }
  }

  @Test("The joint that is named is the one concerned")
  func secondJoint() {
    let bench = bench(heat, joints: 2)
    #expect(
      bench.sample([0, 0], [0, 0], celsius: [500, 90])
        == .stop(.temperatureLimit(joint: 1, celsius: 90, limit: 80)))
    #expect(bench.sent([2.5, 2.5]) == [2.5, 0])
  }

  @Test("Of two hot motors the first is named")
  func first() {
    var robot = pendulum()
    robot.joints[0].limits.motor = heat
    robot.joints.append(robot.joints[0])
    #expect(
      EnvelopeBench(robot).sample([0, 0], [0, 0], celsius: [81, 82])
        == .stop(.temperatureLimit(joint: 0, celsius: 81, limit: 80)))
  }

  // MARK: - Margins

  @Test("The margins tell the extremes of every reading with its limit")
  func margins() {
    var limits = heat
    limits.currentAmperes = load.currentAmperes
    limits.voltageVolts = supply.voltageVolts
    let bench = bench(limits)
    bench.sample([0], [0], celsius: [50], amperes: [-1], volts: [12])
    bench.sample([0], [0], celsius: [40], amperes: [0.5], volts: [11])
    bench.sample([0], [0], celsius: [45], amperes: [0.5], volts: [13])
    let margins = bench.jointMargins[0]
    #expect(margins.temperature == [50, 80])
    #expect(margins.current == [1, 3])
    #expect(margins.voltage == [11, 13, 9, 14])
    #expect(
      margins.sentence.hasSuffix(
        "motor 50 of 80 degC (62 %), current 1 of 3 A (33 %), supply 11 to 13 V within 9 to 14 V"))
    bench.resetMargins()
    #expect(bench.jointMargins[0].temperature == nil)
    #expect(bench.jointMargins[0].current == nil && bench.jointMargins[0].voltage == nil)
  }
}
