import CKernels

/// Whether this process keeps freed memory; touched by whoever makes matrices over and over again.
private let keepsFreedMemory: Void = handful_keep_freed_memory()

extension UnsafeMutablePointer where Pointee == Double {
  /// Memory for numbers, all zero, which whoever asked for it deallocates.
  public static func zeros(_ count: Int) -> UnsafeMutablePointer<Double> {
    keepsFreedMemory
    let memory = allocate(capacity: max(count, 1))
    memory.initialize(repeating: 0, count: max(count, 1))
    return memory
  }
}
