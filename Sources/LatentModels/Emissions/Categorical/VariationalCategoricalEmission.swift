// D columns, M categories in all, K components; C the statistics, see CategoricalStatistics

import LatentDistributions
public import LatentEvidence
public import LatentNumerics

/// Categorical components whose probabilities have posteriors q(p[k, j]) = Dir(α[k, j]), by variational Bayes.
///
/// - Source: Bishop (2006), §10.4.1 and appendix B (Dirichlet).
public struct VariationalCategoricalEmission<Scalar: LatentScalar>: Emission {
  public typealias Parameters = CategoricalPosterior
  public typealias Statistics = CategoricalStatistics
  public typealias Densities = CategoricalDensities<Scalar>

  public let columns: CategoricalColumns
  /// The prior on every column's probabilities.
  public let prior: CategoricalPrior

  public init(columns: CategoricalColumns, prior: CategoricalPrior = .uniform) {
    self.columns = columns
    self.prior = prior
  }

  public var dimensions: Int { columns.count }
  public var isVariational: Bool { true }

  public func freeParameters(components K: Int) -> Int { K * (columns.total - columns.count) }

  public func validate(_ rows: Rows<Scalar>) throws(InferenceError) { try columns.validate(rows) }

  /// E[ln p] = ψ(α) − ψ(Σα) over each column, and the sum of KL(q(p[k, j]) ‖ p(p[k, j])).
  ///
  /// - Complexity: O(K·M).
  public func densities(
    at λ: CategoricalPosterior, logWeights: [Double], threads: Int
  ) throws(InferenceError) -> CategoricalDensities<Scalar> {
    try columns.require(λ.columns)
    guard λ.concentrations.elements.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw .notFinite(quantity: "posterior", row: nil)
    }
    let priors = columns.levels.map { Dirichlet(Array(repeating: prior.concentration, count: $0)) }
    var logProbabilities = λ.concentrations
    var parameterKL = 0.0
    for k in 0..<λ.components {
      for j in 0..<columns.count {
        let range = columns.range(j)
        let q = Dirichlet(range.map { λ.concentrations[k, $0] })
        for (l, value) in zip(range, q.expectedLogarithm) { logProbabilities[k, l] = value }
        parameterKL += q.divergence(from: priors[j])
      }
    }
    return CategoricalDensities(
      columns: columns, logProbabilities: logProbabilities, logWeights: logWeights, parameterKL: parameterKL)
  }

  /// α[k,l] = α₀ + C[k,l].
  public func parameters(
    maximizing statistics: CategoricalStatistics, threads: Int
  ) throws(InferenceError) -> CategoricalPosterior {
    var α = statistics.cells
    α.withUnsafeMutableElements { α in
      for i in α.indices { α[i] = prior.concentration + Swift.max(α[i], 0) }
    }
    return CategoricalPosterior(columns: columns, concentrations: α)
  }

  public func initialParameters(
    for rows: Rows<Scalar>, start: MixtureStart, components K: Int, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: CategoricalPosterior) {
    let statistics = try CategoricalStatistics.start(
      for: rows, of: columns, start: start, components: K, using: stream, threads: threads)
    return (statistics.shares, try parameters(maximizing: statistics, threads: threads))
  }

  public func sampler(at λ: CategoricalPosterior) throws(InferenceError) -> any EmissionSampler {
    CategoricalPrediction(λ.mean)
  }

  public func appendingUnseen(to λ: CategoricalPosterior) -> CategoricalPosterior? {
    let M = columns.total
    return CategoricalPosterior(
      columns: columns,
      concentrations: Matrix(
        rows: λ.components + 1, columns: M,
        elements: λ.concentrations.elements + Array(repeating: prior.concentration, count: M)))
  }
}

extension VariationalCategoricalEmission: ImputingEmission {
  public func imputer(at λ: CategoricalPosterior) throws(InferenceError) -> any EmissionImputer {
    CategoricalPrediction(λ.mean)
  }
}

/// A mixture of categorical components by variational Bayes.
public typealias VariationalCategoricalMixture<Scalar: LatentScalar> =
  Mixture<VariationalCategoricalEmission<Scalar>>
