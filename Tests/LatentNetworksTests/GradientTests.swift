import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// Every operation against central differences, and in single precision against double.
@Suite struct GradientTests {
  @Test(arguments: OperationCase.allCases) func differences(operation: OperationCase) {
    // What a step leaves out of the derivative is not in the difference either: it is checked by itself.
    if operation == .detached { return }
    let (parameters, places) = operation.parameters()
    checkGradient(operation.rawValue, at: parameters) { operation.apply($0, places) }
  }

  /// ∂(x · stop(tanh x) + x) = stop(tanh x) + 1
  @Test func detached() {
    let (parameters, places) = OperationCase.detached.parameters()
    let tape = Tape<Double>(layout: parameters.layout)
    var gradient = ParameterVector<Double>(parameters.layout)
    parameters.withUnsafeElements { p in
      gradient.withUnsafeMutableElements { g in
        tape.begin(at: ParameterPoint(values: p.baseAddress!), gradient: g.baseAddress!)
        tape.backward(from: OperationCase.detached.apply(tape, places))
        for i in places[0].range {
          #expect((g[i] - 1 - Double.tanh(p[i])).magnitude < 1e-14)
        }
      }
    }
  }

  @Test(arguments: OperationCase.allCases) func singleAgainstDouble(operation: OperationCase) {
    let (parameters, places) = operation.parameters()
    let (value, gradient) = run(operation, parameters, places)
    let (singleValue, singleGradient) = run(operation, parameters.converted(to: Float.self), places)
    expectClose(singleValue.converted(to: Double.self).elements, value.elements, "value", operation)
    for place in places {
      expectClose(
        singleGradient[place].converted(to: Double.self).elements, gradient[place].elements, "gradient",
        operation)
    }
  }

  private func run<S: LatentScalar>(
    _ operation: OperationCase, _ parameters: ParameterVector<S>, _ places: [ParameterReference]
  ) -> (Matrix<S>, ParameterVector<S>) {
    let tape = Tape<S>(layout: parameters.layout)
    var gradient = ParameterVector<S>(parameters.layout)
    let value = parameters.withUnsafeElements { p in
      gradient.withUnsafeMutableElements { g in
        tape.begin(at: ParameterPoint(values: p.baseAddress!), gradient: g.baseAddress!)
        let y = operation.apply(tape, places)
        let copy = y.value
        let weights = tape.constant(rows: y.rows, columns: y.columns) {
          for i in $0.indices { $0[i] = 1 + S(i % 7) / 8 }
        }
        tape.backward(from: y * weights)
        return copy
      }
    }
    return (value, gradient)
  }

  private func expectClose(
    _ a: [Double], _ b: [Double], _ what: String, _ operation: OperationCase
  ) {
    let scale = b.reduce(0) { Swift.max($0, $1.magnitude) }
    for (x, y) in zip(a, b) where !((x - y).magnitude <= 3e-5 * (y.magnitude + scale)) {
      Issue.record("\(operation.rawValue), \(what): \(x) in single precision, \(y) in double")
      return
    }
  }
}
