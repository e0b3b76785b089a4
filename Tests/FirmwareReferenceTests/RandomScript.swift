import FirmwareProtocol
import LinearAlgebra
import Simulation

/// A seeded host and world for a pair of firmwares: mostly sensible, so that the robot is often
/// armed, and often not.
struct RandomScript {
  private var random: RandomStream
  private let description: FirmwareDescription
  private let bootCounter: UInt32
  private let periodMicroseconds: UInt64
  private var lastFrame: [UInt8] = []
  private var isPressed = false

  init(seed: UInt64) {
    random = RandomStream(seed: 0xC0DE, path: [seed])
    let periods: [UInt64] = [1000, 2000, 5000, 10_000, 16_000, 50_000]
    periodMicroseconds = periods[Int(random.next() % 6)]
    let jointCount = Int(random.next() % 8)
    var joints: [JointDescriptor] = []
    for joint in 0..<jointCount {
      let isActuated = random.next() % 4 > 0
      joints.append(
        JointDescriptor(
          name: String(repeating: "j", count: Int(random.next() % 33)),
          kind: joint % 2 == 0 ? .revolute : .prismatic, isActuated: isActuated,
          effortCapability: isActuated ? 2 : 0))
    }
    bootCounter = UInt32(truncatingIfNeeded: random.next())
    description = FirmwareDescription(
      robotName: String(repeating: "ü", count: Int(random.next() % 17)),
      controlRateHertz: 1e6 / Float(periodMicroseconds),
      watchdogMilliseconds: UInt16(50 + random.next() % 1500), joints: joints)
  }

  /// Plays so many steps to a new pair, or until the two differ.
  mutating func play(steps: Int) -> FirmwarePair {
    let pair = FirmwarePair(description, bootCounter: bootCounter)
    for _ in 0..<steps where pair.difference == nil { step(pair) }
    return pair
  }

  private mutating func chance(_ probability: Double) -> Bool {
    random.nextUniform() < probability
  }

  private mutating func step(_ pair: FirmwarePair) {
    pair.advance(by: nextInterval())
    let choice = random.nextUniform()
    if choice < 0.35 {
      measure(pair)
    } else if choice < 0.37 {
      isPressed.toggle()
      pair.setStopButton(isPressed)
    } else if choice < 0.40 {
      let garbage = (0..<Int(random.next() % 80)).map { _ in
        UInt8(truncatingIfNeeded: random.next())
      }
      pair.receive(garbage)
    } else {
      send(pair)
    }
    // Rather released than pressed, so that faults are cleared.
    if isPressed && chance(0.3) {
      isPressed = false
      pair.setStopButton(false)
    }
  }

  private mutating func nextInterval() -> UInt64 {
    switch random.next() % 64 {
    case 0: 50_000 + random.next() % 2_000_000
    case 1..<20: random.next() % (2 * periodMicroseconds)
    case 20..<30: 0
    default: random.next() % (periodMicroseconds / 2)
    }
  }

  // MARK: World

  private mutating func measure(_ pair: FirmwarePair) {
    var positions: [Float] = []
    var velocities: [Float] = []
    for _ in description.joints {
      positions.append(Float(random.nextUniform(in: -1, 1)))
      velocities.append(Float(random.nextUniform(in: -1, 1)))
    }
    if !positions.isEmpty && chance(0.04) {
      let joint = Int(random.next() % UInt64(positions.count))
      switch random.next() % 6 {
      case 0: positions[joint] = .nan
      case 1: velocities[joint] = .nan
      case 2: positions[joint] = random.next() % 2 == 0 ? 1.5 : -1.5
      case 3: velocities[joint] = random.next() % 2 == 0 ? 3 : -3
      case 4: positions[joint] = .infinity
      default: velocities[joint] = -.infinity
      }
    }
    pair.measure(positions, velocities)
  }

  // MARK: Host

