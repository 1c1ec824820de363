// W, μ, σ² those of probabilistic PCA, C = W Wᵀ + σ² I; m the cells that a row lacks, o the others

import LatentDeepModels
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Missing cells against the conditional moments of a Gaussian, and against sums over a grid.
@Suite struct ImputationTests {
  static let proposals = AutoencoderImputation.posterior(proposals: 8000)

  /// The linear model at the closed form, its encoder as wide as p(z): proposals then cover what they must.
  struct Linear {
    let pca: ProbabilisticPCA
    let model: VariationalAutoencoder<Double>
    let θ: ParameterVector<Double>

    init(posterior: AutoencoderPosterior = .constantDiagonal, exactEncoder: Bool = false) throws {
      pca = try ProbabilisticPCA.maximumLikelihood(of: ToyRows.real(80, columns: 5, seed: 3), latent: 2)
      var configuration = LinearAutoencoderTests.configuration
      let exact = try VariationalAutoencoder<Double>(configuration)
      var φ = LinearAutoencoderTests.closedForm(pca, exact.layout)
      if !exactEncoder { φ["encoder/logVariance"] = Matrix(rows: 1, columns: 2) }
      configuration.posterior = posterior
      model = try VariationalAutoencoder<Double>(configuration)
      if posterior == .constantDiagonal {
        θ = φ
      } else {
        // Means of the encoder, and 0 for what makes the covariance I.
        var wider = ParameterVector<Double>(model.layout)
        for entry in model.layout.entries {
          var value = wider[entry.name]
          let given = φ[entry.name]
          for i in 0..<given.rows { for j in 0..<given.columns { value[i, j] = given[i, j] } }
          wider[entry.name] = value
        }
        θ = wider
      }
    }

    /// E[x_m | x_o] and Cov[x_m | x_o].
    func conditional(_ row: [Double]) throws -> (missing: [Int], mean: [Double], covariance: Matrix<Double>) {
      let (W, μ, σ²) = (pca.parameters.loadings[0], pca.parameters.means.row(0), pca.parameters.noise[0, 0])
      let (m, o) = (row.indices.filter { row[$0].isNaN }, row.indices.filter { !row[$0].isNaN })
      func C(_ a: Int, _ b: Int) -> Double { W[a, 0] * W[b, 0] + W[a, 1] * W[b, 1] + (a == b ? σ² : 0) }
      var inner = Matrix<Double>(rows: o.count, columns: o.count)
      for a in o.indices { for b in o.indices { inner[a, b] = C(o[a], o[b]) } }
      let inverse = o.isEmpty ? inner : try #require(Cholesky(inner)).inverse()
      var (mean, covariance) = (m.map { μ[$0] }, Matrix<Double>(rows: m.count, columns: m.count))
      for a in m.indices {
        for b in m.indices { covariance[a, b] = C(m[a], m[b]) }
        for i in o.indices {
          for j in o.indices {
            mean[a] += C(m[a], o[i]) * inverse[i, j] * (row[o[j]] - μ[o[j]])
            for b in m.indices { covariance[a, b] -= C(m[a], o[i]) * inverse[i, j] * C(o[j], m[b]) }
          }
        }
      }
      return (m, mean, covariance)
    }
  }

  /// Rows with holes, one with nothing observed, one without any hole.
  static let rows: Rows<Double> = {
    let whole: Rows<Double> = ToyRows.real(12, columns: 5, seed: 8)
    var cells = whole.values
    for i in 1..<12 {
      cells[i, i % 5] = .nan
      if i % 2 == 0 { cells[i, (i + 1) % 5] = .nan }
      if i % 3 == 0 { cells[i, (i + 3) % 5] = .nan }
    }
    for j in 0..<5 { cells[4, j] = .nan }
    return Rows(cells)
  }()

