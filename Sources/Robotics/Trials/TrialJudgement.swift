extension Trial {
  /// What each step earned: the reward of the state that it led to and of the action that led there, at
  /// the task's period, in order.
  public func rewards(task: Task) -> [Double] {
    var previous: Step?
    return steps(period: task.periodSeconds).map { step in
      // After a step that was lost the action before isn't known.
      let follows = previous.map { $0.nextState == step.state } ?? false
      defer { previous = step }
      return task.reward.value(
        state: step.nextState, action: step.action, previousAction: follows ? previous?.action : nil
      )
    }
  }

  /// The sum of what the steps earned.
  public func totalReward(task: Task) -> Double { rewards(task: task).reduce(0, +) }

  /// The mean of what the steps earned, between 0 and 1 unless there are costs; 0 without any step.
  public func meanReward(task: Task) -> Double {
    let rewards = rewards(task: task)
    return rewards.isEmpty ? 0 : rewards.reduce(0, +) / Double(rewards.count)
  }

  /// Whether the trial solved the task: it ran to its end, and the criterion is met there.
  public func isSolved(task: Task) -> Bool {
    end == .completed && task.success.isMet(bySamples: samples)
  }
}
