import LinearAlgebra
import Robotics

extension GaussianProcessDynamics: DifferentiableDynamics {
  /// Writes the mean change of state and its derivatives; see ``DifferentiableDynamics``.
  public func linearise(
    count: Int, stride: Int, firstMember: Int, states: UnsafePointer<Double>,
    actions: UnsafePointer<Double>, change: UnsafeMutablePointer<Double>,
    jacobian: UnsafeMutablePointer<Double>, workspace: Workspace
  ) {
    linearise(
      count: count, stride: stride, states: states, actions: actions, change: change,
      jacobian: jacobian, workspace: workspace
    ) { output, _, part, scaled, value, slopes in
      let process = outputs[output]
      if let composite = process.composite {
        if composite.hasSlopes {
          composite.slopes(
            count: part, scaled: scaled, value: value, slopes: slopes,
            slopeStride: Workspace.block,
            scratch: workspace.scratch + process.dimensions * part)
          return
        }
        differentiate(part, output, value: value, slopes: slopes, workspace: workspace) {
          process.predict(
            count: part, queries: workspace.inputs, queryStride: Workspace.block, mean: $0,
            variance: nil, scratch: workspace.scratch)
        }
        return
      }
      process.coefficients.withUnsafeBufferPointer { coefficients in
        guard let base = coefficients.baseAddress else { return }
        VectorKernels.kernelSlopes(
          points: process.kernelPoints, count: part, queries: scaled, queryStride: part,
          coefficients: .init(base), value: value, slopes: slopes,
          slopeStride: Workspace.block)
      }
    }
  }

  /// Values and derivatives of one output for a piece of a batch: the output, the piece's first
  /// member, its size, the scaled inputs, where the values go and where the derivatives by the scaled
  /// inputs go, `Workspace.block` apart.
  typealias Slopes = (
    _ output: Int, _ first: Int, _ part: Int, _ scaled: UnsafePointer<Double>,
    _ value: UnsafeMutablePointer<Double>, _ slopes: UnsafeMutablePointer<Double>
  ) -> Void

  /// Linearises with the processes' values and derivatives from `evaluate`.
  func linearise(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    change: UnsafeMutablePointer<Double>, jacobian: UnsafeMutablePointer<Double>,
    workspace: Workspace, evaluate: Slopes
  ) {
    let block = Workspace.block
    forEachBlock(count) { first, part in
      let state = states + first
      prepareInputs(
        part, stride: stride, states: state, actions: actions + first, workspace: workspace)
      for output in outputs.indices {
        let process = outputs[output]
        let value = workspace.means + output * block
        let slopes = workspace.slopes + output * inputCount * block
        process.scale(
          count: part, queries: workspace.inputs, queryStride: block, into: workspace.scratch)
        evaluate(output, first, part, workspace.scratch, value, slopes)
        for b in 0..<part { value[b] += process.mean }
        for d in 0..<inputCount {
          let factor = 1 / process.inputScales[d]
          let slope = slopes + d * block
          for b in 0..<part { slope[b] *= factor }
        }
      }
      // The derivatives of a prior start from where it leads, which the change leaves in the workspace.
      writeChange(
        part, stride: stride, states: state, actions: actions + first, change: change + first,
        workspace: workspace)
      writeJacobian(
        part, stride: stride, states: state, actions: actions + first,
        jacobian: jacobian + first, workspace: workspace)
    }
  }

  /// Values and derivatives of an output whose covariance has several parts, by central differences
  /// in scaled inputs.
  ///
  /// - Parameter predict: Writes the values at the workspace's inputs, the process's mean included.
  func differentiate(
    _ part: Int, _ output: Int, value: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>, workspace: Workspace,
    predict: (UnsafeMutablePointer<Double>) -> Void
  ) {
    let process = outputs[output]
    let block = Workspace.block
    let kept = workspace.moved
    let step = 1e-5
    for d in 0..<inputCount {
      let row = workspace.inputs + d * block
      let slope = slopes + d * block
      let by = step * process.inputScales[d]
      kept.update(from: row, count: part)
      for b in 0..<part { row[b] = kept[b] + by }
      predict(slope)
      for b in 0..<part { row[b] = kept[b] - by }
      predict(value)
      for b in 0..<part { slope[b] = (slope[b] - value[b]) / (2 * step) }
      row.update(from: kept, count: part)
    }
    predict(value)
    for b in 0..<part { value[b] -= process.mean }
  }

