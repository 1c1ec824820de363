import CLatentKernels
import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct OptimizerTests {
  /// The first ten steps of optax: `Tests/Reference/generate_optimizers.py`.
  struct Published: Decodable {
    let start: [Double]
    let gradients: [[Double]]
    let steps: [String: [[Double]]]
  }

  static func layout(_ count: Int) -> ParameterLayout {
    var layout = ParameterLayout()
    layout.add("θ", count)
    return layout
  }

  /// The path from the start, one vector a step.
  func path<Scalar: LatentScalar>(
    _ rule: some Optimizer, _ published: Published, rate: Double, _: Scalar.Type
  ) -> [[Double]] {
    let count = published.start.count
    var θ = ParameterVector<Scalar>(Self.layout(count))
    θ["θ"] = Matrix(rows: 1, columns: count, elements: published.start.map { Scalar($0) })
    var g = ParameterVector<Scalar>(θ.layout)
    var state = OptimizerState<Scalar>(rule, layout: θ.layout)
    return published.gradients.map { gradient in
      g["θ"] = Matrix(rows: 1, columns: count, elements: gradient.map { Scalar($0) })
      rule.step(&θ, gradient: g, state: &state, learningRate: rate)
      return θ["θ"].elements.map { Double($0) }
    }
  }

  @Test func published() throws {
    let published: Published = try reference("optimizers.json")
    for one in try OptimizerCase.all() {
      let expected = try #require(published.steps[one.name])
      let rate = one.name == "adadelta" ? 1 : 0.05
      let double = path(one.optimizer, published, rate: rate, Double.self)
      let single = path(one.optimizer, published, rate: rate, Float.self)
      #expect(expected.count == 10 && double.count == 10)
      for (step, row) in expected.enumerated() {
        for (i, value) in row.enumerated() {
          let scale = 1 + value.magnitude
          #expect(
            (double[step][i] - value).magnitude < 1e-11 * scale,
            "\(one.name), step \(step + 1), \(i): \(double[step][i]), published \(value)")
          #expect(
            (single[step][i] - value).magnitude < 1e-5 * scale,
            "\(one.name) in single precision, step \(step + 1), \(i): \(single[step][i]), published \(value)")
        }
      }
    }
  }

  /// The fused loops against the plain ones, over sizes that do not fill a vector, with a scale.
  @Test(arguments: [1, 16, 1003]) func kernels(count: Int) throws {
    for one in try OptimizerCase.all() {
      try compare(one, count, Double.self, tolerance: 1e-14)
      try compare(one, count, Float.self, tolerance: 1e-5)
    }
  }

  func compare<Scalar: LatentScalar>(
    _ one: OptimizerCase, _ count: Int, _: Scalar.Type, tolerance: Double
  ) throws {
    var random = RandomStream(seed: 3)
    let size = (count + 15) / 16 * 16
    func vector(_ body: () -> Double) -> Matrix<Scalar> {
      Matrix(rows: 1, columns: size, elements: (0..<size).map { _ in Scalar(body()) })
    }
    var fast = [vector { random.normal() }, vector { 0 }, vector { 0 }]
    var plain = fast
    for step in 1...5 {
      let g = vector { random.normal() }
      func update(_ arrays: inout [Matrix<Scalar>], _ body: (OptimizerElements<Scalar>) -> Void) {
        var (p, m, v) = (arrays[0], arrays[1], arrays[2])
        p.withUnsafeMutableElements { p in
          m.withUnsafeMutableElements { m in
            v.withUnsafeMutableElements { v in
              g.withUnsafeElements { g in
                body(
                  OptimizerElements(
                    count: count, parameters: p.baseAddress!, gradient: g.baseAddress!, scale: 0.37,
                    first: m.baseAddress!, second: v.baseAddress!, step: step, learningRate: 0.03))
              }
            }
          }
        }
        arrays = [p, m, v]
      }
      let before = fast
      update(&fast) { $0.update(by: one.optimizer) }
      update(&plain) { one.reference($0) }
      for (k, (a, b)) in zip(fast, plain).enumerated() {
        for i in 0..<size {
          let (x, y) = (Double(a[0, i]), Double(b[0, i]))
          #expect(
            (x - y).magnitude <= tolerance * (1 + y.magnitude),
            "\(one.name) \(Scalar.precisionName), step \(step), vector \(k), element \(i): \(x), plainly \(y)"
          )
          // Beyond the count nothing is touched, within it the parameters move.
          if i >= count { #expect(a[0, i] == before[k][0, i]) }
          if i < count, k == 0 { #expect(a[0, i] != before[k][0, i]) }
        }
      }
    }
  }

  /// The maximum of −½ Σ a (θ − c)², curvatures a from 0.1 to 10, with a rate that decays.
  @Test func climbsAQuadratic() throws {
    let curvature = [0.1, 1, 10]
    let top = [3.0, -2, 0.5]
    let rates = ["sgd": 0.15, "momentum": 0.05, "nesterov": 0.05, "adagrad": 1, "adadelta": 5, "adamw": 0.1]
    for one in try OptimizerCase.all() {
      var θ = ParameterVector<Double>(Self.layout(3))
      var g = θ
      var state = OptimizerState<Double>(one.optimizer, layout: θ.layout)
      let schedule = try CosineRate(peak: rates[one.name] ?? 0.05, floor: 1e-6, steps: 3000)
      for step in 0..<3000 {
        let now = θ["θ"].elements
        g["θ"] = Matrix(
          rows: 1, columns: 3, elements: (0..<3).map { -curvature[$0] * (now[$0] - top[$0]) })
        one.optimizer.step(
          &θ, gradient: g, state: &state,
          learningRate: schedule.rate(at: TrainingTime(step: step, stepsPerPass: 1)))
      }
      let found = θ["θ"].elements
      for i in 0..<3 {
        // Decay pulls to 0: θ = c − λ θ √v̂ / a, with v̂ gone at the end.
        let tolerance = one.name == "adamw" ? 0.2 : 1e-3
        #expect(
          (found[i] - top[i]).magnitude < tolerance, "\(one.name): \(found[i]), the maximum at \(top[i])")
      }
      #expect(state.step == 3000)
    }
  }

  @Test func refusesNumbersOutOfRange() {
    for share in [-0.1, 1, .nan] {
      #expect(throws: InferenceError.self) { try Momentum(share) }
      #expect(throws: InferenceError.self) { try Adam(meanDecay: share) }
      #expect(throws: InferenceError.self) { try Adam(squareDecay: share) }
      #expect(throws: InferenceError.self) { try RMSprop(decay: share) }
      #expect(throws: InferenceError.self) { try Adadelta(decay: share) }
    }
    for epsilon in [0, -1, .infinity, .nan] {
      #expect(throws: InferenceError.self) { try Adagrad(epsilon: epsilon) }
      #expect(throws: InferenceError.self) { try Adam(epsilon: epsilon) }
      #expect(throws: InferenceError.self) { try RMSprop(epsilon: epsilon) }
      #expect(throws: InferenceError.self) { try Adadelta(epsilon: epsilon) }
    }
    #expect(throws: InferenceError.self) { try AdamW(Adam(), weightDecay: -1) }
  }

  /// Sums over lanes, and the sum of squares, over sizes that do not fill a vector.
  @Test(arguments: [0, 1, 15, 64, 1037]) func sums(count: Int) {
    var random = RandomStream(seed: 5)
    let size = Swift.max(count, 1)
    let a = Matrix(rows: 1, columns: size, elements: (0..<size).map { _ in random.normal() })
    let b = Matrix(rows: 1, columns: size, elements: (0..<size).map { _ in random.normal() })
    var (sum, single) = (a, a.converted(to: Float.self))
    sum.withUnsafeMutableElements { p in
      b.withUnsafeElements { latent_add_d(p.baseAddress!, p.baseAddress!, $0.baseAddress!, count) }
    }
    single.withUnsafeMutableElements { p in
      b.converted(to: Float.self).withUnsafeElements {
        latent_add_f(p.baseAddress!, p.baseAddress!, $0.baseAddress!, count)
      }
    }
    for i in 0..<size {
      let expected = i < count ? a[0, i] + b[0, i] : a[0, i]
      #expect(sum[0, i] == expected)
      #expect((Double(single[0, i]) - expected).magnitude < 1e-6)
    }
    let squares = (0..<count).reduce(0) { $0 + a[0, $1] * a[0, $1] }
    let found = a.withUnsafeElements { latent_sum_of_squares_d($0.baseAddress!, count) }
    let foundSingle = a.converted(to: Float.self).withUnsafeElements {
      latent_sum_of_squares_f($0.baseAddress!, count)
    }
    #expect((found - squares).magnitude <= 1e-13 * squares)
    #expect((foundSingle - squares).magnitude <= 1e-5 * squares)
  }

  /// bfloat16: eight bits of significand; halfway to the even.
  @Test func roundsToHalfTheBits() {
    let ulp = Float(0x1p-7)
    let cases: [(Float, Float)] = [
      (0, 0), (1, 1), (-1.5, -1.5), (1 + ulp / 2, 1), (1 + 3 * ulp / 2, 1 + 2 * ulp),
      (1 + ulp * 0.51, 1 + ulp), (-(1 + ulp * 0.49), -1), (3.1415927, 3.140625),
      (.infinity, .infinity), (-.infinity, -.infinity), (.greatestFiniteMagnitude, .infinity),
    ]
    for (x, expected) in cases + [(.nan, .nan)] {
      var out: UInt16 = 0
      withUnsafePointer(to: x) { latent_round_bf16($0, &out, 1) }
      let value = Float(bitPattern: UInt32(out) << 16)
      #expect(value == expected || (value.isNaN && expected.isNaN), "\(x) gives \(value), not \(expected)")
    }
  }

  /// Runs of any length, by instruction or not, as the definition has it.
  @Test func roundsRuns() {
    var stream = RandomStream(seed: 8)
    for count in 1...70 {
      let x = (0..<count).map { _ in
        Float((stream.uniform(Double.self) - 0.5) * Double.exp(40 * stream.uniform(Double.self) - 20))
      }
      var out = [UInt16](repeating: 7, count: count + 1)
      latent_round_bf16(x, &out, count)
      for (value, bits) in zip(x, out) {
        let (below, error) = (UInt16(truncatingIfNeeded: value.bitPattern >> 16), value.bitPattern & 0xFFFF)
        let isUp = error > 0x8000 || error == 0x8000 && below % 2 == 1
        #expect(bits == below + (isUp ? 1 : 0))
      }
      #expect(out[count] == 7, "nothing beyond the end")
    }
  }
}
