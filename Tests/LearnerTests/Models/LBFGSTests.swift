import Foundation
import Testing

import Learner

@Suite struct LBFGSTests {
  /// Rosenbrock's valley: 0 at (1, …, 1).
  static func rosenbrock(_ x: [Double], _ gradient: inout [Double]) -> Double {
    var value = 0.0
    for i in gradient.indices { gradient[i] = 0 }
    for i in 0..<(x.count - 1) {
      let (a, b) = (x[i + 1] - x[i] * x[i], 1 - x[i])
      value += 100 * a * a + b * b
      gradient[i] += -400 * a * x[i] - 2 * b
      gradient[i + 1] += 200 * a
    }
    return value
  }

  @Test("Rosenbrock's valley is followed to its end", arguments: [2, 10, 30])
  func valley(size: Int) {
    var optimiser = LBFGS()
    optimiser.maximumIterations = 500
    optimiser.valueTolerance = 0
    let start = (0..<size).map { $0 % 2 == 0 ? -1.2 : 1 }
    let result = optimiser.minimise(from: start, Self.rosenbrock)
    #expect(result.point.allSatisfy { abs($0 - 1) < 1e-4 }, "\(result)")
  }

  @Test("A quadratic is solved to the gradient's tolerance within few evaluations")
  func quadratic() {
    let result = LBFGS().minimise(from: [5, -3, 8]) { x, gradient in
      var value = 0.0
      for i in 0..<3 {
        let weight = pow(10, Double(i))
        gradient[i] = 2 * weight * (x[i] - 1)
        value += weight * (x[i] - 1) * (x[i] - 1)
      }
      return value
    }
    #expect(result.point.allSatisfy { abs($0 - 1) < 1e-4 })
    // Each variable's own curvature is seen: with the last step's alone it takes 18.
    #expect(result.evaluations <= 11)
  }

  @Test("What was learnt of the curvature saves evaluations of a function like the first")
  func carriesCurvature() {
    // A long valley across all variables, which none of them shows by itself.
    func bowl(_ scale: Double) -> (_ x: [Double], _ gradient: inout [Double]) -> Double {
      { x, gradient in
        var value = 0.0
        for i in x.indices {
          gradient[i] = x.indices.reduce(0.0) {
            $0 + 2 * scale * (x[$1] - 1) / Double(i + $1 + 1)
          }
          value += 0.5 * gradient[i] * (x[i] - 1)
        }
        return value
      }
    }
    let known = LBFGS().minimise(from: [2, 3, -1, 0.5], bowl(1)).curvature
    let afresh = LBFGS().minimise(from: [0, 2, 0.5, 2], bowl(7))
    let carried = LBFGS().minimise(
      from: [0, 2, 0.5, 2], curvature: known.map { $0.scaled(by: 7) }, bowl(7))
    #expect(carried.point.allSatisfy { abs($0 - 1) < 1e-4 })
    #expect(carried.evaluations <= afresh.evaluations / 2, "\(carried) \(afresh)")
  }

  @Test("Points with no finite value are stepped around")
  func avoidsUndefined() {
    // −log x + x has its minimum at 1 and no value below 0.
    let result = LBFGS().minimise(from: [0.01]) { x, gradient in
      guard x[0] > 0 else { return .nan }
      gradient[0] = 1 - 1 / x[0]
      return x[0] - log(x[0])
    }
    #expect(abs(result.point[0] - 1) < 1e-4)
  }

  @Test("A start without a value is given back as it is")
  func undefinedStart() {
    let result = LBFGS().minimise(from: [2]) { _, _ in .infinity }
    #expect(result.point == [2] && result.reason == .lineSearch)
  }

  @Test("When asked to stop it stops with the best point so far")
  func cancels() {
    var asked = 0
    let result = LBFGS().minimise(
      from: [-1.2, 1],
      isCancelled: {
        asked += 1
        return asked > 5
      }, Self.rosenbrock)
    #expect(result.reason == .cancelled && result.iterations == 5)
    #expect(result.value < 24.2)
  }
}
