import LatentEvidence
import LatentNetworks
import LatentNumerics
import Testing

/// Products in bfloat16: eight bits of precision, the same derivatives but for them.
@Suite struct RoundedTests {
  @Test(.enabled(if: Tape<Float>.hasBFloat16Products, "this processor has no bfloat16 products"))
  func productsAndGradients() {
    var layout = ParameterLayout()
    let net = MultilayerPerceptron("net", widths: [40, 33, 30], activation: .tanh, in: &layout)
    var parameters = ParameterVector<Float>(layout)
    net.initialize(&parameters, from: RandomStream(seed: 4))
    // Numbers that bfloat16 has exactly: then the first product, of an input of such numbers, is exact.
    let rounded = parameters.withUnsafeElements { $0.map { UInt16($0.bitPattern >> 16) } }
    parameters.withUnsafeMutableElements {
      for i in $0.indices { $0[i] = Float(bitPattern: $0[i].bitPattern & 0xFFFF_0000) }
    }
    let x = Matrix<Float>(rows: 20, columns: 40) {
      for i in $0.indices { $0.initializeElement(at: i, to: i % 3 == 0 ? 1 : -0.25) }
    }
    func run(_ useRounded: Bool, _ rows: Range<Int>) -> ([Float], [Float], [Float]) {
      let tape = Tape<Float>(layout: layout)
      var gradient = [Float](repeating: .nan, count: layout.count)
      return parameters.withUnsafeElements { p in
        rounded.withUnsafeBufferPointer { r in
          let values = gradient.withUnsafeMutableBufferPointer { g in
            var values: ([Float], [Float]) = ([], [])
            for _ in 0..<2 {  // The second time from the primitives kept.
              tape.begin(
                at: ParameterPoint(values: p.baseAddress!, rounded: useRounded ? r.baseAddress : nil),
                gradient: g.baseAddress!)
              let h = net.layers[0](tape.constant(x[rows: rows]))
              let y = net.layers[1](h.tanh())
              values = (h.value.elements, y.value.elements)
              tape.backward(from: y.squared())
            }
            return values
          }
          return (values.0, values.1, gradient)
        }
      }
    }
    for rows in [0..<20, 3..<10] {
      let (exactHidden, exact, exactGradient) = run(false, rows)
      let (hidden, value, gradient) = run(true, rows)
      expectClose(hidden, exactHidden, 1e-6)
      expectClose(value, exact, 0.01)
      for entry in layout.entries {
        let range = entry.reference.range
        expectClose(Array(gradient[range]), Array(exactGradient[range]), 0.03)
        #expect(gradient[range].allSatisfy { $0.isFinite })
      }
      #expect(value != exact, "bfloat16 was not used")
    }
  }

  /// By the largest element.
  private func expectClose(
    _ a: [Float], _ b: [Float], _ tolerance: Float, _ location: SourceLocation = #_sourceLocation
  ) {
    let scale = b.reduce(0) { Swift.max($0, $1.magnitude) }
    let error = zip(a, b).reduce(0) { Swift.max($0, ($1.0 - $1.1).magnitude) }
    #expect(error <= tolerance * scale, sourceLocation: location)
  }
}
