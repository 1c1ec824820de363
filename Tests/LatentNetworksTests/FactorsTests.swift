import CLatentTestSupport
import LatentEvidence
import LatentNetworks
import LatentNumerics
import Synchronization
import Testing

/// Gradients left as factors are those that are written otherwise.
@Suite struct FactorsTests {
  enum Precision: CaseIterable { case double, single, rounded }

  /// Two lanes of so many rows: few enough for one product of both, and too many; dense inputs and such with many zeros.
  @Test(arguments: Precision.allCases, [(9, 0.2), (9, 1), (40, 0.2), (40, 1)])
  func areTheGradients(precision: Precision, input: (rows: Int, density: Double)) {
    switch precision {
    case .double: compare(Double.self, input.rows, input.density, isRounded: false, tolerance: 1e-13)
    case .single: compare(Float.self, input.rows, input.density, isRounded: false, tolerance: 1e-5)
    case .rounded:
      guard Tape<Float>.hasBFloat16Products else { return }
      compare(Float.self, input.rows, input.density, isRounded: true, tolerance: 1e-5)
    }
  }

  private func compare<S: LatentScalar>(
    _: S.Type, _ rows: Int, _ density: Double, isRounded: Bool, tolerance: S
  ) {
    var layout = ParameterLayout()
    let first = Linear("first", from: 200, to: 150, in: &layout)
    let twice = Linear("twice", from: 150, to: 150, in: &layout)
    let before = Linear("before", from: 150, to: 130, in: &layout)
    let after = Linear("after", from: 150, to: 130, in: &layout)
    let small = Linear("small", from: 130, to: 20, in: &layout)
    let unused = Linear("unused", from: 150, to: 130, in: &layout)
    var parameters = ParameterVector<S>(layout)
    for (i, layer) in [first, twice, before, after, small, unused].enumerated() {
      layer.initialize(&parameters, from: RandomStream(seed: UInt64(i)))
    }
    var stream = RandomStream(seed: 9)
    let inputs = (0..<2).map { _ in
      Matrix<S>(rows: rows, columns: 200) {
        for i in $0.indices {
          let isThere = stream.uniform(Double.self) < density
          $0.initializeElement(at: i, to: isThere ? S(stream.uniform(Double.self)) - 0.4 : 0)
        }
      }
    }
    let tapes = inputs.map { _ in Tape<S>(layout: layout) }
    var written = inputs.map { _ in [S](repeating: .nan, count: layout.count) }
    var left = written
    func run(_ lane: Int, into g: inout [S]) {
      let tape = tapes[lane]
      parameters.withUnsafeElements { p in
        let bits = p.map { value -> UInt16 in
          let bits = Float(value).bitPattern
          return UInt16((bits + 0x7FFF + (bits >> 16) & 1) >> 16)
        }
        bits.withUnsafeBufferPointer { bits in
          g.withUnsafeMutableBufferPointer { g in
            tape.begin(
              at: ParameterPoint(values: p.baseAddress!, rounded: isRounded ? bits.baseAddress! : nil),
              gradient: g.baseAddress!)
            var h = first(tape.constant(inputs[lane])).tanh()
            h = twice(h).tanh() + twice(h.scaled(by: 0.5))
            // Something else that depends on weights, before the product in one case and after it in the other.
            let decay = tape.parameter(before.weights).squared().sum()
            let y = before(h) + after(h)
            let growth = tape.parameter(after.weights).squared().sum()
            tape.backward(from: small(y.tanh()).squared().sum() + growth - decay)
          }
        }
      }
    }
    for lane in 0..<2 { run(lane, into: &written[lane]) }
    for tape in tapes { tape.keepFactors() }
    // The second time with memory that is there.
    for _ in 0..<2 { for lane in 0..<2 { run(lane, into: &left[lane]) } }
    let isSparseAndShort = density < 0.25 && rows < 24
    let expected = Set([twice] + (isSparseAndShort ? [] : [first])).map(\.weights.offset).sorted()
    for tape in tapes {
      let matrices = (0..<tape.factoredCount).map { tape.factored($0) }
      #expect(matrices.map(\.offset).sorted() == expected)
    }
    var sum = zip(left[0], left[1]).map { $0 + $1 }
    for i in 0..<tapes[0].factoredCount {
      let matrix = tapes[0].factored(i)
      // Pieces that are no whole number of vectors, added to ones in the second half.
      for start in stride(from: 0, to: matrix.rows, by: 37) {
        let rows = start..<Swift.min(start + 37, matrix.rows)
        let adds = start > matrix.rows / 2
        var piece = [S](repeating: adds ? 1 : .nan, count: rows.count * matrix.columns)
        piece.withUnsafeMutableBufferPointer {
          tapes[start % 2].gradientRows(
            rows, of: matrix, leftBy: tapes[...], into: $0.baseAddress!, adding: adds)
        }
        for (j, value) in piece.enumerated() {
          sum[matrix.offset + start * matrix.columns + j] = adds ? value - 1 : value
        }
      }
    }
    for entry in layout.entries {
      let range = entry.reference.range
      let right = range.map { written[0][$0] + written[1][$0] }
      let scale = right.reduce(1) { Swift.max($0, $1.magnitude) }
      let worst = zip(range, right).map { (sum[$0] - $1).magnitude }.reduce(0) {
        $1 > $0 || $1.isNaN ? $1 : $0
      }
      #expect(worst <= tolerance * scale, "\(entry.name): \(worst) of \(scale)")
    }
  }

