import CMuJoCo
import CMuJoCoGuard
import Synchronization

/// A copy of a model with some parameters, and memory to simulate it in: a thread's, while it uses it.
final class MuJoCoInstance {
  let model: UnsafeMutablePointer<mjModel>
  let data: UnsafeMutablePointer<mjData>
  private let values: UnsafeMutablePointer<Double>
  private let valueCount: Int
  /// Whether the model has the values.
  private var isSettled = false

  /// A copy of a model; nil when there is no memory for one.
  init?(of model: UnsafeMutablePointer<mjModel>, valueCount: Int) {
    guard let copy = handful_mujoco_copy(model, nil, 0) else { return nil }
    guard let data = handful_mujoco_make_data(copy, nil, 0) else {
      mj_deleteModel(copy)
      return nil
    }
    self.model = copy
    self.data = data
    self.valueCount = valueCount
    values = .allocate(capacity: max(1, valueCount))
  }

  deinit {
    mj_deleteData(data)
    mj_deleteModel(model)
    values.deallocate()
  }

  /// Whether the model has just those values.
  func has(_ wanted: UnsafePointer<Double>) -> Bool {
    guard isSettled else { return false }
    for index in 0..<valueCount where values[index] != wanted[index] { return false }
    return true
  }

  /// Gives the model those values.
  ///
  /// - Returns: Whether a model can have them.
  func settle(_ wanted: UnsafePointer<Double>, by tuning: MuJoCoTuning) -> Bool {
    isSettled = tuning.write(wanted, to: model, data: data)
    values.update(from: wanted, count: valueCount)
    return isSettled
  }
}

/// The copies of one model: as many as ever were in use at once.
final class MuJoCoPool: Sendable {
  let model: MuJoCoModel
  private let tuning: MuJoCoTuning
  private let free: Mutex<[Handle]>

  /// An instance, which belongs to nobody while it is in the list.
  private struct Handle: @unchecked Sendable {
    var instance: MuJoCoInstance
  }

  /// No copies yet of a model.
  init(model: MuJoCoModel, tuning: MuJoCoTuning) {
    self.model = model
    self.tuning = tuning
    var handles: [Handle] = []
    // Room for more threads than a machine has, so that giving one back doesn't allocate.
    handles.reserveCapacity(256)
    free = Mutex(handles)
  }

  /// A copy with those values that nobody else uses; one that has them already, if there is.
  ///
  /// - Returns: The copy, to be given back; nil when no model can have the values, or memory is short.
  func take(parameters: UnsafePointer<Double>) -> MuJoCoInstance? {
    let found = free.withLock { handles -> Handle? in
      guard !handles.isEmpty else { return nil }
      if let match = handles.lastIndex(where: { $0.instance.has(parameters) }) {
        handles.swapAt(match, handles.count - 1)
      }
      return handles.removeLast()
    }
    guard let instance = found?.instance ?? made() else { return nil }
    if instance.has(parameters) || instance.settle(parameters, by: tuning) { return instance }
    give(instance)
    return nil
  }

  /// Takes a copy back.
  func give(_ instance: MuJoCoInstance) {
    let handle = Handle(instance: instance)
    free.withLock { $0.append(handle) }
  }

  private func made() -> MuJoCoInstance? {
    guard let instance = MuJoCoInstance(of: model.pointer, valueCount: tuning.count) else {
      return nil
    }
    tuning.prepare(instance.model)
    return instance
  }
}