  /// The derivatives of the change of state, from those of the processes in the workspace.
  private func writeJacobian(
    _ part: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    jacobian: UnsafeMutablePointer<Double>, workspace: Workspace
  ) {
    let block = Workspace.block
    let width = stateDimensions + actionDimensions
    let joints = stateDimensions / 2
    func row(_ dimension: Int, _ input: Int) -> UnsafeMutablePointer<Double> {
      jacobian + (dimension * width + input) * stride
    }
    if prior != nil {
      differentiatePrior(
        part, stride: stride, states: states, actions: actions, jacobian: jacobian,
        workspace: workspace)
    } else {
      for i in 0..<(stateDimensions * width) {
        (jacobian + i * stride).update(repeating: 0, count: part)
      }
      if integratesPositions {
        for joint in 0..<joints {
          row(joint, joints + joint).update(repeating: periodSeconds, count: part)
        }
      }
    }
    func add(_ output: Int, _ input: Int, _ slope: (Int) -> Double) {
      let velocity = row(firstOutputDimension + output, input)
      for b in 0..<part { velocity[b] += slope(b) }
      if integratesPositions {
        let position = row(output, input)
        for b in 0..<part { position[b] += 0.5 * periodSeconds * slope(b) }
      }
    }
    /// Adds what an output owes to a joint's position in an angle, whose cosine is that feature; the
    /// position counts there with that sign.
    func addAngle(_ output: Int, _ feature: Int, joint: Int, sign: Double) {
      let first = workspace.slopes + (output * inputCount + feature) * block
      let second = first + block
      let cosine = workspace.inputs + feature * block
      let sine = cosine + block
      add(output, joint) { sign * (cosine[$0] * second[$0] - sine[$0] * first[$0]) }
      guard features.leadSeconds > 0 else { return }
      let lead = sign * features.leadSeconds
      add(output, joints + joint) { lead * (cosine[$0] * second[$0] - sine[$0] * first[$0]) }
    }
    for output in outputs.indices {
      let slopes = workspace.slopes + output * inputCount * block
      var feature = 0
      for joint in 0..<joints {
        if features.kinds[joint] == .revolute {
          addAngle(output, feature, joint: joint, sign: 1)
          feature += 2
        } else {
          let first = slopes + feature * block
          add(output, joint) { first[$0] }
          feature += 1
        }
      }
      for joint in 0..<joints {
        let slope = slopes + feature * block
        add(output, joints + joint) { slope[$0] }
        feature += 1
      }
      for angle in features.angles {
        addAngle(output, feature, joint: angle.joint, sign: 1)
        addAngle(output, feature, joint: angle.other, sign: -1)
        feature += 2
      }
      for action in 0..<actionDimensions {
        let slope = slopes + feature * block
        add(output, stateDimensions + action) { slope[$0] }
        feature += 1
      }
    }
  }

  /// The derivatives of M, a simulator without any of its own, by differences to where it leads from
  /// the states themselves, which the workspace holds: one simulation a state dimension and action.
  private func differentiatePrior(
    _ part: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    jacobian: UnsafeMutablePointer<Double>, workspace: Workspace
  ) {
    guard let prior else { return }
    let block = Workspace.block
    let width = stateDimensions + actionDimensions
    let input = workspace.moved
    let moved = input + width * block
    let unmoved = workspace.next
    for d in 0..<stateDimensions {
      (input + d * block).update(from: states + d * stride, count: part)
    }
    for a in 0..<actionDimensions {
      (input + (stateDimensions + a) * block).update(from: actions + a * stride, count: part)
    }
    // With states of order one, about six digits, which is more than a plan asks for;
    // central differences would take twice the simulations.
    let step = 1e-6
    for j in 0..<width {
      let row = input + j * block
      let source =
        j < stateDimensions ? states + j * stride : actions + (j - stateDimensions) * stride
      for b in 0..<part { row[b] = source[b] + step }
      prior.model.advance(
        count: part, stride: block, states: input, actions: input + stateDimensions * block,
        parameters: prior.parameters, periodSeconds: periodSeconds, next: moved)
      row.update(from: source, count: part)
      for i in 0..<stateDimensions {
        let target = jacobian + (i * width + j) * stride
        let own = i == j ? 1.0 : 0.0
        for b in 0..<part {
          let difference = moved[i * block + b] - unmoved[i * block + b]
          // Where the prior diverges nothing changes (see `writeChange`), nor does that.
          target[b] = difference.isFinite ? difference / step - own : 0
        }
      }
    }
  }
}

extension PathwiseSamples: DifferentiableDynamics {
  /// Writes each member's change of state under its own function and its derivatives; see
  /// ``DifferentiableDynamics``.
  public func linearise(
    count: Int, stride: Int, firstMember: Int, states: UnsafePointer<Double>,
    actions: UnsafePointer<Double>, change: UnsafeMutablePointer<Double>,
    jacobian: UnsafeMutablePointer<Double>, workspace: GaussianProcessDynamics.Workspace
  ) {
    let block = GaussianProcessDynamics.Workspace.block
    model.linearise(
      count: count, stride: stride, states: states, actions: actions, change: change,
      jacobian: jacobian, workspace: workspace
    ) { index, first, part, scaled, value, slopes in
      let process = model.outputs[index]
      let output = outputs[index]
      let function = (firstFunction + firstMember + first) % functionCount
      guard output.hasSlopes else {
        model.differentiate(part, index, value: value, slopes: slopes, workspace: workspace) {
          evaluate(index, part, function: function, into: $0, workspace)
        }
        return
      }
      output.coefficients.withUnsafeBufferPointer { coefficients in
        guard let base = coefficients.baseAddress else { return }
        VectorKernels.kernelSlopes(
          points: process.kernelPoints, count: part, queries: scaled, queryStride: part,
          coefficients: .init(
            functions: base, stride: self.stride, functionCount: functionCount,
            firstFunction: function),
          value: value, slopes: slopes, slopeStride: block)
      }
      if !output.quadratics.isEmpty {
        for b in 0..<part {
          let form = output.quadratics[(function + b) % functionCount]
          value[b] += form.value(at: scaled + b, stride: part)
          form.addSlopes(
            count: 1, queries: scaled + b, stride: part, to: slopes + b, slopeStride: block)
        }
      }
      output.featureWeights.withUnsafeBufferPointer { weights in
        guard let base = weights.baseAddress else { return }
        VectorKernels.cosineSlopes(
          featureCount: output.phases.count, dimensions: process.dimensions,
          frequencies: output.frequencies, phases: output.phases, count: part, queries: scaled,
          queryStride: part,
          coefficients: .init(
            functions: base, stride: self.stride, functionCount: functionCount,
            firstFunction: function),
          value: value, slopes: slopes, slopeStride: block)
      }
    }
  }
}
