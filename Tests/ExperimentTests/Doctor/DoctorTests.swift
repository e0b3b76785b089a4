import Experiment
import Foundation
import HardwareIO
import Robotics
import Supervisor
import Synchronization
import Testing

@Suite("What the doctor finds", .serialized)
struct DoctorTests {
  private func pendulum() throws -> Robot {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try Robot(
      contentsOf: package.appendingPathComponent("calibration/pendulum/robot.yaml").path)
  }

  private func examine(
    _ robot: Robot, port: String, stopSwitch: StopSwitch = StopSwitch()
  ) throws -> Diagnosis {
    try Doctor(robot: robot, robotFile: "", executable: "", seconds: 0.4)
      .examine(port: port, stopSwitch: stopSwitch)
  }

  private func finding(_ check: Finding.Check, _ diagnosis: Diagnosis) throws -> Finding {
    try #require(diagnosis.findings.first { $0.check == check })
  }

  @Test("A sound robot passes every check, each made once")
  func sound() throws {
    let robot = try pendulum()
    let double = try DoubledRobot(robot)
    defer { double.end() }
    let diagnosis = try examine(robot, port: double.path)
    #expect(
      diagnosis.findings.map(\.check).sorted { $0.rawValue < $1.rawValue }
        == Finding.Check.allCases.sorted { $0.rawValue < $1.rawValue })
    for check in [Finding.Check.port, .robot, .limits, .watchdog, .emergencyStop] {
      let finding = try finding(check, diagnosis)
      #expect(finding.verdict == .healthy, "\(finding)")
      #expect(finding.remedy == nil)
    }
    let watchdog = try finding(.watchdog, diagnosis)
    let armed = try #require(watchdog.measurements["armedSeconds"])
    #expect(armed > 0.08 && armed <= 0.111)
    let echoes = try #require(try finding(.echo, diagnosis).echoes)
    #expect(echoes.map(\.rateHertz) == [100, 200, 500])
    for echo in echoes {
      let counted = echo.measurement.histogram.reduce(0) { $0 + $1.count }
      #expect(counted == echo.measurement.roundTrip.count)
      #expect(counted + echo.measurement.lost == Int(0.4 * echo.rateHertz))
    }
  }

  @Test("A robot that stays armed when its host falls silent is not fit for a trial")
  func noWatchdog() throws {
    let robot = try pendulum()
    let double = try DoubledRobot(robot, defect: .noWatchdog)
    defer { double.end() }
    let diagnosis = try examine(robot, port: double.path)
    #expect(!diagnosis.isHealthy)
    let watchdog = try finding(.watchdog, diagnosis)
    #expect(watchdog.verdict == .failed)
    #expect(watchdog.summary.contains("stayed armed"))
    #expect(try #require(watchdog.remedy).contains("Do not run a trial"))
    // It was turned off by message, so the emergency stop could be tried, and works.
    #expect(try finding(.emergencyStop, diagnosis).verdict == .healthy)
  }

  @Test("Asked to, the doctor waits for a hand on the robot's own stop button and tries it")
  func stopButton() throws {
    let robot = try pendulum()
    let double = try DoubledRobot(robot)
    defer { double.end() }
    let requests = Mutex<[StopButtonRequest]>([])
    let diagnosis = try Doctor(
      robot: robot, robotFile: "", executable: "", seconds: 0.4, stopButtonSeconds: 10
    ).examine(
      port: double.path, stopSwitch: StopSwitch(),
      ask: { request in
        requests.withLock { $0.append(request) }
        double.isStopButtonPressed.store(request == .press, ordering: .releasing)
      })
    let found = try finding(.stopButton, diagnosis)
    #expect(found.verdict == .healthy, "\(found)")
    #expect(try #require(found.measurements["pressedSeconds"]) < 5)
    #expect(requests.withLock { $0 } == [.press, .release])
  }

  @Test("A stop button that nobody presses, or the firmware doesn't see, fails its check")
  func deadButton() throws {
    let robot = try pendulum()
    let double = try DoubledRobot(robot)
    defer { double.end() }
    let diagnosis = try Doctor(
      robot: robot, robotFile: "", executable: "", seconds: 0.4, stopButtonSeconds: 0.3
    ).examine(port: double.path, stopSwitch: StopSwitch())
    #expect(!diagnosis.isHealthy)
    #expect(try finding(.stopButton, diagnosis).summary.contains("not pressed"))
  }

  @Test("A link that loses samples is named with what to do")
  func lossy() throws {
    let robot = try pendulum()
    let double = try DoubledRobot(robot, defect: .lossy)
    defer { double.end() }
    let diagnosis = try examine(robot, port: double.path)
    let samples = try finding(.samples, diagnosis)
    #expect(samples.verdict == .failed)
    #expect(try #require(samples.measurements["lost"]) > 2)
    #expect(try #require(samples.remedy).contains("cable"))
  }

  @Test("Another robot than the file's is refused, and nothing is armed")
  func wrongRobot() throws {
    let robot = try pendulum()
    var other = robot
    other.name = "anvil"
    let double = try DoubledRobot(other)
    defer { double.end() }
    let diagnosis = try examine(robot, port: double.path)
    #expect(!diagnosis.isHealthy)
    let found = try finding(.robot, diagnosis)
    #expect(found.verdict == .failed && found.summary.contains("anvil"))
    for check in [Finding.Check.limits, .echo, .watchdog, .emergencyStop] {
      #expect(try finding(check, diagnosis).verdict == .skipped)
    }
  }

  @Test("A firmware that can't enforce the file's limits fails that check by name")
  func limits() throws {
    let robot = try pendulum()
    var strong = robot
    strong.joints[0].limits.effort = 9
    let double = try DoubledRobot(robot)
    defer { double.end() }
    let diagnosis = try examine(strong, port: double.path)
    #expect(!diagnosis.isHealthy)
    let failed = diagnosis.findings.filter { $0.verdict == .failed }
    #expect(failed.map(\.check) == [.limits] || failed.map(\.check) == [.robot], "\(failed)")
    #expect(
      failed.first?.summary.contains("limit") == true
        || failed.first?.summary.contains("effort") == true)
  }

  @Test("A port that another program has is a finding; one that isn't there is bad input")
  func ports() throws {
    let robot = try pendulum()
    let double = try DoubledRobot(robot)
    defer { double.end() }
    let holder = try SerialPort(path: double.path, options: SerialPort.Options(baud: 460_800))
    let diagnosis = try examine(robot, port: double.path)
    #expect(!diagnosis.isHealthy)
    #expect(try finding(.port, diagnosis).summary.contains("in use"))
    holder.close()
    #expect(throws: LinkError.noSuchPort(path: "/dev/ttyHANDFUL9")) {
      try examine(robot, port: "/dev/ttyHANDFUL9")
    }
  }

  @Test("Pressed before it begins, the operator's switch keeps the robot from being armed")
  func pressed() throws {
    let robot = try pendulum()
    let double = try DoubledRobot(robot)
    defer { double.end() }
    let stopSwitch = StopSwitch()
    stopSwitch.press(.stop)
    let diagnosis = try examine(robot, port: double.path, stopSwitch: stopSwitch)
    #expect(!diagnosis.isHealthy)
    #expect(try finding(.watchdog, diagnosis).measurements["armedSeconds"] == nil)
  }
}
