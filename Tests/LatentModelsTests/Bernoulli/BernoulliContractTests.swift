import LatentEvidence
import LatentFiles
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Every contract of a conjugate model, over inference × missing cells × weights × precisions.
@Suite struct BernoulliContracts {
  enum Inference: CaseIterable { case maximumLikelihood, mode, variational }

  @Test(arguments: Inference.allCases, Defects.allCases)
  func contracts(_ inference: Inference, _ defects: Defects) async throws {
    for dimensions in [5, 40] {
      try await check(inference, defects, dimensions, Double.self)
      try await check(inference, defects, dimensions, Float.self)
    }
  }

  func check<S: LatentScalar>(
    _ inference: Inference, _ defects: Defects, _ D: Int, _: S.Type
  ) async throws {
    let K = 3
    var stream = RandomStream(seed: 7).substream(D)
    let μ = Matrix(rows: K, columns: D, elements: (0..<K * D).map { _ in 0.1 + 0.8 * stream.uniform() })
    let π = [0.5, 0.2, 0.3]
    let θ = BernoulliMixtureParameters(
      mixing: .weights(π), emission: BernoulliParameters(probabilities: μ))
    let x = try BernoulliMixture<Double>(components: K, dimensions: D)
      .sample(531, at: θ, using: RandomStream(seed: 11)).values
    let rows = defects.rows(of: x, S.self)
    let name = "\(inference), \(defects.testDescription), D = \(D), \(S.precisionName)"
    switch inference {
    case .maximumLikelihood, .mode:
      let prior = inference == .mode ? try BetaPrior(ones: 1.5, zeros: 2.5) : nil
      try await run(
        name, BernoulliMixture<S>(components: K, dimensions: D, prior: prior), rows, θ,
        logOne: μ.elements.map { .log($0) }, logZero: μ.elements.map { .log(1 - $0) })
    case .variational:
      let q = BernoulliPosterior(
        ones: Matrix(rows: K, columns: D, elements: μ.elements.map { 40 * $0 }),
        zeros: Matrix(rows: K, columns: D, elements: μ.elements.map { 40 * (1 - $0) }))
      try await run(
        name,
        Mixture(
          components: K, of: VariationalBernoulliEmission<S>(dimensions: D, prior: .init(ones: 0.5, zeros: 1))
        ), rows, .init(mixing: .weights(π), emission: q),
        logOne: μ.elements.map { digamma(40 * $0) - digamma(40) },
        logZero: μ.elements.map { digamma(40 * (1 - $0)) - digamma(40) })
    }
  }

  func run<F: Emission>(
    _ name: String, _ model: Mixture<F>, _ rows: Rows<F.Scalar>, _ θ: Mixture<F>.Parameters,
    logOne: [Double], logZero: [Double]
  ) async throws where F.Statistics == BernoulliStatistics, F.Parameters: Archivable & VectorParameters {
    let D = rows.columns
    try await EmissionCase(
      name: name, model: model, rows: rows, parameters: θ,
      logDensity: { x, k in
        (0..<D).reduce(0) {
          x[$1].isNaN ? $0 : $0 + (x[$1] == 1 ? logOne[k * D + $1] : logZero[k * D + $1])
        }
      }, split: { [$0.counts, $0.ones.elements, $0.observed.elements] },
      add: { x, k, r, _, numbers in
        numbers[0][k] += r
        for j in 0..<D where !x[j].isNaN {
          numbers[1][k * D + j] += r * x[j]
          numbers[2][k * D + j] += r
        }
      }
    ).checkContracts()
  }
}