  /// A network with large matrices, which climbs with gradients left as factors or written.
  struct WideModel: DifferentiableModel {
    typealias Scalar = Float
    let layout: ParameterLayout
    let network: MultilayerPerceptron
    let leavesFactors: Bool
    let readsRoundedParameters: Bool
    /// How often the thread had asked for memory when it began a lane.
    let allocations = Allocations()

    final class Allocations: Sendable {
      let counts = Mutex<[Int]>([])
    }

    /// What the network sees besides the data, if anything: parameters, as a prior's pseudo-inputs are.
    let pseudoInputs: ParameterReference?

    init(
      leavesFactors: Bool, isRounded: Bool, widths: [Int] = [300, 200, 90, 300], hasPseudoInputs: Bool = false
    ) {
      var layout = ParameterLayout()
      network = MultilayerPerceptron("network", widths: widths, activation: .tanh, in: &layout)
      pseudoInputs = hasPseudoInputs ? layout.add("pseudoinputs", shape: [12, 300]) : nil
      self.layout = layout
      self.leavesFactors = leavesFactors
      readsRoundedParameters = isRounded
    }

    var start: ParameterVector<Float> {
      var parameters = ParameterVector<Float>(layout)
      network.initialize(&parameters, from: RandomStream(seed: 1))
      return parameters
    }

    func makeWorkspace() -> Tape<Float> { Tape(layout: layout) }
    func factors(in tape: Tape<Float>) -> Tape<Float>? { leavesFactors ? tape : nil }

    func boundAndGradient(
      of rows: ArraySlice<Int>, in data: Rows<Float>, at p: ParameterPoint<Float>, noise: RandomStream,
      objective: ObjectiveWeights, workspace tape: inout Tape<Float>, into g: UnsafeMutablePointer<Float>?
    ) throws(InferenceError) -> Bound {
      allocations.counts.withLock {
        if $0.count < $0.capacity { $0.append(Int(latent_allocations())) }
      }
      tape.begin(at: p, gradient: g)
      let x = data.values.withUnsafeElements { tape.constant(rows: rows, of: $0.baseAddress!, columns: 300) }
      var value = network(x).logBernoulli(of: x).sum()
      if let pseudoInputs {
        value = value + (network(tape.parameter(pseudoInputs)) - 0.5).tanh().sum().scaled(by: 0.1)
      }
      if g != nil { tape.backward(from: value) }
      return Bound(
        reconstruction: Double(value.sum()[0, 0]), latentKL: 0, count: Double(rows.count),
        estimate: .monteCarlo(draws: 1))
    }
  }

  /// Of the first rows more, so that a lane may take them for sparse and another may not.
  static func bits(_ rows: Int) -> Rows<Float> {
    Rows(
      Matrix<Float>(rows: rows, columns: 300) {
        for i in $0.indices {
          let isOn = i / 300 % 5 == 0 ? i % 3 > 0 : (i / 300 * 7 + i % 300) % 9 < 2
          $0.initializeElement(at: i, to: isOn ? 1 : 0)
        }
      })
  }

