/// What a step of a trial earns, for those who write it in code.
///
///     struct Upright: StepReward {
///       let name = "upright"
///       func values(of batch: RewardBatch, into values: UnsafeMutablePointer<Double>) {
///         for b in 0..<batch.count { values[b] = -cos(batch.state(0, b)) }
///       }
///     }
///     task.reward = Reward(terms: [.init(.custom(CustomReward(Upright())))])
///
/// The learner asks for the steps of a whole population at a time, many thousand times; an
/// implementation allocates nothing, keeps no state, and may be called from several threads at once. A
/// value that isn't finite is an error of the task, found before the first trial or told after the
/// trial where it came up.
public protocol StepReward: Sendable {
  /// What the reward is called; two of the same name count as the same.
  var name: String { get }

  /// Writes what each step of a batch earns, `batch.count` numbers.
  func values(of batch: RewardBatch, into values: UnsafeMutablePointer<Double>)
}

/// Steps of which a reward is asked: the states that they led to, and the actions that led there.
///
/// A batch is stored a dimension at a time: entry `d * stride + b` is dimension `d` of step `b`.
public struct RewardBatch {
  /// The number of steps.
  public var count: Int
  /// The distance between two dimensions of one step, at least `count`.
  public var stride: Int
  /// The states that the steps led to: positions (rad or m), then velocities (rad/s or m/s).
  public var states: UnsafePointer<Double>
  /// The actions held over the steps (N m or N), one entry an actuated joint; nil when only states are
  /// judged.
  public var actions: UnsafePointer<Double>?
  /// The actions of the steps before; nil for first steps.
  public var previousActions: UnsafePointer<Double>?

  /// A batch from its parts.
  public init(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>? = nil,
    previousActions: UnsafePointer<Double>? = nil
  ) {
    self.count = count
    self.stride = stride
    self.states = states
    self.actions = actions
    self.previousActions = previousActions
  }

  /// A dimension of a step's state.
  @inlinable
  public func state(_ dimension: Int, _ step: Int) -> Double { states[dimension * stride + step] }

  /// Some of the steps, one after the other.
  func steps(from start: Int, count: Int) -> RewardBatch {
    RewardBatch(
      count: count, stride: stride, states: states + start, actions: actions.map { $0 + start },
      previousActions: previousActions.map { $0 + start })
  }
}

/// A reward of someone's own code as a term of a task's reward. It can't be written to a file, and
/// equals any other of the same name.
public struct CustomReward: Sendable, Equatable, Codable {
  /// The code.
  public let reward: any StepReward

  /// A term from code.
  public init(_ reward: some StepReward) { self.reward = reward }

  /// Whether two have the same name.
  public static func == (one: CustomReward, other: CustomReward) -> Bool {
    one.reward.name == other.reward.name
  }

  /// Always fails: code can't be read from a file.
  public init(from decoder: any Decoder) throws {
    throw DecodingError.dataCorrupted(
      .init(codingPath: decoder.codingPath, debugDescription: "a reward in code can't be read"))
  }

  /// Always fails: code can't be written to a file.
  public func encode(to encoder: any Encoder) throws {
    throw EncodingError.invalidValue(
      reward.name,
      .init(codingPath: encoder.codingPath, debugDescription: "a reward in code can't be written"))
  }
}
