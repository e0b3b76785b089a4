import Simulation

/// `--fault` of `handful simulate`: what goes wrong, as `name=value`.
enum FaultOption {
  static let help = """
    die-at=TICK, freeze-at=TICK[:SECONDS], reboot-at=TICK, stop-button-at=TICK, \
    glitch-at=TICK[:JUMP[:COUNT]], stuck-at=TICK, corrupt=PROBABILITY, lose=PROBABILITY, \
    name=NAME, protocol-version=NUMBER. Ticks count the states sent while armed.
    """

  /// The faults of the option's values.
  static func faults(_ texts: [String]) throws -> VirtualRobotFaults {
    var faults = VirtualRobotFaults()
    for text in texts { try add(text, to: &faults) }
    return faults
  }

  private static func add(_ text: String, to faults: inout VirtualRobotFaults) throws {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    let values = parts.count == 2 ? parts[1].split(separator: ":").map(String.init) : []
    func bad() -> Failure.BadInput {
      Failure.BadInput(message: "--fault is '\(text)'; it must be one of: \(help)")
    }
    guard let name = parts.first, let first = values.first else { throw bad() }
    func tick() throws -> Int {
      guard let tick = Int(first), tick >= 0 else { throw bad() }
      return tick
    }
    func second(_ fallback: Double) throws -> Double {
      guard values.count > 1 else { return fallback }
      guard let value = Double(values[1]), value.isFinite else { throw bad() }
      return value
    }
    func probability() throws -> Double {
      guard let value = Double(first), (0...1).contains(value) else { throw bad() }
      return value
    }
    switch name {
    case "die-at": faults.dieAtTick = try tick()
    case "freeze-at": faults.freeze = .init(tick: try tick(), seconds: try second(1))
    case "reboot-at": faults.rebootAtTick = try tick()
    case "stop-button-at": faults.pressStopButtonAtTick = try tick()
    case "glitch-at":
      guard let count = values.count > 2 ? Int(values[2]) : 1, count > 0 else { throw bad() }
      faults.glitch = .init(tick: try tick(), count: count, jump: try second(10))
    case "stuck-at": faults.stuckSensor = .init(tick: try tick())
    case "corrupt": faults.byteCorruption = try probability()
    case "lose": faults.byteLoss = try probability()
    case "name": faults.robotName = first
    case "protocol-version":
      guard let version = UInt8(first) else { throw bad() }
      faults.protocolVersion = version
    default: throw bad()
    }
  }
}
