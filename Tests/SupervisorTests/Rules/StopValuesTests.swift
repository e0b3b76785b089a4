import Robotics
import Supervisor
import Testing

@Suite("The values that led to a stop, for programs")
struct StopValuesTests {
  @Test("Every reason has its code, and those with values have joint, value, limit and unit")
  func values() {
    let robot = pendulum(isContinuous: false)
    func values(_ reason: StopReason) -> [String] {
      let values = StopValues(reason, robot: robot)
      #expect(values.code == reason.code)
      return [
        values.joint ?? "", values.value.map { "\($0)" } ?? "",
        values.limit.map { "\($0)" } ?? "", values.unit ?? "",
      ]
    }
    let cases: [(StopReason, [String])] = [
      (.velocityLimit(joint: 0, value: 26, limit: 25), ["shoulder", "26.0", "25.0", "rad/s"]),
      (
        .brakingDistance(joint: 0, position: 1, stoppingPoint: 2.5, limit: 2),
        ["shoulder", "2.5", "2.0", "rad"]
      ),
      (.nonFiniteAction(joint: 0), ["shoulder", "", "", ""]),
      (
        .implausibleSensor(joint: 0, position: 9, expected: 1), ["shoulder", "9.0", "1.0", "rad"]
      ),
      (.stuckSensor(joint: 0, position: 1, seconds: 0.1), ["shoulder", "1.0", "", "rad"]),
      (
        .temperatureLimit(joint: 0, celsius: 81, limit: 80), ["shoulder", "81.0", "80.0", "degC"]
      ),
      (.currentLimit(joint: 0, amperes: 4, limit: 3), ["shoulder", "4.0", "3.0", "A"]),
      (.voltageLimit(joint: 0, volts: 8, limit: 9), ["shoulder", "8.0", "9.0", "V"]),
      (.readingMissing(joint: 0, what: .current, seconds: 2), ["shoulder", "2.0", "1.0", "s"]),
      (.tipBox(axis: .x, metres: 0.9, limit: 0.8), ["", "0.9", "0.8", "m"]),
      (.energyLimit(joules: 31, limit: 30), ["", "31.0", "30.0", "J"]),
      (.staleSample(ageSeconds: 0.06, limitSeconds: 0.05), ["", "0.06", "0.05", "s"]),
      (.samplesLost(count: 5, budget: 4), ["", "5.0", "4.0", "samples"]),
      (
        .resetFailed(seconds: 20, joint: 0, position: 1, velocity: 0),
        ["shoulder", "1.0", "0.0", "rad"]
      ),
      (.notConfirmed(seconds: 30), ["", "30.0", "20.0", "s"]),
      (.deadManReleased(windowSeconds: 0.5), ["", "", "0.5", "s"]),
      (.firmwareFault(code: 7), ["", "7.0", "", ""]),
      (.rebooted, ["", "", "", ""]), (.emergencyStop, ["", "", "", ""]),
    ]
    for (reason, expected) in cases { #expect(values(reason) == expected, "\(reason)") }
  }

  @Test("Every rule that clamps has a name of its own")
  func rules() {
    let codes = ClampRule.allCases.map(\.code)
    #expect(Set(codes).count == codes.count)
    #expect(codes.allSatisfy { !$0.isEmpty && !$0.contains(" ") })
  }
}
