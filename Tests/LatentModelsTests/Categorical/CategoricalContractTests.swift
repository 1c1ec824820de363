import LatentEvidence
import LatentFiles
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Every contract of a conjugate model, over inference × missing cells × weights × precisions.
@Suite struct CategoricalContracts {
  @Test(arguments: BernoulliContracts.Inference.allCases, Defects.allCases)
  func contracts(_ inference: BernoulliContracts.Inference, _ defects: Defects) async throws {
    for levels in [[3, 2, 5, 1, 4], Array(repeating: 3, count: 30)] {
      let columns = try CategoricalColumns(levels: levels)
      try await check(inference, defects, columns, Double.self)
      try await check(inference, defects, columns, Float.self)
    }
  }

  func check<S: LatentScalar>(
    _ inference: BernoulliContracts.Inference, _ defects: Defects, _ columns: CategoricalColumns, _: S.Type
  ) async throws {
    let (K, M) = (3, columns.total)
    var stream = RandomStream(seed: 7).substream(M)
    let p = Matrix(
      (0..<K).map { _ in columns.levels.flatMap { stream.dirichlet(Array(repeating: 2, count: $0)) } })
    let mixing = MixingParameters.weights([0.5, 0.2, 0.3])
    let θ = CategoricalMixtureParameters(
      mixing: mixing, emission: CategoricalParameters(columns: columns, probabilities: p))
    let x = try CategoricalMixture<Double>(components: K, columns: columns)
      .sample(531, at: θ, using: RandomStream(seed: 11)).values
    let rows = defects.rows(of: x, S.self)
    let name = "\(inference), \(defects.testDescription), M = \(M), \(S.precisionName)"
    switch inference {
    case .maximumLikelihood, .mode:
      let prior = inference == .mode ? try CategoricalPrior(concentration: 1.5) : nil
      try await run(
        name, CategoricalMixture<S>(components: K, columns: columns, prior: prior), rows, θ, columns,
        log: p.elements.map { .log($0) })
    case .variational:
      let q = CategoricalPosterior(
        columns: columns,
        concentrations: Matrix(rows: K, columns: M, elements: p.elements.map { 0.5 + 30 * $0 }))
      var log = q.concentrations.elements
      for k in 0..<K {
        for j in 0..<columns.count {
          let total = columns.range(j).reduce(0) { $0 + q.concentrations[k, $1] }
          for l in columns.range(j) { log[k * M + l] = digamma(q.concentrations[k, l]) - digamma(total) }
        }
      }
      try await run(
        name,
        Mixture(
          components: K,
          of: VariationalCategoricalEmission<S>(columns: columns, prior: .init(concentration: 0.5))), rows,
        .init(mixing: mixing, emission: q), columns, log: log)
    }
  }

  func run<F: Emission>(
    _ name: String, _ model: Mixture<F>, _ rows: Rows<F.Scalar>, _ θ: Mixture<F>.Parameters,
    _ columns: CategoricalColumns, log: [Double]
  ) async throws where F.Statistics == CategoricalStatistics, F.Parameters: Archivable & VectorParameters {
    let (D, M) = (columns.count, columns.total)
    try await EmissionCase(
      name: name, model: model, rows: rows, parameters: θ,
      logDensity: { x, k in
        (0..<D).reduce(0) { x[$1].isNaN ? $0 : $0 + log[k * M + columns.offsets[$1] + Int(x[$1])] }
      }, split: { [$0.counts, $0.cells.elements] },
      add: { x, k, r, _, numbers in
        numbers[0][k] += r
        for j in 0..<D where !x[j].isNaN { numbers[1][k * M + columns.offsets[j] + Int(x[j])] += r }
      }
    ).checkContracts()
  }
}