  /// Weighted proposals: moments within their standard errors, by the effective sample size; what is observed stays.
  @Test func weightedProposals() throws {
    let linear = try Linear()
    let x = Self.rows
    let source = x.inSourceOrder(x.values)
    let result = try linear.model.imputed(
      x, at: linear.θ, by: Self.proposals, using: RandomStream(seed: 4), threads: 1)
    let sizes = try #require(result.effectiveSampleSizes)
    for i in 0..<12 {
      let exact = try linear.conditional(source.row(i))
      for j in 0..<5 where !exact.missing.contains(j) {
        #expect(result.values[i, j] == source[i, j] && result.deviations[i, j] == 0)
      }
      #expect(exact.missing.isEmpty ? sizes[i] == 8000 : sizes[i] > 200 && sizes[i] < 8000.001)
      let error = 1 / sizes[i].squareRoot()
      for (l, j) in exact.missing.enumerated() {
        let deviation = exact.covariance[l, l].squareRoot()
        #expect(
          (result.values[i, j] - exact.mean[l]).magnitude < 5 * deviation * error, "row \(i), column \(j)")
        // The variance of a square of a normal number is twice its squared variance.
        let ratio = result.deviations[i, j] * result.deviations[i, j] / exact.covariance[l, l]
        #expect((ratio - 1).magnitude < 8 * error, "row \(i), column \(j): \(ratio)")
      }
    }
    // Nothing observed: draws from p(z), all of equal weight.
    #expect((sizes[4] - 8000).magnitude < 1e-6)
    #expect(try #require(result.medianEffectiveSampleSize) > 200)
    let threaded = try linear.model.imputed(
      x, at: linear.θ, by: Self.proposals, using: RandomStream(seed: 4), threads: 2)
    #expect(threaded.values == result.values && threaded.deviations == result.deviations)
  }

  /// A q that is refined for the cells observed is their posterior: proposals weigh nearly the same, where the encoder's do not.
  @Test func refinedProposals() throws {
    let linear = try Linear(posterior: .full)
    let x = Self.rows
    let coarse = try linear.model.imputed(x, at: linear.θ, by: .posterior(proposals: 200))
    let fine = try linear.model.imputed(x, at: linear.θ, by: .posterior(proposals: 200, refinements: 400))
    let sizes = (try #require(coarse.effectiveSampleSizes), try #require(fine.effectiveSampleSizes))
    for i in 1..<12 where i != 4 {
      #expect(sizes.1[i] > 180 && sizes.1[i] > sizes.0[i], "\(sizes.0[i]), \(sizes.1[i])")
    }
    let source = x.inSourceOrder(x.values)
    for i in 1..<12 {
      let exact = try linear.conditional(source.row(i))
      for (l, j) in exact.missing.enumerated() {
        let error = (exact.covariance[l, l] / 180).squareRoot()
        #expect((fine.values[i, j] - exact.mean[l]).magnitude < 5 * error)
      }
    }
  }

  /// Tables of draws: means and covariances of the missing cells of a row together, by both methods. The chain's encoder is exact,
  /// so that it settles at the conditional distribution; copies of a row are chains of their own.
  @Test(arguments: [AutoencoderImputation.posterior(proposals: 2000), .chain(steps: 60)])
  func draws(method: AutoencoderImputation) throws {
    let isChain = method == .chain(steps: 60)
    let linear = try Linear(exactEncoder: isChain)
    var random = RandomStream(seed: 5)
    let whole = (0..<5).map { _ in 1.5 * random.normal() }
    var row = whole
    (row[1], row[3]) = (.nan, .nan)
    let exact = try linear.conditional(row)
    let copies = isChain ? 1000 : 4
    let M = isChain ? 1 : 250
    let x = Rows(Matrix([[Double]](repeating: row, count: copies) + [whole]))
    let tables = try linear.model.imputations(
      x, at: linear.θ, draws: M, by: method, using: RandomStream(seed: 6))
    #expect(tables.count == M)
    var pairs: [(Double, Double)] = []
    for table in tables {
      #expect(table.row(copies) == whole)
      for i in 0..<copies {
        for j in [0, 2, 4] { #expect(table[i, j] == row[j]) }
        pairs.append((table[i, 1] - exact.mean[0], table[i, 3] - exact.mean[1]))
      }
    }
    let moments = [
      (pairs.map(\.0), 0), (pairs.map(\.1), 0), (pairs.map { $0.0 * $0.0 }, exact.covariance[0, 0]),
      (pairs.map { $0.1 * $0.1 }, exact.covariance[1, 1]),
      (pairs.map { $0.0 * $0.1 }, exact.covariance[0, 1]),
    ]
    for (draws, expected) in moments {
      let mean = MonteCarloMean(draws)
      #expect(mean.agrees(with: expected), "\(mean), exactly \(expected)")
    }
    if isChain {
      // Its means over the second half, averaged over copies.
      let imputed = try linear.model.imputed(x, at: linear.θ, by: method, using: RandomStream(seed: 7))
      #expect(imputed.effectiveSampleSizes == nil)
      for (l, j) in exact.missing.enumerated() {
        #expect(MonteCarloMean((0..<copies).map { imputed.values[$0, j] }).agrees(with: exact.mean[l]))
        // Means vary less than single draws do, and spreads within a chain make up for that.
        let total = MonteCarloMean(
          (0..<copies).map {
            let δ = imputed.values[$0, j] - exact.mean[l]
            return imputed.deviations[$0, j] * imputed.deviations[$0, j] + δ * δ
          })
        #expect(total.agrees(with: exact.covariance[l, l]), "\(total), \(exact.covariance[l, l])")
      }
      let threaded = try linear.model.imputations(
        x, at: linear.θ, draws: 1, by: method, using: RandomStream(seed: 6), threads: 2)
      #expect(threaded == tables)
    } else {
      let fewer = try linear.model.imputations(
        x, at: linear.θ, draws: 3, by: method, using: RandomStream(seed: 6), threads: 2)
      for m in 0..<3 {
        for i in 0..<copies {
          for j in 0..<5 { #expect((fewer[m][i, j] - tables[m][i, j]).magnitude < 1e-9) }
        }
      }
    }
  }

  /// Bits and categories: E[x_m | x_o] by a sum over a fine grid of a single latent.
  @Test(arguments: [AutoencoderPrior.standard, .mixture(components: 2)], [true, false])
  func grid(prior: AutoencoderPrior, isBinary: Bool) throws {
    let levels = [2, 2, 3, 2]
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(
        columns: 4, latent: 1, hidden: [5], likelihood: isBinary ? .bernoulli : .categorical(levels: levels),
        prior: prior))
    var θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 6, scale: 0.8)
    // As wide as p(z) and not far from it, so that proposals cover what they must.
    var (weights, bias) = (θ["encoder/posterior/weights"], θ["encoder/posterior/bias"])
    for i in 0..<5 { for l in 0..<2 { weights[i, l] *= 0.2 } }
    bias[0, 1] = 1
    (θ["encoder/posterior/weights"], θ["encoder/posterior/bias"]) = (weights, bias)
    let x = Rows(
      Matrix<Double>([
        [1, 0, .nan, 1], [0, .nan, .nan, 1], [.nan, 1, 1, 0], [.nan, .nan, .nan, .nan], [1, 1, 0, 0],
      ]))
    let result = try model.imputed(x, at: θ, by: Self.proposals, using: RandomStream(seed: 2))
    let sizes = try #require(result.effectiveSampleSizes)
    let step = 0.005
    let grid = stride(from: -9.0, through: 9, by: step).map { $0 }
    // p(x[j] = c | z) at every place of the grid, by the decoder's weights.
    func chances(_ j: Int, _ c: Int) throws -> [Double] {
      let (hidden, bias) = (θ["decoder/0/weights"], θ["decoder/0/bias"])
      let (w, b) = (θ["decoder/1/weights"], θ["decoder/1/bias"])
      let starts = [0, 2, 4, 7]
      return grid.map { z in
        let h = (0..<5).map { Double.tanh(z * hidden[0, $0] + bias[0, $0]) }
        func l(_ column: Int) -> Double { (0..<5).reduce(b[0, column]) { $0 + h[$1] * w[$1, column] } }
        if isBinary {
          let p = 1 / (1 + Double.exp(-l(j)))
          return c == 1 ? p : 1 - p
        }
        let all = (0..<levels[j]).map { Double.exp(l(starts[j] + $0)) }
        return all[c] / all.reduce(0, +)
      }
    }
    let density = grid.map { z in
      guard prior != .standard else { return Double.exp(-z * z / 2) }
      let (logits, m, v) = (
        θ["prior/logits"].elements, θ["prior/means"].elements, θ["prior/logVariances"].elements
      )
      return (0..<2).reduce(0) { sum, k in
        let form = (z - m[k]) * (z - m[k]) * Double.exp(-v[k])
        return sum + Double.exp(logits[k] - 0.5 * (v[k] + form))
      }
    }
    for i in 0..<5 {
      let row = x.inSourceOrder(x.values).row(i)
      var weights = density
      for j in 0..<4 where !row[j].isNaN {
        let p = try chances(j, Int(row[j]))
        for g in grid.indices { weights[g] *= p[g] }
      }
      let total = weights.reduce(0, +)
      #expect(sizes[i] > 500)
      let error = 5 / sizes[i].squareRoot()
      for j in 0..<4 {
        guard row[j].isNaN else {
          #expect(result.values[i, j] == row[j] && result.deviations[i, j] == 0)
          continue
        }
        let p = try (0..<(isBinary ? 2 : levels[j])).map { c in
          zip(weights, try chances(j, c)).reduce(0) { $0 + $1.0 * $1.1 } / total
        }
        if isBinary {
          #expect((result.values[i, j] - p[1]).magnitude < 0.5 * error, "row \(i), column \(j)")
          #expect((result.deviations[i, j] - (p[0] * p[1]).squareRoot()).magnitude < error)
        } else {
          // Unless two categories are nearly as probable.
          let sorted = p.sorted(by: >)
          if sorted[0] - sorted[1] > error {
            #expect(Int(result.values[i, j]) == p.firstIndex(of: sorted[0]))
          }
          #expect((1 - result.deviations[i, j] * result.deviations[i, j] - sorted[0]).magnitude < 0.5 * error)
        }
      }
    }
  }

  /// Conditions are given, binary cells are drawn where the data are probabilities, points have chains alone.
  @Test func variants() throws {
    let rows = Rows(Matrix<Double>([[0.2, 1, .nan, 0], [.nan, 0.9, 0.4, 1], [0.1, 0, 1, 1]]))
    let source = rows.inSourceOrder(rows.values)
    for (posterior, method) in [
      (AutoencoderPosterior.planar, AutoencoderImputation.posterior(proposals: 50)),
      (.point, .chain(steps: 5)),
      (.rankOne, .chain(steps: 5)), (.diagonal, .posterior(proposals: 30, refinements: 3)),
    ] {
      for second in [nil, AutoencoderSecondLayer(latent: 1, hidden: [3])]
      where posterior != .point || second == nil {
        let model = try VariationalAutoencoder<Double>(
          AutoencoderConfiguration(
            columns: 4, latent: 2, hidden: [3], posterior: posterior, binarization: .stochastic,
            condition: [3],
            secondLayer: second))
        let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 6)
        let imputed = try model.imputed(rows, at: θ, by: method)
        let tables = try model.imputations(rows, at: θ, draws: 2, by: method)
        for i in 0..<3 {
          for j in 0..<4 {
            if source[i, j].isNaN {
              #expect(imputed.values[i, j] > 0 && imputed.values[i, j] < 1 && imputed.deviations[i, j] > 0)
              for table in tables { #expect(table[i, j] == 0 || table[i, j] == 1) }
            } else {
              #expect(imputed.values[i, j] == source[i, j] && imputed.deviations[i, j] == 0)
              for table in tables { #expect(table[i, j] == source[i, j]) }
            }
          }
        }
      }
    }
    // Codes stay codes, in a chain too; precisions agree.
    let codes = Rows(Matrix<Double>([[0, .nan, 2], [.nan, .nan, .nan], [1, 2, 1]]))
    let configuration = AutoencoderConfiguration(
      columns: 3, latent: 2, hidden: [3], likelihood: .categorical(levels: [2, 3, 4]))
    let double = try VariationalAutoencoder<Double>(configuration)
    let single = try VariationalAutoencoder<Float>(configuration)
    let φ: ParameterVector<Double> = ToyRows.parameters(double.layout, seed: 6)
    for method in [AutoencoderImputation.chain(steps: 6), .posterior(proposals: 40, refinements: 5)] {
      for table in try double.imputations(codes, at: φ, draws: 4, by: method) {
        for i in 0..<3 {
          for j in 0..<3 {
            #expect(table[i, j] >= 0 && table[i, j] < [2, 3, 4][j] && table[i, j].rounded() == table[i, j])
          }
        }
      }
      let a = try double.imputed(codes, at: φ, by: method)
      let b = try single.imputed(
        Rows(codes.inSourceOrder(codes.values).converted(to: Float.self)), at: φ.converted(to: Float.self),
        by: method)
      #expect(
        zip(a.deviations.elements, b.deviations.elements).allSatisfy { ($0 - Double($1)).magnitude < 1e-3 })
    }
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(columns: 4, latent: 2, hidden: [3], posterior: .point, condition: [0]))
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 6)
    let binary = Rows(Matrix<Double>([[1, 1, .nan, 0]]))
    #expect(throws: InferenceError.self) { try model.imputed(binary, at: θ) }
    #expect(throws: InferenceError.self) { try model.imputed(binary, at: θ, by: .chain(steps: 0)) }
    #expect(throws: InferenceError.self) { try model.imputed(binary, at: θ, by: .posterior(proposals: 0)) }
    #expect(throws: InferenceError.self) { try model.imputations(binary, at: θ, draws: 0, by: .chain()) }
    #expect(
      throws: InferenceError.invalidParameter(
        name: "condition in row 2, column 1", value: "missing",
        requirement: "observed, as a model given it does not say what it is")
    ) { try model.imputed(Rows(Matrix<Double>([[1, 1, .nan, 0], [.nan, 1, 1, 0]])), at: θ, by: .chain()) }
  }
}
