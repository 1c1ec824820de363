import LatentDeepModels
import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// p(x | z) on a tape: normalised, with the expectation and the draws that belong to it.
@Suite struct LikelihoodTests {
  /// A family for D columns with random parameters of its own, and what a decoder might give.
  struct Case {
    let head: any LikelihoodHead
    let layout: ParameterLayout
    let θ: ParameterVector<Double>
    let output: [Double]

    init(_ likelihood: AutoencoderLikelihood, columns D: Int, seed: UInt64, scale: Double = 1.2) {
      var layout = ParameterLayout()
      head = likelihood.head(columns: D, in: &layout)
      layout.add("unused", 1)
      self.layout = layout
      θ = ToyRows.parameters(layout, seed: seed)
      var random = RandomStream(seed: seed + 1)
      output = (0..<head.outputs).map { _ in scale * random.normal() }
    }

    /// Calls `body` with the decoder's output, repeated for some rows.
    func on<Result>(rows: Int, _ body: (Tape<Double>, Variable<Double>) throws -> Result) rethrows -> Result {
      let tape = Tape<Double>(layout: layout)
      return try θ.withUnsafeElements { p in
        tape.begin(at: ParameterPoint(values: p.baseAddress!))
        return try body(
          tape, tape.constant(Matrix([[Double]](repeating: output, count: rows))))
      }
    }

    /// p(x | z) of rows.
    func densities(_ x: [[Double]]) -> [Double] {
      on(rows: x.count) { tape, y in
        head.logDensity(y, of: tape.constant(Matrix(x)), on: tape).value.elements.map { Double.exp($0) }
      }
    }

    /// E[x | z].
    var mean: [Double] { on(rows: 1) { _, y in head.expectation(y).row(0) } }
  }

  @Test func bernoulliAddsUpToOne() {
    let one = Case(.bernoulli, columns: 4, seed: 3)
    let all = (0..<16).map { code in (0..<4).map { Double(code >> $0 & 1) } }
    let p = one.densities(all)
    #expect((p.reduce(0, +) - 1).magnitude < 1e-12)
    for j in 0..<4 {
      let mean = zip(all, p).reduce(0) { $0 + $1.0[j] * $1.1 }
      #expect((mean - one.mean[j]).magnitude < 1e-12)
    }
    // A missing cell is integrated out.
    let part = one.densities([[0, .nan, 1, 1]])[0]
    let whole = one.densities([[0, 0, 1, 1], [0, 1, 1, 1]]).reduce(0, +)
    #expect((part - whole).magnitude < 1e-12)
  }

  @Test(arguments: [GaussianVariance.fixed(0.6), .shared, .columns, .network])
  func gaussianIntegratesToOne(variance: GaussianVariance) {
    let one = Case(.gaussian(variance), columns: 2, seed: 4)
    // One column at a time, by a sum over a fine grid; the other is missing.
    for j in 0..<2 {
      let step = 0.005
      let grid = stride(from: -25.0, through: 25, by: step)
      let p = one.densities(grid.map { x in (0..<2).map { $0 == j ? x : .nan } })
      #expect((p.reduce(0, +) * step - 1).magnitude < 1e-9)
      let mean = zip(grid, p).reduce(0) { $0 + $1.0 * $1.1 } * step
      #expect((mean - one.mean[j]).magnitude < 1e-9)
    }
    let (a, b) = (one.densities([[0.3, .nan]])[0], one.densities([[.nan, -0.8]])[0])
    #expect((one.densities([[0.3, -0.8]])[0] - a * b).magnitude < 1e-12)
    if case .fixed(let variance) = variance {
      let top = 1 / (2 * Double.pi * variance).squareRoot()
      #expect((one.densities([[one.mean[0], .nan]])[0] - top).magnitude < 1e-12)
    }
  }

  @Test(arguments: [0.05, 1.2, 8, 60]) func continuousBernoulliIntegratesToOne(scale: Double) {
    let one = Case(.continuousBernoulli, columns: 3, seed: 6, scale: scale)
    let n = 20_000
    for j in 0..<3 {
      // The middles of n intervals.
      let grid = (0..<n).map { (Double($0) + 0.5) / Double(n) }
      let p = one.densities(grid.map { x in (0..<3).map { $0 == j ? x : .nan } })
      #expect((p.reduce(0, +) / Double(n) - 1).magnitude < 1e-5)
      let mean = zip(grid, p).reduce(0) { $0 + $1.0 * $1.1 } / Double(n)
      #expect((mean - one.mean[j]).magnitude < 1e-5)
    }
  }

  @Test func categoriesAddUpToOne() {
    let levels = [3, 1, 2]
    let one = Case(.categorical(levels: levels), columns: 3, seed: 7)
    let all = (0..<6).map { [Double($0 % 3), 0, Double($0 / 3)] }
    let p = one.densities(all)
    #expect((p.reduce(0, +) - 1).magnitude < 1e-12)
    let best = zip(all, p).max { $0.1 < $1.1 }!.0
    #expect(one.mean == best)
    let part = one.densities([[2, 0, .nan]])[0]
    #expect((part - one.densities([[2, 0, 0], [2, 0, 1]]).reduce(0, +)).magnitude < 1e-12)
    // Draws have these probabilities.
    let N = 4000
    let x = one.on(rows: N) { _, y in
      one.head.draw(y, from: (0..<N).map { RandomStream(seed: 1).substream($0) })
    }
    for (cells, p) in zip(all, p) {
      let hits = MonteCarloMean((0..<N).map { x.row($0) == cells ? 1 : 0 })
      #expect((hits.value - p).magnitude < 5 * (p * (1 - p) / Double(N)).squareRoot() + 1e-3)
    }
    #expect(one.head.requirement(of: 3, column: 0) != nil && one.head.requirement(of: 0.5, column: 0) != nil)
    #expect(one.head.requirement(of: -1, column: 2) != nil && one.head.requirement(of: 1, column: 2) == nil)
    // What an encoder sees.
    var seen = [Double](repeating: .nan, count: 6)
    one.head.encode([2, 0, .nan] as [Double], into: &seen)
    #expect(seen == [0, 0, 1, 1, 0, 0])
  }

