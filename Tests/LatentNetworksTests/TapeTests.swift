import CLatentTestSupport
import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// The tape's book-keeping: memory, leaves, parameters that are not reached, shared parameters.
@Suite struct TapeTests {
  /// A small auto-encoder with every kind of node.
  struct Model {
    var layout = ParameterLayout()
    let encoder: MultilayerPerceptron
    let decoder: MultilayerPerceptron
    let unused: Linear

    init() {
      encoder = MultilayerPerceptron("encoder", widths: [30, 16, 8], activation: .tanh, in: &layout)
      unused = Linear("unused", from: 3, to: 5, in: &layout)
      decoder = MultilayerPerceptron("decoder", widths: [4, 16, 30], activation: .relu, in: &layout)
    }

    func bound<S>(_ tape: Tape<S>, _ x: Variable<S>, _ noise: RandomStream) -> Variable<S> {
      let q = encoder(x)
      let (mean, logVariance) = (q.columns(0..<4), q.columns(4..<8))
      let z = mean + (0.5 * logVariance).exp() * tape.normal(rows: 0..<x.rows, columns: 4, noise: noise)
      return decoder(z).logBernoulli(of: x) - mean.standardDivergence(logVariance: logVariance)
    }
  }

  @Test func gradientOfAnAutoencoder() {
    let model = Model()
    var parameters = ParameterVector<Double>(model.layout)
    for layer in [model.encoder, model.decoder] { layer.initialize(&parameters, from: RandomStream(seed: 8)) }
    let x = binary(rows: 7, columns: 30)
    checkGradient("auto-encoder", at: parameters) {
      model.bound($0, $0.constant(x), RandomStream(seed: 9))
    }
  }

