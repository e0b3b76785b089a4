import Experiment
import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

@Suite("Priors by name, and what they foretell")
struct PriorModelsTests {
  /// A pendulum that swings from a push, sampled at 100 Hz, with encoder noise.
  private func trial(_ robot: Robot, number: Int, seed: UInt64) throws -> Trial {
    let plant = try PlantPrior(plantName: "pendulum", stepSeconds: 0.001)
    let truth: [String: Double] = [
      "mass": 1, "length": 1, "damping": 0.01, "friction": 0, "gravity": 9.82,
    ]
    let parameters = plant.parameterNames.map { truth[$0] ?? 0 }
    var state = [0.3, 0]
    var random = RandomStream(seed: seed)
    var samples: [Sample] = []
    var action = [0.0]
    for tick in 0...400 {
      if tick % 20 == 0 { action[0] = random.nextUniform(in: -2, 2) }
      samples.append(
        Sample(
          tick: tick, robotTimeSeconds: 0.01 * Double(tick), hostTimeSeconds: 0.01 * Double(tick),
          positions: [state[0] + 0.0005 * random.nextGaussian()], velocities: [state[1]],
          askedAction: action, sentAction: action, flags: tick % 10 == 0 ? .decision : []))
      plant.advance(
        count: 1, stride: 1, states: state, actions: action, parameters: parameters,
        periodSeconds: 0.01, next: &state)
    }
    return Trial(
      number: number, robot: robot.name, task: "swing-up", origin: .imported, seed: seed,
      samplePeriodSeconds: 0.01, startedAtUnixSeconds: 0, end: .completed, samples: samples)
  }

  private static func calibration(_ path: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("calibration/" + path).path
  }

  private func robot(_ name: String = "pendulum") throws -> Robot {
    try Robot(contentsOf: Self.calibration(name + "/robot.yaml"))
  }

  @Test("A parameter that its model doesn't have, or one that is missing, is named")
  func parameters() throws {
    var description = try #require(try robot().prior)
    description.parameters[0].name = "weight"
    #expect(
      throws: ExperimentError.priorParameters(
        model: "pendulum", missing: ["mass"], unknown: ["weight"])
    ) { _ = try PriorModels.model(for: description) }
  }

  @Test(
    "The MuJoCo arm's quick prior is its own in longer steps, and foretells a period like it")
  func quickPrior() throws {
    let robot = try robot("planar-arm-2-mujoco")
    let own = try #require(robot.prior)
    let quick = try #require(
      try PriorFile.prior(
        contentsOf: Self.calibration("planar-arm-2-mujoco/priors/quick.yaml"), for: robot))
    let files = try [own, quick].map { try #require($0.mujoco).path }
    for file in files {
      #expect(
        URL(fileURLWithPath: file).standardized.path
          == Self.calibration("planar-arm-2-mujoco/arm.xml"))
    }
    var alike = quick
    alike.mujoco = own.mujoco
    alike.stepSeconds = own.stepSeconds
    #expect(alike == own)
    #expect(quick.stepSeconds == 0.01)

    let models = try [own, quick].map { try PriorModels.model(for: $0) }
    let parameters = own.parameters.map(\.nominal)
    var random = RandomStream(seed: 12)
    let count = 100
    let states =
      (0..<(2 * count)).map { _ in random.nextUniform(in: -3, 3) }
      + (0..<(2 * count)).map { _ in random.nextUniform(in: -2, 2) }
    let actions = robot.actionLimits.flatMap { limit in
      (0..<count).map { _ in random.nextUniform(in: -limit, limit) }
    }
    let ends = models.map { model in
      var next = states
      model.advance(
        count: count, stride: count, states: states, actions: actions, parameters: parameters,
        periodSeconds: 0.1, next: &next)
      return next
    }
    func error(_ dimensions: Range<Int>) -> Double {
      let entries = (dimensions.lowerBound * count)..<(dimensions.upperBound * count)
      let squares = entries.map { (ends[1][$0] - ends[0][$0]) * (ends[1][$0] - ends[0][$0]) }
      return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    }
    let (position, velocity) = (error(0..<2), error(2..<4))
    print("beside its own prior: \(position) rad, \(velocity) rad/s after 0.1 s")
    #expect(position > 0 && position < 0.005)
    #expect(velocity > 0 && velocity < 0.05)
  }

  @Test(
    "A right prior foretells a trial; a wrong one does worse; GP-MI mends it from another trial")
  func predictors() throws {
    var robot = try robot()
    let mass = try #require(robot.prior?.parameters.firstIndex { $0.name == "mass" })
    robot.prior?.parameters[mass].nominal = 1.5
    var right = try #require(robot.prior)
    right.parameters[mass].nominal = 1
    let study = ReplayStudy(
      robot: robot, calibrated: nil, settings: PredictionSettings(periodSeconds: 0.1), seed: 1,
      threads: 2)
    let informed = ReplayStudy(
      robot: robot, calibrated: .init(name: "right", description: right),
      settings: PredictionSettings(periodSeconds: 0.1), seed: 1,
      threads: 2)
    let tested = try trial(robot, number: 2, seed: 2)
    let training = [try trial(robot, number: 1, seed: 1)]
    func median(_ rows: [ReplayStudy.Row], _ predictor: ReplayStudy.Predictor) throws -> Double {
      try #require(rows.first { $0.predictor == predictor }).report.openLoop.median
    }
    let rows = try study.judge(tested: tested, training: training).rows
    let calibrated = try informed.judge(tested: tested, training: []).rows
    #expect(calibrated.map(\.predictor) == [.nominalPrior, .calibratedPrior])
    let wrong = try median(rows, .nominalPrior)
    let known = try median(calibrated, .calibratedPrior)
    let learnt = try median(rows, .gpMI)
    #expect(known < 0.005, "\(known) rad")
    #expect(wrong > 5 * known, "\(wrong) rad")
    #expect(learnt < 0.3 * wrong, "\(learnt) rad against \(wrong) rad")
    #expect(try #require(rows.first { $0.predictor == .gpMI }).learntFrom == [1])
  }

  @Test(
    "A replay says of every learnt model that it is approximate when it learnt from too many steps")
  func approximations() throws {
    let robot = try robot()
    let tested = try trial(robot, number: 2, seed: 2)
    let training = [try trial(robot, number: 1, seed: 1)]
    func rows(mostPoints: Int) throws -> [ReplayStudy.Row] {
      try ReplayStudy(
        robot: robot, calibrated: nil, settings: PredictionSettings(periodSeconds: 0.1),
        model: GaussianProcessSettings(maximumPointCount: mostPoints), seed: 1, threads: 2
      ).judge(tested: tested, training: training).rows
    }
    for row in try rows(mostPoints: 20) {
      switch row.predictor {
      case .gpMI:
        // Learnt over windows, of which as many as a process takes are looked at.
        let sentence = try #require(row.approximations.first)
        #expect(sentence.hasPrefix("The model looks at 20 of the logged steps"), "\(sentence)")
      case .gaussianProcess:
        let sentence = try #require(row.approximations.first)
        #expect(
          sentence.hasPrefix(
            "The model of \(robot.joints[0].name) velocity change is approximate: "))
        #expect(sentence.contains("points stand for all steps and leave"))
      default: #expect(row.approximations.isEmpty)
      }
    }
    #expect(try rows(mostPoints: 1000).allSatisfy { $0.approximations.isEmpty })
  }
}
