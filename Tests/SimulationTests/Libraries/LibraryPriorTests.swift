import CompiledSimulator
import Foundation
import Robotics
import Simulation
import Testing

/// A small C plant is compiled and loaded.
@Suite("A simulator of one's own behind the C interface")
struct LibraryPriorTests {
  /// A mass on a spring, m x¨ = u − k x, by its closed form; refuses negative masses.
  private static let spring = """
    #include "handful_simulator.h"
    #include <math.h>
    static const char *const names[] = {"mass", "stiffness"};
    static int32_t advance(size_t count, size_t stride, const double *x, const double *u,
                           const double *p, double t, double *next) {
      if (p[0] <= 0) return 1;
      const double w = sqrt(p[1] / p[0]), c = cos(w * t), s = sin(w * t);
      for (size_t b = 0; b < count; b++) {
        const double rest = u[b] / p[1], q = x[b] - rest, v = x[stride + b];
        next[b] = rest + q * c + v / w * s;
        next[stride + b] = -q * w * s + v * c;
      }
      return 0;
    }
    static const HandfulSimulator simulator = {VERSION, 2, 1, 2, names, advance};
    const HandfulSimulator *handful_simulator(void) { return &simulator; }
    """

  private func compiled(_ source: String, version: String = "1") throws -> String {
    try CompiledSimulator(source, defining: ["VERSION": version]).path
  }

  @Test("It advances a batch as its C code says, with its parameters by name")
  func advances() throws {
    let prior = try LibraryPrior(path: try compiled(Self.spring))
    #expect(prior.stateDimensions == 2 && prior.actionDimensions == 1)
    #expect(prior.parameterNames == ["mass", "stiffness"])
    var next = [Double](repeating: 0, count: 6)
    prior.advance(
      count: 2, stride: 3, states: [1, 0, 0, 0, 2, 0], actions: [0, 4, 0], parameters: [1, 4],
      periodSeconds: 0.25, next: &next)
    #expect(abs(next[0] - cos(0.5)) < 1e-15)
    #expect(abs(next[3] + 2 * sin(0.5)) < 1e-15)
    // From rest position 0 under 4 N: rest at 1 m, and 2 m/s besides.
    #expect(abs(next[1] - (1 - cos(0.5) + sin(0.5))) < 1e-15)
  }

  @Test("What it can't answer becomes NaN, which fits refuse")
  func refusal() throws {
    let prior = try LibraryPrior(path: try compiled(Self.spring))
    var next = [0.0, 0.0]
    prior.advance(
      count: 1, stride: 1, states: [1, 0], actions: [0], parameters: [-1, 4], periodSeconds: 0.1,
      next: &next)
    #expect(next[0].isNaN && next[1].isNaN)
  }

  @Test(
    "A batch with one member that it refuses: that one is NaN, the others are as they are alone")
  func refusedMember() throws {
    let picky = Self.spring.replacingOccurrences(
      of: "const double rest", with: "if (x[b] > 10) return 3; const double rest")
    let prior = try LibraryPrior(path: try compiled(picky))
    let states: [Double] = [1, 20, 2, 0, 0, 0]
    func advanced(inPlace: Bool) -> [Double] {
      var next = states
      next.withUnsafeMutableBufferPointer { next in
        guard let base = next.baseAddress else { return }
        states.withUnsafeBufferPointer { given in
          prior.advance(
            count: 3, stride: 3,
            states: inPlace ? UnsafePointer(base) : given.baseAddress ?? UnsafePointer(base),
            actions: [0, 0, 0], parameters: [1, 4], periodSeconds: 0.25, next: base)
        }
      }
      return next
    }
    // Both ways: `next` may be `states`, of which a failed call has overwritten the first member.
    for found in [advanced(inPlace: false), advanced(inPlace: true)] {
      #expect(found[1].isNaN && found[4].isNaN)
      #expect(abs(found[0] - cos(0.5)) < 1e-15 && abs(found[2] - 2 * cos(0.5)) < 1e-15)
      #expect(abs(found[3] + 2 * sin(0.5)) < 1e-15 && abs(found[5] + 4 * sin(0.5)) < 1e-15)
    }
  }

  @Test("A file that is no library, or speaks another version, is refused with the reason")
  func badLibraries() throws {
    #expect(throws: SimulationError.self) { try LibraryPrior(path: "/nowhere/plant.so") }
    let other = try compiled(Self.spring, version: "7")
    let error = try #require(throws: SimulationError.self) { try LibraryPrior(path: other) }
    #expect(error.description.contains("version 7"))
    let empty = try compiled("int handful_nothing;")
    let second = try #require(throws: SimulationError.self) { try LibraryPrior(path: empty) }
    #expect(second.description.contains("handful_simulator"))
  }
}
