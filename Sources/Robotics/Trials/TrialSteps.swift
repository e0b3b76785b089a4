extension Trial {
  /// The steps of a trial at a task's period: what a model of the dynamics learns from.
  ///
  /// Steps begin at whole multiples of the period since the trial began, where the policy decides, and
  /// end a period later; a step's action is what was sent in between. When the sent action changed
  /// within the step (the safety envelope stepped in, or an imported recording runs faster than the
  /// task decides), it is the mean over the step: the held action with the same impulse.
  ///
  /// Nothing is invented: a step is left out when the sample at its beginning or end was lost or was
  /// a glitch, when a number in it isn't finite, or when the samples' own clock says that it lasted
  /// more than half a sample period more or less than `period`. A trial that ended in a fault gives
  /// its steps up to the fault, as its samples end there.
  ///
  /// - Parameter period: The task's period in seconds; a whole number of sample periods to within
  ///   half of one over the step.
  public func steps(period: Double) -> [Step] { placedSteps(period: period).map(\.step) }

  /// A step and the samples at its ends.
  public struct PlacedStep: Sendable, Equatable {
    /// The place in ``samples`` of the sample at its beginning.
    public var first: Int
    /// The place of the one at its end.
    public var last: Int
    /// The step.
    public var step: Step
  }

  /// The steps of ``steps(period:)``, with their places.
  public func placedSteps(period: Double) -> [PlacedStep] {
    precondition(period > 0 && samplePeriodSeconds > 0, "a period is a time above zero")
    let span = max(1, Int((period / samplePeriodSeconds).rounded()))
    var steps: [PlacedStep] = []
    steps.reserveCapacity(samples.count / span)
    var index = 0
    while index < samples.count {
      let start = samples[index]
      guard start.tick.isMultiple(of: span) else {
        index += 1
        continue
      }
      let endTick = start.tick + span
      var end = index + 1
      while end < samples.count && samples[end].tick < endTick { end += 1 }
      if end < samples.count, samples[end].tick == endTick,
        let step = step(from: index, to: end, period: period)
      {
        steps.append(PlacedStep(first: index, last: end, step: step))
      }
      index = end
    }
    return steps
  }

  /// The action that was held over the period which ended so many periods ago, less one (N m or N):
  /// `periods: 1` is the one before the action decided on at `sample`. Zero before the trial began.
  ///
  /// - Parameters:
  ///   - periods: How many periods to go back.
  ///   - sample: The place in ``samples`` of the sample to go back from.
  ///   - period: The period, in seconds.
  public func action(periods: Int, before sample: Int, period: Double) -> [Double] {
    let span = max(1, Int((period / samplePeriodSeconds).rounded()))
    let startTick = samples[sample].tick - periods * span
    guard startTick >= samples[0].tick else { return samples[sample].sentAction.map { _ in 0 } }
    var start = sample
    while start > 0 && samples[start].tick > startTick { start -= 1 }
    var end = start + 1
    while end < sample && samples[end].tick < startTick + span { end += 1 }
    return heldAction(from: start, to: end)
  }

  /// The step between two samples, when both were measured and everything in it is finite.
  private func step(from start: Int, to end: Int, period: Double) -> Step? {
    let first = samples[start]
    let last = samples[end]
    let duration = last.robotTimeSeconds - first.robotTimeSeconds
    guard !first.flags.contains(.glitch), !last.flags.contains(.glitch),
      abs(duration - period) <= 0.5 * samplePeriodSeconds
    else { return nil }
    let action = heldAction(from: start, to: end)
    let step = Step(state: first.state, action: action, nextState: last.state)
    let isFinite = [step.state, step.action, step.nextState].allSatisfy {
      $0.allSatisfy(\.isFinite)
    }
    return isFinite ? step : nil
  }

  /// The action sent from `start` until `end`: itself when it was held, else its mean over time.
  private func heldAction(from start: Int, to end: Int) -> [Double] {
    let first = samples[start].sentAction
    if samples[start..<end].allSatisfy({ $0.sentAction == first }) { return first }
    var impulse = [Double](repeating: 0, count: first.count)
    for index in start..<end {
      let ticks = Double(samples[index + 1].tick - samples[index].tick)
      for dimension in first.indices {
        impulse[dimension] += ticks * samples[index].sentAction[dimension]
      }
    }
    let ticks = Double(samples[end].tick - samples[start].tick)
    return impulse.map { $0 / ticks }
  }
}
