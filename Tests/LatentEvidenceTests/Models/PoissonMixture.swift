import LatentEvidence
import LatentNumerics

/// A mixture of Poisson distributions by maximum likelihood: EM. Rows hold one count each.
///
/// Parameters: ln π up to a constant, and ln λ, `[K]` each.
struct PoissonMixture: LinearModel {
  typealias ModelOracle = ExponentialMixtureOracle

  func oracle(at p: Table, threads: Int) throws(InferenceError) -> ExponentialMixtureOracle {
    let total = logSumExp(p.rows[0])
    return ExponentialMixtureOracle(
      logWeights: p.rows[0].map { $0 - total }, offsets: p.rows[1].map { -Double.exp($0) },
      slopes: p.rows[1].map { [$0] }, features: { $0 }, base: { -logGamma($0[0] + 1) })
  }

  func parameters(maximizing s: Totals, threads: Int) throws(InferenceError) -> Table {
    let K = s.values.count / 2
    let counts = s.values[..<K]
    let total = counts.reduce(0, +)
    for (k, count) in counts.enumerated() where !(count > 1e-9 * total && s.values[K + k] > 0) {
      throw .collapsed(.init(component: k, components: K, count: count, cause: .empty))
    }
    return Table([
      counts.map { Double.log($0 / total) }, (0..<K).map { Double.log(s.values[K + $0] / s.values[$0]) },
    ])
  }

  func expectedLogJoint(of s: Totals, at p: Table) throws(InferenceError) -> ExpectedLogJoint {
    try oracle(at: p, threads: 1).expectedLogJoint(of: s)
  }

  /// Deaths of women of 80 years and more reported in the London Times, by day, 1910–1912: the days with 0, 1, … deaths.
  ///
  /// - Source: Hasselblad (1969), Journal of the American Statistical Association 64.
  static let deaths = Rows(
    Matrix<Double>((0..<10).map { [Double($0)] }), weights: [162, 267, 271, 185, 111, 61, 27, 8, 3, 1])

  static func start(_ restart: Int) -> Table {
    var random = RandomStream(seed: 5).substream(restart)
    return Table([
      random.dirichlet([1, 1]).map { Double.log($0) },
      (0..<2).map { _ in Double.log(random.uniform(in: 0.3..<4)) },
    ])
  }
}
