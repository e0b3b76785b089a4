import Foundation
import Robotics
import Testing

@Suite("A reward learnt from samples")
struct LearntRewardTests {
  private let joints: [Joint]

  init() throws { joints = try Robot(yaml: SmallRobot.yaml, file: "small.yaml").joints }

  /// Looks at a cart's position and a pole's angle and rate.
  private let reward = LearntReward(
    features: [
      .value(dimension: 0), .cosine(dimension: 1), .sine(dimension: 1), .value(dimension: 3),
    ],
    lengthscales: [0.3, 0.7, 0.7, 4], offset: 0.1,
    centres: [0.1, -1, 0, 0.5, -0.2, 1, 0, 1 / 3], weights: [0.8, -0.05])

  @Test("is a sum of bells over the samples, on its offset")
  func value() {
    let state = [0.25, 2.5, 0.7, -1.5]
    func bell(_ cart: Double, _ cosine: Double, _ sine: Double, _ rate: Double) -> Double {
      exp(
        -0.5
          * (pow((0.25 - cart) / 0.3, 2) + pow((cos(2.5) - cosine) / 0.7, 2)
            + pow((sin(2.5) - sine) / 0.7, 2) + pow((-1.5 - rate) / 4, 2)))
    }
    let expected = 0.1 + 0.8 * bell(0.1, -1, 0, 0.5) - 0.05 * bell(-0.2, 1, 0, 1 / 3)
    let term = Reward(terms: [.init(.learnt(reward))])
    #expect(abs(term.value(state: state) - expected) < 1e-15)
    #expect(abs(term.value(state: [1e3, 0, 0, 0]) - 0.1) < 1e-15)
  }

  @Test("reads back from a robot's file, bit for bit")
  func roundTrip() throws {
    let yaml = SmallRobot.yaml.replacingOccurrences(
      of: "reward: { width: 0.25 m, tip: upright }",
      with: "reward:\n" + reward.yaml(joints: joints))
    let robot = try Robot(yaml: yaml, file: "small.yaml")
    #expect(robot.tasks.first?.reward == Reward(terms: [.init(.learnt(reward))]))
  }

  @Test(
    "is refused with its place when it makes no sense",
    arguments: [
      ("{ pole_cosine: 0.5 }", "[[1, 2, 3]]", "reward.1.learnt.samples.1: found 3 numbers"),
      ("{ pole_cosin: 0.5 }", "[[1, 2]]", "did you mean 'pole_cosine'?"),
      ("{ pole_velocity: 3 m/s }", "[[1, 2]]", "reward.1.learnt.lengthscales.pole_velocity"),
      ("{ pole_cosine: 0 }", "[[1, 2]]", "above zero"),
      ("{ pole_cosine: 0.5 }", "[[1, .nan]]", "reward.1.learnt.samples.1"),
      ("{ pole_cosine: 0.5 }", "[]", "a row of numbers for each sample"),
    ])
  func refused(lengthscales: String, samples: String, complaint: String) {
    let found = SmallRobot.complaint(
      replacing: "reward: { width: 0.25 m, tip: upright }",
      with: "reward: [{ learnt: { lengthscales: \(lengthscales), samples: \(samples) } }]")
    #expect(found.contains(complaint), "\(found)")
    #expect(found.hasPrefix("small.yaml:33:"))
  }
}

@Suite("Samples of a reward in a CSV file")
struct RewardSampleTests {
  private let joints: [Joint]

  init() throws { joints = try Robot(yaml: SmallRobot.yaml, file: "small.yaml").joints }

  @Test("are the features that there are columns for, whatever the columns' order")
  func features() throws {
    let samples = try RewardSamples(
      csv: "reward,pole_velocity_rad_per_s,note,pole_position_rad\n0.5,2,7,0.3\n1,-1,7,3.1\n",
      file: "s.csv", joints: joints)
    #expect(
      samples.features == [.cosine(dimension: 1), .sine(dimension: 1), .value(dimension: 3)])
    #expect(samples.points == [cos(0.3), sin(0.3), 2, cos(3.1), sin(3.1), -1])
    #expect(samples.rewards == [0.5, 1])
  }

  @Test("are found where a joint's name has a hyphen, as exports write it with `_`")
  func hyphens() throws {
    var joints = joints
    joints[1].name = "left-pole"
    let samples = try RewardSamples(
      csv: "left_pole_position_rad,reward\n0.3,1\n", file: "s.csv", joints: joints)
    #expect(samples.points == [cos(0.3), sin(0.3)])
  }

  @Test(
    "are refused with file, line and remedy",
    arguments: [
      ("pole_position_rad\n1\n", "s.csv:1: no column 'reward'"),
      ("pole_position_deg,reward\n1,1\n", "did you mean 'pole_position_rad'"),
      ("pole_position_rad,reward\n1,nan\n", "s.csv:2: reward: 'nan' is not finite"),
      ("pole_position_rad,reward\n1\n", "s.csv:2: 1 values"),
    ])
  func refused(csv: String, complaint: String) {
    let error = #expect(throws: RecordingError.self) {
      try RewardSamples(csv: csv, file: "s.csv", joints: joints)
    }
    #expect(error.map { "\($0)".contains(complaint) } == true, "\(error.map { "\($0)" } ?? "")")
  }
}
