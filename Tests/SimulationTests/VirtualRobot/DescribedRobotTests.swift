import FirmwareProtocol
import Foundation
import Robotics
import Simulation
import Testing

/// The robots that the repository describes, as virtual ones.
@Suite("Described robots")
struct DescribedRobotTests {
  /// The robot files under `calibration/`.
  static let files: [String] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "calibration")
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return folders.sorted().map { root.appending(path: "\($0)/robot.yaml").path }
      .filter { FileManager.default.fileExists(atPath: $0) }
  }()

  @Test("There are described robots")
  func areThere() { #expect(Self.files.count >= 4) }

  @Test(
    "A described robot's limits suit its firmware, which arms and moves by command",
    arguments: files)
  func moves(_ file: String) throws {
    let robot = try Robot(contentsOf: file)
    try #require(robot.virtualRobot != nil)
    let host = try DirectHost(robot)
    let limits = FirmwareLimits(
      watchdogMilliseconds: UInt16((robot.link.watchdogSeconds * 1000).rounded()),
      joints: robot.joints.map {
        .init(
          positionLower: Float($0.limits.positionLower),
          positionUpper: Float($0.limits.positionUpper), velocity: Float($0.limits.velocity),
          effort: Float($0.limits.effort))
      })
    host.begin(limits: limits)
    try host.run(steps: 3 * host.robot.stepsPerPeriod)
    #expect(host.states.count == 3 && host.robot.logic.mode == .disarmed)
    let rest = host.robot.plantState
    host.send(.arm(bootCounter: host.robot.logic.bootCounter))
    let efforts = robot.joints.map { $0.isActuated ? Float(0.3 * $0.limits.effort) : 0 }
    try host.run(steps: 20 * host.robot.stepsPerPeriod, efforts: efforts)
    #expect(host.states.count == 23 && host.states.last?.mode == .armed)
    #expect(host.states.last?.joints.map(\.effort) == efforts)
    #expect(greatestDifference(host.robot.plantState, rest) > 0.03)
  }

  @Test(
    "A described prior names a plant or a MuJoCo model, and only parameters that it has",
    arguments: files)
  func priors(_ file: String) throws {
    let prior = try #require(try Robot(contentsOf: file).prior)
    if let model = prior.mujoco {
      #expect(throws: Never.self) {
        try MuJoCoPrior(
          file: model, parameterNames: prior.parameters.map(\.name),
          stepSeconds: prior.stepSeconds, section: "prior")
      }
      return
    }
    let model = try PlantPrior(plantName: prior.model, stepSeconds: prior.stepSeconds)
    for parameter in prior.parameters {
      let known = model.plant.parameters.first { $0.name == parameter.name }
      #expect(known != nil, "\(parameter.name) is no parameter of \(prior.model)")
      #expect(known?.unit == parameter.unit)
    }
  }
}
