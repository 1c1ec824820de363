// D columns, M categories in all, K components; R, C the statistics, see CategoricalStatistics

import LatentDistributions
public import LatentEvidence
public import LatentNumerics
import RealModule

/// Categorical components for rows of codes,
///
///     p(x | k) = Πⱼ p[k, j, xⱼ]   over the observed cells,
///
/// with p a point: of maximum likelihood, or, with a prior, the posterior mode. Also known as latent class analysis.
///
/// - Source: Bishop (2006), §9.3.3 and exercise 9.19; McLachlan & Peel (2000), Finite Mixture Models, §5.9.
public struct CategoricalEmission<Scalar: LatentScalar>: Emission {
  public typealias Parameters = CategoricalParameters
  public typealias Statistics = CategoricalStatistics
  public typealias Densities = CategoricalDensities<Scalar>

  public let columns: CategoricalColumns
  /// The prior on every column's probabilities; nil for maximum likelihood.
  public let prior: CategoricalPrior?

  /// - Throws: `.invalidParameter` for a prior with a concentration below 1, whose density has no largest value.
  public init(columns: CategoricalColumns, prior: CategoricalPrior? = nil) throws(InferenceError) {
    if let prior, prior.concentration < 1 {
      throw .invalidParameter(
        name: "prior's concentration", value: "\(prior.concentration)",
        requirement: "at least 1 for a posterior mode")
    }
    self.columns = columns
    self.prior = prior
  }

  public var dimensions: Int { columns.count }
  public var isVariational: Bool { false }

  public func freeParameters(components K: Int) -> Int { K * (columns.total - columns.count) }

  public func validate(_ rows: Rows<Scalar>) throws(InferenceError) { try columns.validate(rows) }

  public func densities(
    at θ: CategoricalParameters, logWeights: [Double], threads: Int
  ) throws(InferenceError) -> CategoricalDensities<Scalar> {
    try columns.require(θ.columns)
    let p = θ.probabilities
    guard p.elements.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw .notFinite(quantity: "probability", row: nil)
    }
    var parameterKL = 0.0
    if let prior {
      for j in 0..<columns.count {
        let distribution = Dirichlet(Array(repeating: prior.concentration, count: columns.levels[j]))
        for k in 0..<θ.components {
          parameterKL -= distribution.logDensity(θ.probabilities(component: k, column: j))
        }
      }
    }
    return CategoricalDensities(
      columns: columns,
      logProbabilities: Matrix(rows: p.rows, columns: p.columns, elements: p.elements.map { .log($0) }),
      logWeights: logWeights, parameterKL: parameterKL)
  }

  /// The M-step: p[k,l] = (C[k,l] + α − 1) / Σ (C[k,l] + α − 1) over l's column, with α = 1 for maximum likelihood.
  ///
  /// Where maximum likelihood has nothing to go by, because none of a component's rows has the cell observed, any p
  /// attains the maximum; it is the column's share in all components, or uniform for a column that is never observed.
  ///
  /// - Throws: `.collapsed` for a component without observations, where no prior says what it should be.
  /// - Complexity: O(K·M).
  /// - Source: Bishop (2006), exercise 9.19.
  public func parameters(
    maximizing statistics: CategoricalStatistics, threads: Int
  ) throws(InferenceError) -> CategoricalParameters {
    let R = statistics.counts
    let K = R.count
    if prior == nil, let empty = R.firstIndex(where: { !($0 > 0) }) {
      throw .collapsed(.init(component: empty, components: K, count: R[empty], cause: .empty))
    }
    let more = (prior?.concentration ?? 1) - 1
    var p = statistics.cells
    for j in 0..<columns.count {
      let range = columns.range(j)
      for k in 0..<K {
        let total = range.reduce(0) { $0 + statistics.cells[k, $1] + more }
        if total > 0 {
          for l in range { p[k, l] = Swift.min((statistics.cells[k, l] + more) / total, 1) }
          continue
        }
        let pooled = range.map { l in (0..<K).reduce(0) { $0 + statistics.cells[$1, l] } }
        let all = pooled.reduce(0, +)
        for (l, count) in zip(range, pooled) { p[k, l] = all > 0 ? count / all : 1 / Double(range.count) }
      }
    }
    return CategoricalParameters(columns: columns, probabilities: p)
  }

  public func initialParameters(
    for rows: Rows<Scalar>, start: MixtureStart, components K: Int, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: CategoricalParameters) {
    let statistics = try CategoricalStatistics.start(
      for: rows, of: columns, start: start, components: K, using: stream, threads: threads)
    return (statistics.shares, try parameters(maximizing: statistics, threads: threads))
  }

  public func sampler(at θ: CategoricalParameters) throws(InferenceError) -> any EmissionSampler {
    CategoricalPrediction(θ)
  }
}

extension CategoricalEmission: ImputingEmission {
  public func imputer(at θ: CategoricalParameters) throws(InferenceError) -> any EmissionImputer {
    CategoricalPrediction(θ)
  }
}

/// A mixture of categorical components.
public typealias CategoricalMixture<Scalar: LatentScalar> = Mixture<CategoricalEmission<Scalar>>
/// θ of a categorical mixture.
public typealias CategoricalMixtureParameters = MixtureParameters<CategoricalParameters>

extension Mixture {
  /// A mixture of K categorical components.
  ///
  /// - Parameters:
  ///   - components: K.
  ///   - columns: the number of categories of each column.
  ///   - prior: the prior on the probabilities, with a uniform one on the weights; nil for maximum likelihood.
  /// - Throws: `.invalidParameter` without a component, or for a prior without a mode.
  public init<S>(components: Int, columns: CategoricalColumns, prior: CategoricalPrior? = nil)
    throws(InferenceError) where Family == CategoricalEmission<S>
  {
    try self.init(
      components: components, of: CategoricalEmission(columns: columns, prior: prior),
      mixing: prior == nil ? .maximumLikelihood : .uniformPrior)
  }
}

extension CategoricalColumns {
  /// - Throws: `.wrongWidth` for parameters of other columns.
  func require(_ other: CategoricalColumns) throws(InferenceError) {
    guard self == other else { throw .wrongWidth(expected: total, actual: other.total) }
  }
}
