import Robotics
import Supervisor
import Testing

@Suite("How long a robot's actuators were on, and the work that they did")
struct RobotUseTests {
  /// Adds a period of 0.25 s.
  private func record(_ efforts: [Double], _ velocities: [Double], into use: inout RobotUse) {
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 2 * efforts.count)
    defer { values.deallocate() }
    for (index, value) in (efforts + velocities).enumerated() { values[index] = value }
    use.record(
      efforts: UnsafeMutableBufferPointer(rebasing: values[..<efforts.count]),
      velocities: UnsafeMutableBufferPointer(rebasing: values[efforts.count...]),
      elapsedSeconds: 0.25)
  }

  @Test("Braking is work as driving is, of every joint: the sum of |effort × velocity| × time")
  func work() {
    var use = RobotUse()
    record([2, -1], [3, 4], into: &use)
    // (6 + 4) W for 0.25 s.
    #expect(use == RobotUse(armedSeconds: 0.25, energyJoules: 2.5))
    record([2, 0], [-1, 4], into: &use)
    #expect(use == RobotUse(armedSeconds: 0.5, energyJoules: 3))
  }

  @Test("A velocity that is not a number adds no work, but the time that it was on")
  func notANumber() {
    var use = RobotUse()
    record([2, 2], [.nan, 1], into: &use)
    #expect(use == RobotUse(armedSeconds: 0.25, energyJoules: 0.5))
  }

  @Test("Two uses together are as long, and as much work, as both")
  func sum() {
    #expect(
      RobotUse(armedSeconds: 1, energyJoules: 10) + RobotUse(armedSeconds: 2, energyJoules: 20)
        == RobotUse(armedSeconds: 3, energyJoules: 30))
    #expect(RobotUse() == RobotUse(armedSeconds: 0, energyJoules: 0))
  }
}
