import CSimulator
import Glibc
import Robotics

/// A simulator of one's own as a prior model: a shared library behind the C interface of
/// `Sources/CSimulator/include/handful_simulator.h`.
///
///     let prior = try LibraryPrior(path: "my-arm.so")
///
/// The library stays loaded for the life of the process.
public struct LibraryPrior: PriorModel {
  /// The library's path.
  public let path: String
  /// The number of state dimensions.
  public let stateDimensions: Int
  /// The number of action dimensions.
  public let actionDimensions: Int
  /// The names of the simulator's parameters, in order.
  public let parameterNames: [String]

  /// A C function, which may be called from any thread.
  private typealias Advance =
    @Sendable @convention(c) (
      Int, Int, UnsafePointer<Double>?, UnsafePointer<Double>?, UnsafePointer<Double>?, Double,
      UnsafeMutablePointer<Double>?
    ) -> Int32
  private let call: Advance

  /// The simulator of a shared library.
  ///
  /// - Throws: ``SimulationError/badLibrary(path:reason:)`` when it can't be loaded, exports no
  ///   `handful_simulator`, speaks another version, or describes itself in a way that makes no sense.
  public init(path: String) throws(SimulationError) {
    // A path without a slash would be looked for among the system's libraries.
    let place = path.contains("/") ? path : "./" + path
    guard let handle = dlopen(place, RTLD_NOW | RTLD_LOCAL) else {
      throw .badLibrary(path: path, reason: dlerror().map { String(cString: $0) } ?? "unknown")
    }
    guard let symbol = dlsym(handle, "handful_simulator") else {
      throw .badLibrary(path: path, reason: "it exports no function handful_simulator")
    }
    let function = unsafeBitCast(symbol, to: HandfulSimulatorFunction.self)
    guard let simulator = function()?.pointee else {
      throw .badLibrary(path: path, reason: "its handful_simulator returns null")
    }
    guard simulator.version == UInt32(HANDFUL_SIMULATOR_VERSION) else {
      throw .badLibrary(
        path: path,
        reason: "it speaks version \(simulator.version) of the interface and must speak "
          + "\(HANDFUL_SIMULATOR_VERSION)")
    }
    let states = Int(simulator.state_dimensions)
    let actions = Int(simulator.action_dimensions)
    let count = Int(simulator.parameter_count)
    guard states > 0, states % 2 == 0, states <= 256, actions <= states / 2, count <= 1024 else {
      throw .badLibrary(
        path: path,
        reason: "it has \(states) state dimensions (an even number up to 256), \(actions) actions "
          + "(at most one a joint) and \(count) parameters (at most 1024)")
    }
    guard let call = simulator.advance else {
      throw .badLibrary(path: path, reason: "its advance is null")
    }
    var names: [String] = []
    for index in 0..<count {
      guard let name = simulator.parameter_names?[index] else {
        throw .badLibrary(path: path, reason: "the name of its parameter \(index) (from 0) is null")
      }
      names.append(String(cString: name))
    }
    self.path = path
    self.call = unsafeBitCast(call, to: Advance.self)
    stateDimensions = states
    actionDimensions = actions
    parameterNames = names
  }

  /// Writes the states that follow `count` states after `periodSeconds` under constant actions; NaN
  /// for those about which the simulator says that it can't answer. When it can't answer for a batch,
  /// it is asked about each member alone: what becomes of one doesn't depend on what stands beside it.
  public func advance(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    parameters: UnsafePointer<Double>, periodSeconds: Double, next: UnsafeMutablePointer<Double>
  ) {
    guard count > 1, states == UnsafePointer(next) else {
      if call(count, stride, states, actions, parameters, periodSeconds, next) != 0 {
        answerSingly(count, stride, states, stride, actions, parameters, periodSeconds, next)
      }
      return
    }
    // A call that fails may have written some of what it was to begin from.
    withUnsafeTemporaryAllocation(of: Double.self, capacity: stateDimensions * count) { kept in
      guard let base = kept.baseAddress else { return }
      for d in 0..<stateDimensions {
        (base + d * count).initialize(from: states + d * stride, count: count)
      }
      if call(count, stride, states, actions, parameters, periodSeconds, next) != 0 {
        answerSingly(count, stride, base, count, actions, parameters, periodSeconds, next)
      }
    }
  }

  /// Asks about each member alone after a call for all of them has failed.
  private func answerSingly(
    _ count: Int, _ stride: Int, _ states: UnsafePointer<Double>, _ stateStride: Int,
    _ actions: UnsafePointer<Double>, _ parameters: UnsafePointer<Double>, _ periodSeconds: Double,
    _ next: UnsafeMutablePointer<Double>
  ) {
    let efforts = max(1, actionDimensions)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: stateDimensions + efforts) { member in
      guard let state = member.baseAddress else { return }
      let action = state + stateDimensions
      for b in 0..<count {
        for d in 0..<stateDimensions { state[d] = states[d * stateStride + b] }
        for a in 0..<actionDimensions { action[a] = actions[a * stride + b] }
        // One member alone was asked about already.
        let answers =
          count > 1 && call(1, 1, state, action, parameters, periodSeconds, state) == 0
        for d in 0..<stateDimensions { next[d * stride + b] = answers ? state[d] : .nan }
      }
    }
  }
}