  private func climb(
    _ model: WideModel, rows: Int = 240, batch: Int, clipping: Double? = nil, threads: Int = 2, steps: Int = 3
  ) throws -> (bounds: [Double], parameters: [Float]) {
    let x = Self.bits(rows)
    let ascent = GradientAscent(
      model, try Adam(), learningRate: try ConstantRate(1e-3),
      settings: try GradientSettings(batchSize: batch, clippingNorm: clipping), using: RandomStream(seed: 5),
      threads: threads)
    var state = GradientAscent<WideModel, Adam>.State(parameters: model.start)
    let bounds = try (0..<steps).map { _ in try ascent.step(&state, on: x).perObservation }
    return (bounds, state.parameters.withUnsafeElements { Array($0) })
  }

  struct Setting: Sendable, CustomTestStringConvertible {
    var rows = 240
    var batch = 20
    var clipping: Double?
    var isRounded = false
    var widths = [300, 200, 90, 300]
    var hasPseudoInputs = false

    var testDescription: String {
      "\(rows) rows by \(batch), widths \(widths)" + (clipping == nil ? "" : ", clipped")
        + (isRounded ? ", rounded" : "")
        + (hasPseudoInputs ? ", pseudo-inputs" : "")
    }
  }

  /// Batches of one kind of factor and another; lanes of 23 and 24 rows, of which one leaves what the other writes, and batches that
  /// differ in it; matrices in several pieces; parameters as inputs.
  static let settings: [Setting] = [false, true].flatMap { isRounded in
    [nil, 0.5].flatMap { clipping in
      [(240, 20), (240, 80), (235, 47), (420, 60)].map {
        Setting(rows: $0.0, batch: $0.1, clipping: clipping, isRounded: isRounded)
      }
        + [
          Setting(batch: 60, clipping: clipping, isRounded: isRounded, widths: [300, 701, 300]),
          Setting(batch: 60, clipping: clipping, isRounded: isRounded, hasPseudoInputs: true),
        ]
    }
  }

  /// The same climb as with gradients written out, and the same bits at any number of threads.
  @Test(arguments: settings) func climbsAlike(setting: Setting) throws {
    if setting.isRounded && !Tape<Float>.hasBFloat16Products { return }
    func climb(leaving: Bool, threads: Int) throws -> (bounds: [Double], parameters: [Float]) {
      try self.climb(
        WideModel(
          leavesFactors: leaving, isRounded: setting.isRounded, widths: setting.widths,
          hasPseudoInputs: setting.hasPseudoInputs), rows: setting.rows, batch: setting.batch,
        clipping: setting.clipping, threads: threads)
    }
    let plain = try climb(leaving: false, threads: 2)
    let one = try climb(leaving: true, threads: 1)
    for (a, b) in zip(one.bounds, plain.bounds) { #expect((a - b).magnitude < 2e-3 * b.magnitude) }
    // Where a gradient is next to nothing, its sign and so Adam's first step is anybody's.
    let apart = zip(one.parameters, plain.parameters).count { ($0 - $1).magnitude > 2e-4 }
    #expect(apart <= plain.parameters.count / 200, "\(apart) of \(plain.parameters.count)")
    for threads in [2, 3] {
      let other = try climb(leaving: true, threads: threads)
      #expect(other.bounds == one.bounds && other.parameters == one.parameters)
    }
  }

  /// After the first steps no thread asks for memory.
  @Test(arguments: [20, 80]) func noMemoryIsTaken(batch: Int) throws {
    for isRounded in [false, true] where !isRounded || Tape<Float>.hasBFloat16Products {
      let model = WideModel(leavesFactors: true, isRounded: isRounded)
      model.allocations.counts.withLock { $0.reserveCapacity(1000) }
      _ = try climb(model, batch: batch, threads: 1, steps: 4)
      // In the middle of a step of the fit, which itself takes memory at its ends.
      let lanes = model.allocations.counts.withLock { $0 }
      let perStep = lanes.count / 4
      #expect(Set(lanes[(3 * perStep + 1)..<lanes.count]).count == 1, "\(lanes)")
    }
  }
}
