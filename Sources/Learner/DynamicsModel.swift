/// A learnt model of a robot's dynamics that predicts, for a batch of states and actions, how the
/// state changes over one period: a normal distribution for each state dimension.
///
/// Batches are stored a dimension at a time: entry `d * stride + b` is dimension `d` of batch
/// member `b`. `predict` allocates nothing once `workspace` is made, and may be called from several
/// threads, each with a workspace of its own.
public protocol DynamicsModel: Sendable {
  /// Scratch memory for predictions, for one thread.
  associatedtype Workspace

  /// The number of state dimensions.
  var stateDimensions: Int { get }
  /// The number of action dimensions.
  var actionDimensions: Int { get }
  /// The number of joints: the state begins with their positions, then their velocities.
  var jointCount: Int { get }

  /// The model's state where a robot begins a trial.
  ///
  /// - Parameter robotState: Joint positions (rad or m), then velocities (rad/s or m/s).
  func beginning(at robotState: [Double]) -> [Double]

  /// Scratch memory for batches of up to `capacity` members.
  func makeWorkspace(capacity: Int) -> Workspace

  /// Writes the mean and variance of the change of state of `count` members.
  ///
  /// - Parameters:
  ///   - count: The number of members, at most the workspace's capacity.
  ///   - stride: The distance between two dimensions of one member, at least `count`.
  ///   - states: Joint positions (rad or m, not wrapped), then velocities (rad/s or m/s).
  ///   - actions: Efforts (N m or N).
  ///   - mean: Where the means of x(t+1) − x(t) go, `stateDimensions` × `stride`.
  ///   - variance: Where their variances go, without observation noise; nil when not wanted.
  func predict(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?,
    workspace: Workspace)
}

extension DynamicsModel {
  /// A model of the robot's own state has a position and a velocity of each joint.
  public var jointCount: Int { stateDimensions / 2 }

  /// A model of the robot's own state begins where the robot does.
  public func beginning(at robotState: [Double]) -> [Double] { robotState }
}
