public import LatentEvidence
public import LatentNetworks
public import LatentNumerics
public import Testing

/// A tape's gradient against central differences, in double precision.
///
/// The result may have any shape: its elements are added up with fixed random weights, so that no element's gradient
/// hides another's. A derivative is estimated from four values with step h,
///
///     f′(x) ≈ (8 (f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h))) / 12h,   error O(h⁴),
///
/// and must agree to `tolerance` of itself plus a thousandth of the largest.
///
/// - Parameters:
///   - parameters: where the gradient is taken; kinks must lie further away than 2h.
///   - f: makes the result on a tape whose step has begun.
public func checkGradient(
  _ name: String, at parameters: ParameterVector<Double>, tolerance: Double = 1e-6, step h: Double = 1e-3,
  sourceLocation: SourceLocation = #_sourceLocation, _ f: (Tape<Double>) -> Variable<Double>
) {
  let tape = Tape<Double>(layout: parameters.layout)
  var point = parameters
  func value(_ gradient: UnsafeMutablePointer<Double>? = nil) -> Double {
    point.withUnsafeElements { p in
      tape.begin(at: ParameterPoint(values: p.baseAddress!), gradient: gradient)
      let y = f(tape)
      var stream = RandomStream(seed: 71)
      let weights = tape.constant(rows: y.rows, columns: y.columns) {
        for i in $0.indices { $0[i] = 0.5 + stream.uniform() }
      }
      let total = (y * weights).sum()
      if gradient != nil { tape.backward(from: total) }
      return total[0, 0]
    }
  }
  // What was in the buffer must not matter.
  var gradient = [Double](repeating: .nan, count: parameters.count)
  let total = gradient.withUnsafeMutableBufferPointer { value($0.baseAddress!) }
  #expect(total.isFinite, "\(name): the value is \(total)", sourceLocation: sourceLocation)
  var differences: [(name: String, tape: Double, expected: Double)] = []
  for entry in parameters.layout.entries {
    for i in entry.reference.range {
      let x = parameters.withUnsafeElements { $0[i] }
      func at(_ shift: Double) -> Double {
        point.withUnsafeMutableElements { $0[i] = x + shift }
        return value()
      }
      let expected = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
      point.withUnsafeMutableElements { $0[i] = x }
      differences.append(("\(entry.name)[\(i - entry.offset)]", gradient[i], expected))
    }
  }
  let largest = differences.reduce(0) { Swift.max($0, $1.expected.magnitude) }
  for (place, tape, expected) in differences {
    let allowed = tolerance * (expected.magnitude + 1e-3 * largest) + 1e-11 * total.magnitude
    if !((tape - expected).magnitude <= allowed) {
      Issue.record(
        "\(name), \(place): the tape says \(tape), differences \(expected)", sourceLocation: sourceLocation)
    }
  }
}
