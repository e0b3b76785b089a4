/// Why a recording could not be smoothed, calibrated on, or predicted.
public enum MotionError: Error, Equatable, CustomStringConvertible {
  /// The recording has too few samples.
  case tooFewSamples(trial: Int, found: Int, needed: Int)
  /// A number of a sample is NaN or infinite.
  case notFinite(trial: Int, sample: Int, quantity: String)
  /// A sample has the wrong number of positions or actions.
  case wrongShape(trial: Int, sample: Int, quantity: String, found: Int, needed: Int)
  /// A sample's time isn't after that of the sample before.
  case timeNotIncreasing(trial: Int, sample: Int, seconds: Double, before: Double)
  /// No stretch of the recording is long enough to predict over.
  case tooShort(trial: Int, longestSeconds: Double, neededSeconds: Double)
  /// A setting has a value that can't be used.
  case badSetting(name: String, value: Double, allowed: String)

  /// A sentence that says what was found, what is allowed, and what to change.
  public var description: String {
    switch self {
    case .tooFewSamples(let trial, let found, let needed):
      "trial \(trial) has \(found) samples and needs at least \(needed); record for longer"
    case .notFinite(let trial, let sample, let quantity):
      "the \(quantity) of sample \(sample) (from 0) of trial \(trial) is NaN or infinite and must "
        + "be finite; leave that sample out, or mark it as a glitch"
    case .wrongShape(let trial, let sample, let quantity, let found, let needed):
      "sample \(sample) (from 0) of trial \(trial) has \(found) \(quantity) and must have "
        + "\(needed); check that the recording is of this robot"
    case .timeNotIncreasing(let trial, let sample, let seconds, let before):
      "sample \(sample) (from 0) of trial \(trial) is at \(seconds) s and the one before at "
        + "\(before) s; times must increase: sort the recording or drop doubled samples"
    case .tooShort(let trial, let longest, let needed):
      "the longest stretch of trial \(trial) without a gap is \(longest) s and a segment needs "
        + "\(needed) s; record for longer or choose shorter segments"
    case .badSetting(let name, let value, let allowed):
      "the setting `\(name)` is \(value) and must be \(allowed)"
    }
  }
}
