import HardwareIO
import Robotics
import Supervisor
import Testing

@Suite("A joint that can't stand where it says it does")
struct PowerUpRangeTests {
  private func connect(
    _ robot: Robot, position: Double, glitchAt: Set<UInt32> = []
  ) throws -> RobotDouble {
    let double = RobotDouble(robot: robot, position: position)
    double.faults.blocksHome = true
    double.faults.glitchAt = glitchAt
    let supervised = try SupervisedRobot(link: double, robot: robot, stopSwitch: StopSwitch())
    defer { #expect(double.armedAt.isEmpty) }
    try supervised.connect()
    return double
  }

  private func complaint(_ robot: Robot, position: Double) -> String {
    do {
      _ = try connect(robot, position: position)
      return "nothing"
    } catch {
      return "\(error)"
    }
  }

  private var limited: Robot { pendulum(isContinuous: false, range: -1...1, velocityLimit: 1) }

  @Test("Powered up past its range, it is refused at the check, by name and with what to do")
  func pastRange() {
    #expect(
      complaint(limited, position: 1.25)
        == "Joint 'shoulder' is at 1.25 rad, outside its limits of -1.0 to 1.0 rad: move it back by "
        + "hand with the robot off; if it stands where it should, its encoder's zero is wrong.")
    #expect(complaint(limited, position: -1.25).contains("at -1.25 rad"))
    #expect(complaint(limited, position: 1) == "nothing")
  }

  @Test(
    "With an encoder's offset at its numeric limit, even a joint that turns without end is refused")
  func numericLimit() {
    // Between 16384 and 32768, 32-bit numbers are 1/512 apart.
    #expect(complaint(pendulum(), position: 20_000).contains("offset is wrong"))
    #expect(complaint(pendulum(), position: 2_147_483_648).contains("offset is wrong"))
    #expect(complaint(pendulum(), position: 600) == "nothing")
  }

  @Test("A sensor that gives no number is refused")
  func notANumber() {
    #expect(complaint(pendulum(), position: .nan).contains("wiring"))
  }

  @Test("One glitch at the check is forgiven, for the next sample says otherwise")
  func glitch() throws {
    _ = try connect(limited, position: 0, glitchAt: [1])
    #expect(throws: SupervisorError.self) { try connect(limited, position: 0, glitchAt: [1, 2]) }
  }
}
