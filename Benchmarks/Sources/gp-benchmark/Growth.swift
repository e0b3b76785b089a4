import Foundation
import Learner
import LinearAlgebra
import Robotics

/// What one operation costs with different numbers of steps.
struct GrowthCurve {
  var name: String
  var color: String
  /// Steps and milliseconds.
  var points: [(count: Double, milliseconds: Double)] = []

  /// The exponent that fits best between two numbers of steps: the slope in logarithms.
  func exponent(from least: Double, to most: Double) -> Double {
    let chosen = points.filter { $0.count >= least && $0.count <= most }
      .map { (log($0.count), log($0.milliseconds)) }
    let n = Double(chosen.count)
    let (x, y) = (
      chosen.reduce(0) { $0 + $1.0 } / n, chosen.reduce(0) { $0 + $1.1 } / n
    )
    return chosen.reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) }
      / chosen.reduce(0) { $0 + ($1.0 - x) * ($1.0 - x) }
  }
}

extension GPBenchmark {
  /// Times fits and predictions of 50 to 16 000 steps, exact up to 1000 and approximate beyond, and
  /// plots them.
  static func writeGrowth(to file: String?) throws {
    var curves = [
      GrowthCurve(name: "fit", color: "#c0392b"), GrowthCurve(name: "warm fit", color: "#e08e0b"),
      GrowthCurve(name: "mean and variance of 1000", color: "#2471a3"),
      GrowthCurve(name: "mean of 1000", color: "#1e8449"),
    ]
    print("| N | inducing points | fit | warm fit | mean and variance of 1000 | mean of 1000 |")
    print("| --- | --- | --- | --- | --- | --- |")
    for count in [50, 100, 200, 400, 800, 2000, 4000, 8000, 16_000] {
      let steps = cartPoleSteps(count)
      // The least of a few runs, but of long ones of a single one.
      let runs = count > 1000 ? 1 : 5
      let clock = ContinuousClock()
      var model: GaussianProcessDynamics?
      let cold = try (0..<runs).map { _ in
        try clock.measure { model = try fit(steps, threads: 2) } / .milliseconds(1)
      }
      guard let model else { continue }
      let warm = try (0..<runs).map { _ in
        try clock.measure { _ = try fit(steps, threads: 2, warmStart: model) } / .milliseconds(1)
      }
      let batch = RandomBatch(dimensions: 4, count: 1000)
      let milliseconds = try [
        cold.min() ?? .nan, warm.min() ?? .nan,
        median(times(7) { batch.predict(model, wantsVariance: true) }),
        median(times(7) { batch.predict(model, wantsVariance: false) }),
      ]
      for index in curves.indices {
        curves[index].points.append((Double(count), milliseconds[index]))
      }
      let inducing = model.summary.outputs.map {
        $0.approximation.map { "\($0.inducingPointCount)" } ?? "all"
      }
      print(
        "| \(count) | \(Set(inducing).sorted().joined(separator: ", ")) | "
          + milliseconds.map { String(format: $0 < 10 ? "%.2f" : "%.0f", $0) }
          .joined(separator: " | ") + " |")
      fflush(nil)
    }
    print("\n| | exponent, 100 to 800 steps (exact) | 2000 to 16 000 (approximate) |")
    print("| --- | --- | --- |")
    for curve in curves {
      print(
        String(
          format: "| %@ | %.2f | %.2f |", curve.name, curve.exponent(from: 100, to: 800),
          curve.exponent(from: 2000, to: 16_000)))
    }
    if let file {
      try GrowthPlot(curves: curves).svg.write(toFile: file, atomically: true, encoding: .utf8)
    }
  }
}

/// States and actions to predict from.
private final class RandomBatch {
  let count: Int
  let states: [Double]
  let actions: [Double]
  var mean: [Double]
  var variance: [Double]

  init(dimensions: Int, count: Int) {
    var stream = RandomStream(seed: 2)
    self.count = count
    states = (0..<(dimensions * count)).map { _ in stream.nextGaussian() }
    actions = (0..<count).map { _ in stream.nextUniform(in: -10, 10) }
    mean = states
    variance = states
  }

  func predict(_ model: GaussianProcessDynamics, wantsVariance: Bool) {
    let workspace = model.makeWorkspace(capacity: count)
    variance.withUnsafeMutableBufferPointer { variance in
      model.predict(
        count: count, stride: count, states: states, actions: actions, mean: &mean,
        variance: wantsVariance ? variance.baseAddress : nil, workspace: workspace)
    }
  }
}

/// Curves over logarithmic axes.
private struct GrowthPlot {
  var curves: [GrowthCurve]
  let width = 720.0
  let height = 460.0
  let left = 70.0
  let top = 20.0
  let bottom = 410.0
  let right = 500.0

  private func x(_ count: Double) -> Double {
    left + (right - left) * (log10(count) - log10(40)) / (log10(20_000) - log10(40))
  }
  private func y(_ milliseconds: Double) -> Double {
    bottom - (bottom - top) * (log10(milliseconds) + 1) / 6
  }
  private func number(_ value: Double) -> String { String(format: "%.1f", value) }

  var svg: String {
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" "
        + "font-family=\"sans-serif\" font-size=\"12\">",
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
    ]
    func text(_ x: Double, _ y: Double, _ anchor: String, _ words: String) {
      lines.append(
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(words)</text>")
    }
    func line(_ from: (Double, Double), _ to: (Double, Double), _ style: String) {
      lines.append(
        "<line x1=\"\(number(from.0))\" y1=\"\(number(from.1))\" x2=\"\(number(to.0))\" "
          + "y2=\"\(number(to.1))\" \(style)/>")
    }
    for power in -1...5 {
      let level = y(pow(10, Double(power)))
      line((left, level), (right, level), "stroke=\"#ddd\"")
      text(left - 8, level + 4, "end", "\(String(format: "%g", pow(10, Double(power)))) ms")
    }
    for count in [50.0, 100, 200, 400, 800, 2000, 4000, 8000, 16_000] {
      text(x(count), bottom + 18, "middle", "\(Int(count))")
    }
    text((left + right) / 2, bottom + 38, "middle", "steps")
    line((x(1000), top), (x(1000), bottom), "stroke=\"#999\" stroke-dasharray=\"4 4\"")
    text(x(1000) - 6, top + 12, "end", "exact")
    text(x(1000) + 6, top + 12, "start", "approximate")
    var label = 0.0
    for curve in curves {
      let points = curve.points.map { "\(number(x($0.count))),\(number(y($0.milliseconds)))" }
      lines.append(
        "<polyline points=\"\(points.joined(separator: " "))\" fill=\"none\" "
          + "stroke=\"\(curve.color)\" stroke-width=\"2\"/>")
      for point in curve.points {
        lines.append(
          "<circle cx=\"\(number(x(point.count)))\" cy=\"\(number(y(point.milliseconds)))\" r=\"3\" "
            + "fill=\"\(curve.color)\"/>")
      }
      guard let last = curve.points.last else { continue }
      // Names stand beside their curves' ends, a line apart.
      label = max(label + 14, y(last.milliseconds) + 4)
      text(right + 4, label, "start", curve.name)
    }
    return lines.joined(separator: "\n") + "\n</svg>\n"
  }
}
