import Foundation
import HardwareIO
import Testing

@Suite struct SampleRingTests {
  private func push(_ record: [Double], to ring: SampleRing) -> Bool {
    record.withUnsafeBufferPointer { ring.push($0) }
  }

  private func pop(from ring: SampleRing) -> [Double]? {
    var record = [Double](repeating: .nan, count: ring.stride)
    return record.withUnsafeMutableBufferPointer { ring.pop(into: $0) } ? record : nil
  }

  @Test("Records come out whole and in order")
  func order() {
    let ring = SampleRing(stride: 3, minimumCapacity: 5)
    #expect(ring.capacity == 8)
    for n in 0..<5 { #expect(push([Double(n), -1, Double(n) / 2], to: ring)) }
    #expect(ring.count == 5)
    for n in 0..<5 { #expect(pop(from: ring) == [Double(n), -1, Double(n) / 2]) }
    #expect(pop(from: ring) == nil)
  }

  @Test("A full ring keeps what it has, and counts what it drops")
  func full() {
    let ring = SampleRing(stride: 1, minimumCapacity: 4)
    for n in 0..<7 { #expect(push([Double(n)], to: ring) == (n < 4)) }
    #expect(ring.dropped == 3)
    #expect((0..<4).map { _ in pop(from: ring) } == [[0], [1], [2], [3]])
    #expect(push([9], to: ring))
    #expect(pop(from: ring) == [9])
  }

  @Test("A million records pass from one thread to another, none torn, lost or doubled")
  func twoThreads() async {
    let count = 1_000_000
    let ring = SampleRing(stride: 5, minimumCapacity: 256)
    let producer = Thread {
      for n in 0..<count {
        let value = Double(n)
        // A full ring is waited out here, so that nothing may be missing at the other end.
        while ring.count == ring.capacity { sched_yield() }
        ring.push { slot in
          for d in 0..<5 { slot[d] = value * Double(d + 1) }
        }
      }
    }
    producer.start()
    let wrong = await onThread {
      var record = [Double](repeating: 0, count: 5)
      var next = 0
      var wrong = 0
      while next < count {
        let came = record.withUnsafeMutableBufferPointer { ring.pop(into: $0) }
        guard came else {
          sched_yield()
          continue
        }
        for d in 0..<5 where record[d] != Double(next) * Double(d + 1) { wrong += 1 }
        next += 1
      }
      return wrong
    }
    #expect(wrong == 0)
    #expect(ring.dropped == 0)
    #expect(ring.count == 0)
  }
}
