import FirmwareProtocol
import Testing

#if os(Linux) && canImport(Glibc)
  import Glibc

  /// The control thread may not allocate: neither decoding, nor the views, nor encoding does.
  ///
  /// The Swift runtime lets its allocation of objects be watched, which is how instruments do it.
  /// Raw memory is not seen, but the protocol's code asks for that in initialisers only. Watching
  /// touches every thread of a process, so each test is a process of its own.
  @Suite(.serialized) struct AllocationTests {
    private typealias Allocate =
      @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?

    // Only the watched thread counts: the testing library has threads of its own.
    nonisolated(unsafe) private static var original: Allocate?
    nonisolated(unsafe) private static var watchedThread: pthread_t = 0
    nonisolated(unsafe) private static var count = 0

    /// Counts the Swift objects that this thread allocates in `body`; nil when this runtime can't
    /// be watched.
    private static func objectsAllocated(in body: () -> Void) -> Int? {
      let flagName = "_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly"
      guard let program = dlopen(nil, RTLD_NOW),
        let hook = dlsym(program, "_swift_allocObject"), let flag = dlsym(program, flagName)
      else { return nil }
      let implementation = hook.assumingMemoryBound(to: Allocate.self)
      original = implementation.pointee
      watchedThread = pthread_self()
      count = 0
      implementation.pointee = { metadata, size, alignment in
        if pthread_self() == AllocationTests.watchedThread { AllocationTests.count += 1 }
        return AllocationTests.original?(metadata, size, alignment)
      }
      flag.storeBytes(of: true, as: Bool.self)
      body()
      flag.storeBytes(of: false, as: Bool.self)
      if let original { implementation.pointee = original }
      return count
    }

    @Test("The watch sees an array being made")
    func watching() async {
      await #expect(processExitsWith: .success) {
        var kept: [[Int]] = []
        let allocated = AllocationTests.objectsAllocated {
          for index in 0..<10 { kept.append([Int](repeating: index, count: 3)) }
        }
        #expect((allocated ?? 0) >= 10)
        #expect(kept.count == 10)
      }
    }

    @Test("Decoding a stream of states and damage allocates nothing")
    func decoding() async {
      await #expect(processExitsWith: .success) {
        let stream =
          ThroughputTests.stateStream(jointCount: 6, bytes: 100_000)
          + [UInt8](repeating: 0x55, count: 3000) + [0]
          + ThroughputTests.stateStream(jointCount: 18, bytes: 100_000)
        let decoder = FrameDecoder()
        var sum: Float = 0
        let allocated = AllocationTests.objectsAllocated {
          stream.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
              let end = min(start + 50, bytes.count)
              decoder.feed(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { payload in
                guard let state = StateView(payload: payload) else { return }
                for joint in 0..<state.jointCount { sum += state.position(joint) }
              }
              start = end
            }
          }
        }
        #expect(decoder.framesAccepted > 1000 && decoder.framesRejected == 1)
        #expect(sum > 0)
        #expect(allocated == 0)
      }
    }

    @Test("Encoding commands, states and heartbeats allocates nothing")
    func encoding() async {
      await #expect(processExitsWith: .success) {
        let encoder = FrameEncoder()
        var buffer = [UInt8](repeating: 0, count: ProtocolLimits.maximumFrameBytes)
        let values = [0.25, -1.5, 0, 3.75, 0.1, -0.2]
        var bytes = 0
        let allocated = AllocationTests.objectsAllocated {
          buffer.withUnsafeMutableBytes { buffer in
            values.withUnsafeBufferPointer { values in
              for tick in 0..<1000 as Range<UInt32> {
                bytes += encoder.encodeCommand(
                  answering: tick, applyAtMicroseconds: UInt64(tick), expiresAtMicroseconds: 9,
                  efforts: values, into: buffer)
                bytes += encoder.encodeState(
                  tick: tick, robotTimeMicroseconds: UInt64(tick), mode: .armed, fault: .none,
                  answeredTick: tick, lateCommands: 0, positions: values, velocities: values,
                  efforts: values, into: buffer)
                bytes += encoder.encode(.heartbeat(answering: tick), into: buffer)
                bytes += encoder.encode(.echo(token: tick) as HostMessage, into: buffer)
                bytes += encoder.encode(HostMessage.emergencyStop, into: buffer)
              }
            }
          }
        }
        #expect(bytes > 100_000)
        #expect(allocated == 0)
      }
    }
  }
#endif