  @Test func parametersThatAreNotReachedHaveGradientZero() {
    let model = Model()
    let parameters = ParameterVector<Double>(model.layout)
    var gradient = [Double](repeating: .nan, count: model.layout.count)
    let tape = Tape<Double>(layout: model.layout)
    let x = binary(rows: 7, columns: 30)
    parameters.withUnsafeElements { p in
      gradient.withUnsafeMutableBufferPointer { g in
        tape.begin(at: ParameterPoint(values: p.baseAddress!), gradient: g.baseAddress!)
        // Read, but the result does not depend on it.
        _ = tape.parameter(model.unused.weights).exp()
        tape.backward(from: model.bound(tape, tape.constant(x), RandomStream(seed: 9)))
      }
    }
    for entry in model.layout.entries {
      let part = gradient[entry.reference.range]
      #expect(part.allSatisfy { $0.isFinite }, "\(entry.name)")
      if entry.name.hasPrefix("unused") { #expect(part.allSatisfy { $0 == 0 }) }
    }
  }

  /// The first step sets the memory up; after it the tape takes none, and neither do layers.
  @Test func noAllocationAfterTheFirstStep() {
    func check<S: LatentScalar>(_: S.Type) {
      let model = Model()
      var parameters = ParameterVector<S>(model.layout)
      for layer in [model.encoder, model.decoder] {
        layer.initialize(&parameters, from: RandomStream(seed: 8))
      }
      var gradient = ParameterVector<S>(model.layout)
      let x = binary(rows: 7, columns: 30).converted(to: S.self)
      let tape = Tape<S>(layout: model.layout)
      let noise = RandomStream(seed: 9)
      parameters.withUnsafeElements { p in
        gradient.withUnsafeMutableElements { g in
          x.withUnsafeElements { x in
            func step(_ i: Int) {
              tape.begin(at: ParameterPoint(values: p.baseAddress!), gradient: g.baseAddress!)
              let rows = tape.constant(x.baseAddress!, rows: 7, columns: 30)
              tape.backward(from: model.bound(tape, rows, noise.substream(i)))
            }
            for i in 0..<3 { step(i) }
            let (capacity, allocations) = (tape.capacity, latent_allocations())
            for i in 3..<23 { step(i) }
            #expect(latent_allocations() == allocations)
            #expect(tape.capacity == capacity)
          }
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test func aLargerStepGrowsTheMemoryOnce() {
    let tape = Tape<Double>()
    var capacities: [Int] = []
    for rows in [10, 4000, 10, 4000, 3000] {
      tape.begin()
      let x = tape.variable(Matrix(rows: rows, columns: 50, repeating: 0.5))
      let y = x.exp().tanh().softmax().sum()
      tape.backward(from: y)
      #expect((y[0, 0] - Double(rows)).magnitude < 1e-9 * Double(rows))
      #expect(x.gradient.elements.allSatisfy { $0.magnitude < 1e-12 })
      capacities.append(tape.capacity)
    }
    #expect(capacities[1] > capacities[0] && Set(capacities[1...]).count == 1)
  }

  @Test func sharedParameterIsOneVariable() {
    var layout = ParameterLayout()
    let w = layout.add("w", 3, 3)
    var parameters = ParameterVector<Double>(layout)
    parameters[w] = .identity(3)
    var gradient = [Double](repeating: .nan, count: layout.count)
    let tape = Tape<Double>(layout: layout)
    parameters.withUnsafeElements { p in
      gradient.withUnsafeMutableBufferPointer { g in
        tape.begin(at: ParameterPoint(values: p.baseAddress!), gradient: g.baseAddress!)
        let x = tape.constant(Matrix<Double>([[1, 2, 3]]))
        // d/dW of 1ᵀ(x W + x W) is twice x 1ᵀ.
        tape.backward(from: x.linear(w) + x.linear(w))
        for i in 0..<9 { #expect(g[i] == 2 * Double(i / 3 + 1)) }
      }
    }
  }

  @Test func manyParameters() {
    var layout = ParameterLayout()
    let places = (0..<300).map { layout.add("p\($0)", 2) }
    var gradient = [Double](repeating: .nan, count: layout.count)
    var parameters = ParameterVector<Double>(layout)
    parameters.withUnsafeMutableElements { for i in $0.indices { $0[i] = Double(i) } }
    let tape = Tape<Double>(layout: layout)
    for _ in 0..<2 {
      parameters.withUnsafeElements { p in
        gradient.withUnsafeMutableBufferPointer { g in
          tape.begin(at: ParameterPoint(values: p.baseAddress!), gradient: g.baseAddress!)
          var total = tape.parameter(places[0]).squared()
          for place in places.dropFirst() { total = total + tape.parameter(place).squared() }
          for place in places { total = total + tape.parameter(place) }
          tape.backward(from: total)
          for place in places { for i in place.range { #expect(g[i] == 2 * p[i] + 1) } }
        }
      }
    }
  }

  @Test func noiseBelongsToTheRow() {
    let tape = Tape<Float>()
    tape.begin()
    let noise = RandomStream(seed: 4)
    let whole = tape.normal(rows: 5..<25, columns: 7, noise: noise)
    let part = tape.normal(rows: 12..<15, columns: 7, noise: noise)
    let drop = tape.constant(Matrix(rows: 20, columns: 7, repeating: 1))
    let masked = drop.dropout(rate: 0.3, rows: 5..<25, noise: noise)
    let maskedPart = drop.rows(7..<10).dropout(rate: 0.3, rows: 12..<15, noise: noise)
    for i in 0..<3 {
      for j in 0..<7 {
        #expect(whole[i + 7, j] == part[i, j])
        #expect(masked[i + 7, j] == maskedPart[i, j])
      }
    }
    var stream = noise.substream(13)
    #expect(part[1, 0] == Float(stream.normal()))
  }

  func binary(rows: Int, columns: Int) -> Matrix<Double> {
    var stream = RandomStream(seed: 2)
    return Matrix(rows: rows, columns: columns) {
      for i in $0.indices { $0.initializeElement(at: i, to: stream.uniform() < 0.3 ? 1 : 0) }
    }
  }
}
