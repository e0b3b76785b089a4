extension Trial {
  /// What each step earned: the reward of the state that it led to, at the task's period, in order.
  public func rewards(task: Task) -> [Double] {
    steps(period: task.periodSeconds).map { task.reward.value(state: $0.nextState) }
  }

  /// The sum of what the steps earned; between 0 and `task.stepCount`.
  public func totalReward(task: Task) -> Double { rewards(task: task).reduce(0, +) }

  /// The mean of what the steps earned, between 0 and 1; 0 without any step.
  public func meanReward(task: Task) -> Double {
    let rewards = rewards(task: task)
    return rewards.isEmpty ? 0 : rewards.reduce(0, +) / Double(rewards.count)
  }

  /// Whether the trial solved the task: it ran to its end, and the criterion is met there.
  public func isSolved(task: Task) -> Bool {
    end == .completed && task.success.isMet(bySamples: samples)
  }
}