  @Test(arguments: [(2, 0.3), (5, 1.2), (256, 0.4), (256, 20)] as [(Int, Double)])
  func levelsAddUpToOne(levels: Int, scale: Double) {
    let one = Case(.discretizedLogistic(levels: levels), columns: 2, seed: 8, scale: scale)
    let grid = (0..<levels).map { Double($0) / Double(levels - 1) }
    for j in 0..<2 {
      let p = one.densities(grid.map { x in (0..<2).map { $0 == j ? x : .nan } })
      #expect((p.reduce(0, +) - 1).magnitude < 1e-10)
      let mean = zip(grid, p).reduce(0) { $0 + $1.0 * $1.1 }
      #expect((mean - one.mean[j]).magnitude < 1e-10)
    }
    #expect(one.head.requirement(of: grid[1], column: 0) == nil)
    #expect(one.head.requirement(of: grid[1] / 2, column: 0) != nil)
  }

  static let families: [AutoencoderLikelihood] = [
    .bernoulli, .gaussian(.shared), .gaussian(.network), .continuousBernoulli,
    .discretizedLogistic(levels: 6),
  ]

  static func data(_ likelihood: AutoencoderLikelihood) -> Rows<Double> {
    ToyRows.real(50, columns: 3, seed: 6, missing: 10, weighted: true) { value in
      switch likelihood {
      case .gaussian, .categorical: value
      case .bernoulli: value > 0.3 ? 1 : 0
      case .continuousBernoulli: 1 / (1 + Double.exp(-value))
      case .discretizedLogistic(let n):
        min(max(value + 1, 0), 2).rounded() * (Double(n - 1) / 2).rounded(.down) / Double(n - 1)
      }
    }
  }

  /// Draws have the expectation and the variance, and the same stream gives the same draw.
  @Test(arguments: families) func draws(likelihood: AutoencoderLikelihood) {
    let one = Case(likelihood, columns: 3, seed: 5)
    let N = 4000
    let streams = (0..<N).map { RandomStream(seed: 1).substream($0) }
    let x = one.on(rows: N) { _, y in one.head.draw(y, from: streams) }
    #expect(x == one.on(rows: N) { _, y in one.head.draw(y, from: streams) })
    for j in 0..<3 {
      let mean = MonteCarloMean(x.column(j))
      #expect(mean.agrees(with: one.mean[j]), "column \(j): \(mean), \(one.mean[j])")
      let squares = MonteCarloMean(x.column(j).map { ($0 - one.mean[j]) * ($0 - one.mean[j]) })
      let moments = one.on(rows: 1) { _, y in one.head.cellMoments(y) }
      #expect((moments.means[0, j] - one.mean[j]).magnitude < 1e-12)
      let variance = moments.variances![0, j]
      #expect(squares.agrees(with: variance), "column \(j): \(squares), \(variance)")
    }
    // What is drawn is data of the family.
    for value in x.elements { #expect(one.head.requirement(of: value, column: 0) == nil) }
  }

  /// A decoder of weights 0 gives the data's means, as far as they may be told: the start is no worse than a model without latents.
  @Test(arguments: families) func firstParameters(likelihood: AutoencoderLikelihood) throws {
    let x = Self.data(likelihood)
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(columns: 3, latent: 1, hidden: [], likelihood: likelihood))
    var θ = try model.initialParameters(for: x, using: RandomStream(seed: 1))
    #expect(θ["decoder/0/weights"].elements.contains { $0 != 0 })
    θ["decoder/0/weights"] = Matrix(rows: 1, columns: θ["decoder/0/weights"].columns)
    let mean = try model.expectation(at: Matrix(rows: 1, columns: 1), θ).row(0)
    for j in 0..<3 {
      var (sum, total) = (0.0, 0.0)
      for i in 0..<50 where !x.values[i, j].isNaN {
        sum += x.weight(of: i) * x.values[i, j]
        total += x.weight(of: i)
      }
      // A discretised logistic has the mean but for its tails.
      let tolerance = if case .discretizedLogistic = likelihood { 0.1 } else { 1e-8 }
      #expect((mean[j] - sum / total).magnitude < tolerance)
    }
    // A column of zeros: the mean is kept away from 0.
    let zeros = Rows(Matrix<Double>(rows: 4, columns: 3))
    if case .gaussian(let variance) = likelihood, variance != .fixed(0.7) {
      // A learned variance would go to 0.
      let error = #expect(throws: InferenceError.self) {
        try model.initialParameters(for: zeros, using: RandomStream(seed: 1))
      }
      #expect(
        error
          == (variance == .shared
            ? .noVariation
            : .invalidParameter(
              name: "learned variance of column 1", value: "0",
              requirement:
                "positive, but the column does not vary: leave it out, or have one variance for all columns, or a fixed one"
            )))
      return
    }
    let φ = try model.initialParameters(for: zeros, using: RandomStream(seed: 1))
    #expect(φ.isFinite)
    if likelihood == .bernoulli {
      #expect((φ["decoder/0/bias"][0, 0] - Double.log(0.001 / 0.999)).magnitude < 1e-9)
    }
  }
}
