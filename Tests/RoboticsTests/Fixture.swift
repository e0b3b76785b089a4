import Robotics

/// Trials made by readable code.
enum Fixture {
  /// Samples of a one-joint robot, a period apart.
  static func samples(states: [[Double]], period: Double) -> [Sample] {
    states.enumerated().map { tick, state in
      let seconds = Double(tick) * period
      return Sample(
        tick: tick, robotTimeSeconds: seconds, hostTimeSeconds: seconds, positions: [state[0]],
        velocities: [state[1]], askedAction: [0], sentAction: [0])
    }
  }

  /// A trial at 100 Hz whose policy decides every 10 ticks: in tick `t` the joint is at `t` rad, and
  /// the action sent is the number of the decision, while the policy had asked for ten times that.
  static func countingTrial(ticks: Int) -> Trial {
    let samples = (0..<ticks).map { tick in
      Sample(
        tick: tick, robotTimeSeconds: Double(tick) * 0.01, hostTimeSeconds: Double(tick) * 0.01,
        positions: [Double(tick)], velocities: [-Double(tick)],
        askedAction: [10 * Double(tick / 10)], sentAction: [Double(tick / 10)],
        flags: tick.isMultiple(of: 10) ? .decision : [])
    }
    return Trial(
      number: 1, robot: "counter", task: "count", origin: .policy, seed: 1,
      samplePeriodSeconds: 0.01, startedAtUnixSeconds: 0, end: .completed, samples: samples)
  }
}
