import Foundation
import Robotics
import TrialStore

/// A learning run as it might have been: a pendulum swung by random actions, then by policies that
/// get better, the last of which holds it upright.
enum PendulumRun {
  static let robot = Robot(
    name: "pendulum",
    joints: [
      Joint(
        name: "hinge", isContinuous: true,
        limits: JointLimits(velocity: 25, effort: 2.5, brakingDeceleration: 5))
    ],
    tasks: [
      Task(
        name: "swing-up", periodSeconds: 0.1, horizonSeconds: 4, initialState: [0, 0],
        initialStateDeviation: [0, 0],
        reward: Reward(distances: [.unitCircle(joint: 0, targetRadians: .pi)], width: 0.5),
        success: SuccessCriterion(
          conditions: [
            .init(joint: 0, target: .pi, tolerance: 10 * .pi / 180, isContinuous: true)
          ], holdSeconds: 1), velocityScales: [10], positionScales: [1])
    ])

  /// The store of such a run, of six trials; the third stopped by a fault.
  static func makeStore(at path: String) throws -> TrialStore {
    let store = try TrialStore.create(
      at: path,
      experiment: ExperimentRecord(
        robot: robot, robotFileText: "name: pendulum\n# <script>alert(1)</script>\n",
        task: "swing-up", algorithm: "black-drops", settingsJSON: #"{"particles":16}"#, seed: 7,
        handfulVersion: "0.1.0", createdAtUnixSeconds: 1_760_000_000))
    let pumps = [0, 0.2, 1.6, 0.6, 0.9, 1.0]
    for (index, pump) in pumps.enumerated() {
      let samples = swing(pump: pump, until: index == 2 ? 2.6 : 4)
      let number = try store.beginTrial(
        origin: index == 0 ? .random : .policy, seed: 7 + UInt64(index), samplePeriodSeconds: 0.01,
        startedAtUnixSeconds: 1_760_000_000 + 30 * Double(index))
      try store.append(samples: samples, toTrial: number)
      try store.finishTrial(
        number,
        end: index == 2
          ? .fault(code: "velocity-limit", reason: "the hinge turned at 25.3 rad/s, above 25 rad/s")
          : .completed)
      if index < pumps.count - 1 {
        try store.recordEpisode(
          EpisodeRecord(
            number: index + 1, afterTrial: number, seed: 7, policyJSON: "{}", modelJSON: "{}",
            modelSummary: "rate: lengthscales 0.8, 1.1 (cos, sin), 9 rad/s, 3 N m",
            predictedReturn: 0.35 + 0.05 * Double(index), fitSeconds: 0.1, searchSeconds: 2.5))
      }
      try store.recordTiming(
        trial: number, json: #"{"deadlines":400,"roundTrip":{"p99Microseconds":\#(41 + index)}}"#)
    }
    try store.recordEvent(
      EventRecord(
        atUnixSeconds: 1_760_000_062.6, trial: 3, kind: "velocity-limit",
        text: "the hinge turned at 25.3 rad/s, above 25 rad/s"))
    return store
  }

  /// Four seconds of the rod of the published task (m 1 kg, l 1 m, b 0.01 N m s, g 9.82 m/s²),
  /// driven by pumping energy `pump` times as eagerly as needed and catching it at the top; by
  /// switching at fixed times when `pump` is zero.
  static func swing(pump: Double, until end: Double) -> [Sample] {
    var angle = 0.0
    var rate = 0.0
    var action = 0.0
    return (0...Int((end * 100).rounded())).map { tick in
      if tick % 10 == 0 { action = decide(angle, rate, tick: tick, pump: pump) }
      defer {
        for _ in 0..<10 {
          let acceleration = (action - 0.01 * rate - 0.5 * 9.82 * sin(angle)) * 3
          rate += 0.001 * acceleration
          angle += 0.001 * rate
        }
      }
      return Sample(
        tick: tick, robotTimeSeconds: 0.01 * Double(tick),
        hostTimeSeconds: 0.01 * Double(tick) + 0.0004, positions: [angle], velocities: [rate],
        askedAction: [action], sentAction: [action], flags: tick % 10 == 0 ? .decision : [])
    }
  }

  private static func decide(_ angle: Double, _ rate: Double, tick: Int, pump: Double) -> Double {
    if pump == 0 { return [1.1, -2.2, 0.4, 2.3, -0.9, -1.7, 2.0, 0.3][tick / 50 % 8] }
    let toTop = remainder(angle - .pi, 2 * .pi)
    let energy = rate * rate / 6 - 0.5 * 9.82 * (cos(angle) + 1)
    let isCatching = pump == 1 && abs(toTop) < 0.6
    let wanted =
      isCatching
      ? -14 * toTop - 3 * rate : -4 * pump * (energy - 4.91 * (pump - 1) * 2) * (rate < 0 ? -1 : 1)
    return min(2.5, max(-2.5, wanted))
  }
}
