import Robotics

/// What a link reports of the joints' motors besides motion, in joint order; NaN for what it did not
/// report with this sample.
public struct MotorReadings {
  /// Temperatures, in degrees Celsius.
  public var temperatures: UnsafeMutableBufferPointer<Double>
  /// Currents, in amperes.
  public var currents: UnsafeMutableBufferPointer<Double>
  /// The supply's voltages.
  public var voltages: UnsafeMutableBufferPointer<Double>

  /// Readings in memory of the caller's.
  public init(
    temperatures: UnsafeMutableBufferPointer<Double>,
    currents: UnsafeMutableBufferPointer<Double>, voltages: UnsafeMutableBufferPointer<Double>
  ) {
    self.temperatures = temperatures
    self.currents = currents
    self.voltages = voltages
  }
}

/// The rule that a limited reading which stays away stops the robot: a limit that nobody measures
/// guards nothing.
///
/// Buses read their servos in turn, so that a sample may come without a reading: the last one then
/// stands for ``longestSeconds`` at most.
struct MotorReadingAge {
  /// How long a reading may stay away, in seconds of the robot's clock.
  static let longestSeconds = 1.0

  private(set) var value = Double.nan
  private var ageSeconds = 0.0

  /// Takes a sample's reading.
  ///
  /// - Returns: For how long none has come, in seconds, when that is too long; otherwise nil.
  @inline(__always)
  mutating func take(_ reading: Double, elapsedSeconds: Double) -> Double? {
    if reading.isFinite {
      value = reading
      ageSeconds = 0
      return nil
    }
    ageSeconds += elapsedSeconds
    return ageSeconds > Self.longestSeconds ? ageSeconds : nil
  }
}

/// The limits of one joint's motor, and what was read of it last.
struct MotorGuard {
  let limits: MotorLimits
  private var temperature = MotorReadingAge()
  private var current = MotorReadingAge()
  private var voltage = MotorReadingAge()
  /// The extremes since the trial began.
  private(set) var extremes = MotorExtremes()

  init(limits: MotorLimits) { self.limits = limits }

  /// Takes a sample's readings.
  ///
  /// - Returns: The reason to stop, if there is one.
  mutating func judge(
    joint: Int, celsius: Double, amperes: Double, volts: Double, elapsedSeconds: Double
  ) -> StopReason? {
    if let limit = limits.temperatureCelsius {
      if let age = temperature.take(celsius, elapsedSeconds: elapsedSeconds) {
        return .readingMissing(joint: joint, what: .temperature, seconds: age)
      }
      extremes.record(celsius: temperature.value)
      if let reason = TemperatureLimit.check(
        joint: joint, celsius: temperature.value, limit: limit)
      {
        return reason
      }
    }
    if let limit = limits.currentAmperes {
      if let age = current.take(amperes, elapsedSeconds: elapsedSeconds) {
        return .readingMissing(joint: joint, what: .current, seconds: age)
      }
      extremes.record(amperes: current.value)
      if let reason = CurrentLimit.check(joint: joint, amperes: current.value, limit: limit) {
        return reason
      }
    }
    if let limit = limits.voltageVolts {
      if let age = voltage.take(volts, elapsedSeconds: elapsedSeconds) {
        return .readingMissing(joint: joint, what: .voltage, seconds: age)
      }
      extremes.record(volts: voltage.value)
      return VoltageLimit.check(joint: joint, volts: voltage.value, limits: limit)
    }
    return nil
  }

  /// Narrows the joint's efforts by the soft limits.
  @inline(__always)
  func narrow(_ range: inout EffortRange, effortLimit: Double, velocity: Double, slow: Double) {
    if let limit = limits.temperatureCelsius {
      range.scale(
        to: TemperatureLimit.fraction(celsius: temperature.value, limit: limit), of: effortLimit,
        velocity: velocity, slow: slow, .temperature)
    }
    if let limit = limits.currentAmperes {
      range.scale(
        to: CurrentLimit.fraction(amperes: current.value, limit: limit), of: effortLimit,
        velocity: velocity, slow: slow, .current)
    }
    if let limit = limits.voltageVolts {
      range.scale(
        to: VoltageLimit.fraction(volts: voltage.value, limits: limit), of: effortLimit,
        velocity: velocity, slow: slow, .voltage)
    }
  }

  /// Begins a new account of the extremes.
  mutating func resetExtremes() { extremes = MotorExtremes() }
}

/// The extremes of what a motor's readings were.
struct MotorExtremes {
  private(set) var hottestCelsius = -Double.infinity
  private(set) var largestAmperes = -Double.infinity
  private(set) var lowestVolts = Double.infinity
  private(set) var highestVolts = -Double.infinity

  @inline(__always)
  mutating func record(celsius: Double) { hottestCelsius = max(hottestCelsius, celsius) }

  @inline(__always)
  mutating func record(amperes: Double) { largestAmperes = max(largestAmperes, abs(amperes)) }

  @inline(__always)
  mutating func record(volts: Double) {
    lowestVolts = min(lowestVolts, volts)
    highestVolts = max(highestVolts, volts)
  }
}