  private mutating func send(_ pair: FirmwarePair) {
    var bytes = (chance(0.85) ? usefulMessage(pair) : anyMessage(pair)).frame()
    if chance(0.05) { bytes = lastFrame + bytes }
    lastFrame = bytes
    if chance(0.08) { damage(&bytes) }
    pair.receive(bytes, gap: chance(0.2) ? random.next() % 200 : 0)
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    for _ in 0...(random.next() % 3) {
      guard !bytes.isEmpty else { return }
      let index = Int(random.next() % UInt64(bytes.count))
      switch random.next() % 5 {
      case 0: bytes[index] ^= 1 << UInt8(random.next() % 8)
      case 1: bytes.remove(at: index)
      case 2: bytes.insert(bytes[index], at: index)
      case 3: bytes[index] = UInt8(truncatingIfNeeded: random.next())
      default: bytes.removeSubrange(index...)
      }
    }
  }

  /// What brings a robot on: configure, start, clear, arm, then commands.
  private mutating func usefulMessage(_ pair: FirmwarePair) -> HostMessage {
    let logic = pair.logic
    if logic.mode == .armed { return command(pair) }
    if logic.limits == nil {
      return chance(0.3) ? .hello(HostHello(nonce: 5)) : .configure(limits())
    }
    if !logic.isStreaming { return .stream(isEnabled: true) }
    if logic.mode != .disarmed { return .clearFault }
    return chance(0.8) ? .arm(bootCounter: bootCounter) : .heartbeat(answering: logic.nextTick)
  }

  private mutating func anyMessage(_ pair: FirmwarePair) -> HostMessage {
    switch random.next() % 16 {
    case 0: .hello(HostHello(nonce: UInt32(truncatingIfNeeded: random.next())))
    case 1: .hello(HostHello(protocolVersion: UInt8(random.next() % 4), nonce: 9))
    case 2, 3: .configure(limits())
    case 4: .stream(isEnabled: false)
    case 5: .stream(isEnabled: true)
    case 6: .arm(bootCounter: chance(0.7) ? bootCounter : bootCounter ^ 0x100)
    case 7: .disarm
    case 8: .heartbeat(answering: UInt32(random.next() % 9))
    case 9: .emergencyStop
    case 10, 11: .clearFault
    case 12: .echo(token: UInt32(truncatingIfNeeded: random.next()))
    default: command(pair)
    }
  }

  private mutating func limits() -> FirmwareLimits {
    var joints = description.joints.map { joint in
      FirmwareLimits.Joint(
        positionLower: -1.2, positionUpper: 1.2, velocity: 2,
        effort: joint.isActuated ? Float(random.next() % 5) / 2 : 0)
    }
    var watchdog = UInt16(50 + random.next() % 200)
    if chance(0.15) {
      let odd: [Float] = [.nan, .infinity, -.infinity, 0, -1, 3]
      watchdog = UInt16(truncatingIfNeeded: random.next() % 1200)
      if joints.isEmpty || chance(0.2) {
        joints.append(contentsOf: testLimits().joints)
      } else {
        let joint = Int(random.next() % UInt64(joints.count))
        let value = odd[Int(random.next() % 6)]
        switch random.next() % 4 {
        case 0: joints[joint].positionLower = value
        case 1: joints[joint].positionUpper = value
        case 2: joints[joint].velocity = value
        default: joints[joint].effort = value
        }
      }
    }
    return FirmwareLimits(watchdogMilliseconds: watchdog, joints: joints)
  }

  private mutating func command(_ pair: FirmwarePair) -> HostMessage {
    let logic = pair.logic
    var efforts = description.joints.map { _ in Float(random.nextUniform(in: -3, 3)) }
    var answering = logic.nextTick &- 1
    if chance(0.15) { answering = answering &- UInt32(random.next() % 4) &+ 1 }
    let period = periodMicroseconds
    var apply = pair.now + random.next() % (2 * period)
    if chance(0.3) { apply = pair.now &- min(pair.now, random.next() % period) }
    if chance(0.05) { apply = pair.now }
    var expires = apply &+ 2 * period
    if chance(0.03) { apply = random.next() }
    if chance(0.03) { expires = pair.now }
    if chance(0.015) { efforts.append(0) }
    if !efforts.isEmpty && chance(0.1) {
      let odd: [Float] = [.nan, .infinity, -.infinity, 0, -0.0]
      let joint = Int(random.next() % UInt64(efforts.count))
      efforts[joint] = odd[Int(random.next() % 5)]
    }
    return .command(
      Command(
        answering: answering, applyAtMicroseconds: apply, expiresAtMicroseconds: expires,
        efforts: efforts))
  }
}
