extension StateSettings {
  /// Reads the `state` map; what it leaves out has its default.
  init(from value: YAMLValue?, link: LinkSettings) throws(RobotFileError) {
    self.init()
    guard let value else { return }
    let map = try value.map()
    try map.allow(["velocity", "cutoff", "delay", "previous_actions"])
    if let velocity = map.value("velocity") {
      let found = try velocity.text()
      guard ["measured", "filtered"].contains(found) else {
        throw .unknownChoice(velocity.place, found: found, allowed: ["measured", "filtered"])
      }
      if found == "filtered" {
        velocityCutoffHertz = try map.required("cutoff", .frequency, .positive)
      }
    }
    if let cutoff = map.value("cutoff") { try check(cutoff, link: link) }
    delaySeconds = try map.optional("delay", .time, .notNegative, default: 0)
    if let value = map.value("previous_actions") {
      leastPreviousActions = try value.integer(in: 0...Self.mostPreviousActions, example: "1")
    }
  }

  private func check(_ cutoff: YAMLValue, link: LinkSettings) throws(RobotFileError) {
    guard let hertz = velocityCutoffHertz else {
      throw .wrongKind(
        cutoff.place, found: "a cut-off without a filter", wanted: "'velocity: filtered' beside it")
    }
    let most = link.controlRateHertz / 2
    if hertz > most {
      throw .outOfRange(
        cutoff.place, found: "\(hertz.plain) Hz",
        allowed: "at most half the control rate, \(most.plain) Hz,",
        remedy: "lower it, such as to \((most / 4).plain) Hz, or raise control_rate")
    }
  }

  /// Refuses a delay that spans more of a task's periods than a state can have previous actions.
  func check(_ tasks: [Task], at place: FilePlace) throws(RobotFileError) {
    for task in tasks {
      let count = previousActions(periodSeconds: task.periodSeconds)
      guard count > Self.mostPreviousActions else { continue }
      throw .outOfRange(
        place, found: delaySeconds.milliseconds,
        allowed: "at most \(Self.mostPreviousActions) periods of task '\(task.name)', "
          + "\((Double(Self.mostPreviousActions) * task.periodSeconds).milliseconds),",
        remedy: "mend the delay, or lengthen the task's period")
    }
  }
}
