extension LinkSettings {
  /// Reads the `link` map; what it leaves out has its default.
  init(from value: YAMLValue?) throws(RobotFileError) {
    self.init()
    guard let value else { return }
    let map = try value.map()
    try map.allow([
      "baud", "control_rate", "watchdog", "command_delay", "sample_age_limit", "loss_budget",
    ])
    if let value = map.value("baud") {
      baud = try value.integer(in: 1200...12_000_000, example: "460800")
    }
    controlRateHertz = try map.optional(
      "control_rate", .frequency, .positive, default: controlRateHertz)
    watchdogSeconds = try map.optional("watchdog", .time, .positive, default: watchdogSeconds)
    commandDelaySeconds = try map.optional(
      "command_delay", .time, .notNegative, default: commandDelaySeconds)
    sampleAgeLimitSeconds = try map.optional(
      "sample_age_limit", .time, .positive, default: sampleAgeLimitSeconds)
    if let value = map.value("loss_budget") {
      lossBudget = try value.integer(in: 0...100, example: "3")
    }
    try checkTimes(in: map)
  }

  private func checkTimes(in map: YAMLMap) throws(RobotFileError) {
    if controlRateHertz > 10_000 {
      throw .outOfRange(
        map.place(of: "control_rate"), found: "\(controlRateHertz.plain) Hz",
        allowed: "at most 10 kHz", remedy: "lower the rate")
    }
    if commandDelaySeconds >= controlPeriodSeconds {
      throw .outOfRange(
        map.place(of: "command_delay"), found: commandDelaySeconds.milliseconds,
        allowed: "less than the control period of \(controlPeriodSeconds.milliseconds)",
        remedy: "shorten it, or lower control_rate")
    }
    // While samples are lost no commands go out: the firmware must bear as many silent periods as
    // the host forgives, and one more.
    let silence = Double(lossBudget + 1) * controlPeriodSeconds
    if watchdogSeconds <= silence {
      throw .outOfRange(
        map.place(of: "watchdog"), found: watchdogSeconds.milliseconds,
        allowed: "more than \(silence.milliseconds), which is loss_budget + 1 control periods,",
        remedy: "lengthen it, lower loss_budget, or raise control_rate")
    }
    // The wire carries it as a 16-bit number of milliseconds.
    if watchdogSeconds > 10 {
      throw .outOfRange(
        map.place(of: "watchdog"), found: watchdogSeconds.milliseconds, allowed: "at most 10 s",
        remedy: "shorten it: until it ends, a robot without a host keeps its last effort")
    }
    if sampleAgeLimitSeconds <= commandDelaySeconds {
      throw .outOfRange(
        map.place(of: "sample_age_limit"), found: sampleAgeLimitSeconds.milliseconds,
        allowed: "more than the command delay of \(commandDelaySeconds.milliseconds)",
        remedy: "lengthen it, or shorten command_delay")
    }
  }
}

extension YAMLMap {
  /// The place of a key, or where it would be.
  func place(of key: String) -> FilePlace {
    value(key)?.place
      ?? FilePlace(file: place.file, line: place.line, key: "\(place.key).\(key)")
  }
}

extension Double {
  /// A time in seconds, told in milliseconds below one second.
  var milliseconds: String {
    self >= 1 ? seconds : ((self * 1e9).rounded() / 1e6).plain + " ms"
  }
  /// A time in seconds, told in seconds.
  var seconds: String { ((self * 1e9).rounded() / 1e9).plain + " s" }
}
