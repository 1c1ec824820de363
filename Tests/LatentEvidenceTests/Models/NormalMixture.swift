import LatentEvidence
import LatentNumerics

/// A mixture of univariate normal distributions by maximum likelihood: EM. Rows hold one number each.
///
/// Parameters: ln π up to a constant, μ, ln σ, `[K]` each.
struct NormalMixture: LinearModel {
  typealias ModelOracle = ExponentialMixtureOracle

  func oracle(at p: Table, threads: Int) throws(InferenceError) -> ExponentialMixtureOracle {
    let total = logSumExp(p.rows[0])
    let precisions = p.rows[2].map { Double.exp(-2 * $0) }
    let offsets = p.rows[1].indices.map { k in
      -0.5 * (Double.log(2 * .pi) + precisions[k] * p.rows[1][k] * p.rows[1][k]) - p.rows[2][k]
    }
    let slopes = p.rows[1].indices.map { [precisions[$0] * p.rows[1][$0], -0.5 * precisions[$0]] }
    return ExponentialMixtureOracle(
      logWeights: p.rows[0].map { $0 - total }, offsets: offsets, slopes: slopes,
      features: { [$0[0], $0[0] * $0[0]] }, base: { _ in 0 })
  }

  func parameters(maximizing s: Totals, threads: Int) throws(InferenceError) -> Table {
    let K = s.values.count / 3
    let total = s.values[..<K].reduce(0, +)
    var result = Table([[], [], []])
    for k in 0..<K {
      let count = s.values[k]
      guard count > 1e-9 * total else {
        throw .collapsed(.init(component: k, components: K, count: count, cause: .empty))
      }
      let mean = s.values[K + 2 * k] / count
      let variance = s.values[K + 2 * k + 1] / count - mean * mean
      guard variance > 1e-9 else {
        throw .collapsed(
          .init(
            component: k, components: K, count: count, cause: .flat(column: 0, relativeVariance: variance)))
      }
      result.rows[0].append(Double.log(count / total))
      result.rows[1].append(mean)
      result.rows[2].append(0.5 * Double.log(variance))
    }
    return result
  }

  func expectedLogJoint(of s: Totals, at p: Table) throws(InferenceError) -> ExpectedLogJoint {
    try oracle(at: p, threads: 1).expectedLogJoint(of: s)
  }

  /// Draws from components one apart with these means and standard deviation 1: they overlap.
  static func rows(_ count: Int, means: [Double], seed: UInt64) -> Rows<Double> {
    var random = RandomStream(seed: seed)
    let values = Matrix<Double>(rows: count, columns: 1) { rows in
      for i in rows.indices {
        rows.initializeElement(
          at: i, to: random.normal(mean: means[random.integer(below: means.count)], standardDeviation: 1))
      }
    }
    return Rows(values)
  }

  /// Components around numbers drawn from the rows.
  static func start(_ restart: Int, components K: Int, for x: Rows<Double>) -> Table {
    var random = RandomStream(seed: 11).substream(restart)
    let chosen = random.sample(K, from: x.rows)
    return Table([
      Array(repeating: 0, count: K), chosen.map { x.values[$0, 0] }, Array(repeating: 0, count: K),
    ])
  }
}
