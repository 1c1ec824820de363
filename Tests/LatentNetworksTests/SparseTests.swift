import LatentEvidence
import LatentNetworks
import LatentNumerics
import Testing

/// Linear maps of inputs that are mostly zeros equal the dense products, which `multiplied(by:)` makes of any input.
@Suite struct SparseTests {
  /// Widths of whole vectors, of part of one, and of every number of registers at once.
  @Test(arguments: [16, 23, 64, 100, 129, 140, 500]) func linearMaps(width: Int) {
    compare(Double.self, width, density: 0.2, tolerance: 1e-13)
    compare(Float.self, width, density: 0.2, tolerance: 2e-5)
  }

  /// No entry at all, entries that are not a whole number of vectors, too many for the sparse product.
  @Test(arguments: [0, 0.02, 0.24, 0.26, 1]) func densities(density: Double) {
    compare(Double.self, 40, density: density, tolerance: 1e-13)
  }

  /// More rows than go through the weights together, and few enough that bringing weights near does not pay.
  @Test(arguments: [(1, 4000), (64, 64), (65, 129), (150, 301), (600, 20)])
  func heights(rows: Int, columns: Int) {
    compare(Double.self, 140, rows: rows, columns: columns, density: 0.2, tolerance: 1e-13)
    compare(Double.self, 140, rows: rows, columns: columns, density: 0.01, tolerance: 1e-13)
  }

  private func compare<S: LatentScalar>(
    _: S.Type, _ width: Int, rows: Int = 37, columns: Int = 301, density: Double, tolerance: S
  ) {
    var layout = ParameterLayout()
    let layer = Linear("layer", from: columns, to: width, in: &layout)
    let free = Linear("free", from: columns, to: width, bias: false, in: &layout)
    var parameters = ParameterVector<S>(layout)
    layer.initialize(&parameters, from: RandomStream(seed: 3))
    free.initialize(&parameters, from: RandomStream(seed: 4))
    parameters[layer.bias!] = Matrix(rows: 1, columns: width) {
      for j in $0.indices { $0.initializeElement(at: j, to: S(j) / 7 - 1) }
    }
    var stream = RandomStream(seed: 5)
    let x = Matrix<S>(rows: rows, columns: columns) {
      for i in $0.indices {
        let isThere = stream.uniform(Double.self) < density
        $0.initializeElement(at: i, to: isThere ? S(stream.uniform(Double.self)) - 0.4 : 0)
      }
    }
    func run(
      _ body: (Tape<S>, Variable<S>) -> Variable<S>
    ) -> (value: [S], gradient: [S], capacity: Int) {
      let tape = Tape<S>(layout: layout)
      var gradient = [S](repeating: .nan, count: layout.count)
      var (value, capacity) = ([S](), 0)
      parameters.withUnsafeElements { p in
        gradient.withUnsafeMutableBufferPointer { g in
          for step in 0..<3 {
            tape.begin(at: ParameterPoint(values: p.baseAddress!), gradient: g.baseAddress!)
            let y = body(tape, tape.constant(x))
            tape.backward(from: y.squared())
            value = y.value.elements
            if step == 0 { capacity = tape.capacity }
          }
        }
      }
      #expect(tape.capacity == capacity, "later steps allocate nothing")
      return (value, gradient, capacity)
    }
    // Two products with the first weights, so that a gradient is added to.
    let sparse = run { tape, x in layer(x) + layer(x).tanh() + free(x) }
    let dense = run { tape, x in
      let y = x.multiplied(by: tape.parameter(layer.weights)) + tape.parameter(layer.bias!)
      return y + y.tanh() + x.multiplied(by: tape.parameter(free.weights))
    }
    expectClose(sparse.value, dense.value, tolerance)
    for entry in layout.entries {
      let range = entry.reference.range
      expectClose(Array(sparse.gradient[range]), Array(dense.gradient[range]), tolerance)
    }
  }

  private func expectClose<S: LatentScalar>(_ a: [S], _ b: [S], _ tolerance: S) {
    let scale = b.reduce(0) { Swift.max($0, $1.magnitude) }
    #expect(a.count == b.count)
    for i in a.indices where !((a[i] - b[i]).magnitude <= tolerance * scale) {
      Issue.record("element \(i): \(a[i]) is not \(b[i])")
      break
    }
  }
}
