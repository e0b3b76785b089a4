import Robotics

extension Robot {
  /// How many steps of a model of the dynamics make a period of a task, unless a prior explains nearly all: 5
  /// where links of a chain are each measured from hanging, 1 elsewhere.
  ///
  /// A link that hangs on another, as a pendubot's does, turns by half a radian and more in a period.
  /// What its velocity changes by in so long a time is a rougher function of the state than its acceleration
  /// is, and takes several times the trials to learn (`Benchmarks/RESULTS.md`). Samples must come often
  /// enough for a model of a fifth of a period, and efforts act within the period that they were decided in.
  public func substeps(in task: Task) -> Int {
    let samples = Int((task.periodSeconds / link.controlPeriodSeconds).rounded())
    let isDivisible = samples > 0 && samples.isMultiple(of: Substeps.count)
    guard !task.neighbours.isEmpty, isDivisible, previousActions(in: task) == 0 else { return 1 }
    return Substeps.count
  }
}

/// Where a model of a part of a period finds its data.
enum Substeps {
  /// The parts of a period.
  static let count = 5
  /// The parts in its middle over which a change of velocity is measured: over one alone, the noise of
  /// velocities would be three times as much of it; over all, the acceleration's own change would show.
  static let measured = 3
  /// The parts before those.
  static var before: Int { (count - measured) / 2 }

  /// The share of the parts in which a change is measured that the effort before still acts in.
  ///
  /// - Parameter late: The share of the whole period that it acts in.
  static func lateShare(ofPeriod late: Double) -> Double {
    min(1, max(0, (late * Double(count) - Double(before)) / Double(measured)))
  }
}

extension GaussianProcessDynamics {
  /// How many of its steps make a period, in seconds.
  func substeps(periodSeconds: Double) -> Int {
    max(1, Int((periodSeconds / self.periodSeconds).rounded()))
  }

  /// The same as a model of a whole period.
  func stepped(periodSeconds: Double) -> SubsteppedDynamics<GaussianProcessDynamics> {
    SubsteppedDynamics(
      inner: self, count: substeps(periodSeconds: periodSeconds),
      substepSeconds: self.periodSeconds)
  }
}

extension Trial {
  /// What the middle fifth of a period changes, measured over the middle three: a step of a model of a
  /// fifth of a period.
  ///
  /// - Parameters:
  ///   - placed: A step of the whole period.
  ///   - action: The mean effort that acted in those.
  ///   - state: The state at a sample, by its place.
  /// - Returns: Nil when a sample that it would need was lost, or no sample is where it would begin.
  func middle(
    of placed: PlacedStep, action: [Double], state: (_ sample: Int) -> [Double]
  ) -> Step? {
    let begin = samples[placed.first].tick
    let span = samples[placed.last].tick - begin
    guard span.isMultiple(of: Substeps.count) else { return nil }
    let middle = Substeps.count / 2
    let places = [
      Substeps.before, middle, middle + 1, Substeps.before + Substeps.measured,
    ].map { part in
      (placed.first...placed.last).first {
        samples[$0].tick == begin + span * part / Substeps.count
      }
    }
    guard let before = places[0], let first = places[1], let last = places[2],
      let after = places[3]
    else { return nil }
    var step = Step(state: state(first), action: action, nextState: state(last))
    let (start, end) = (state(before), state(after))
    let joints = step.state.count / 2
    for d in joints..<(2 * joints) {
      step.nextState[d] = step.state[d] + (end[d] - start[d]) / Double(Substeps.measured)
    }
    return step
  }
}
