/// What a line does to the frames that pass it. Probabilities are those of each frame.
public struct LineFaults: Sendable {
  /// A byte of the frame is changed.
  public var corrupted = 0.0
  /// The frame is lost.
  public var dropped = 0.0
  /// The frame comes twice.
  public var duplicated = 0.0
  /// The frame comes after the next one.
  public var reordered = 0.0
  /// Up to 20 random bytes come before the frame.
  public var garbage = 0.0
  /// The frame comes in pieces, cut anywhere, with up to 3 ms between them.
  public var fragmented = 0.0
  /// Every byte of the robot's is another, as at a wrong rate.
  public var garbled = false
  /// How much later each frame from the robot comes than the one before, in seconds.
  public var growingDelaySeconds = 0.0

  /// A perfect line.
  public init() {}

  /// A perfect line but for what `change` does.
  public init(_ change: (inout LineFaults) -> Void) { change(&self) }
}
