// K components, D columns

import LatentEvidence
import LatentNumerics

/// A mixture of products of Bernoulli distributions by variational Bayes, with a Dirichlet(α₀) prior on the weights and
/// Beta(a₀, b₀) priors on the rest. Rows hold zeros and ones.
///
/// Parameters: ln of the Dirichlet's α, `[K]`, and ln of the Betas' a and b, `[K · D]`.
struct BernoulliMixture: LinearModel {
  typealias ModelOracle = ExponentialMixtureOracle

  let components: Int
  let columns: Int
  let concentration: Double
  let prior: (a: Double, b: Double)

  init(components: Int, columns: Int, concentration: Double = 1, prior: (a: Double, b: Double) = (1, 1)) {
    self.components = components
    self.columns = columns
    self.concentration = concentration
    self.prior = prior
  }

  func oracle(at p: Table, threads: Int) throws(InferenceError) -> ExponentialMixtureOracle {
    let (K, D) = (components, columns)
    let (α, a, b) = (p.rows[0].map(Double.exp), p.rows[1].map(Double.exp), p.rows[2].map(Double.exp))
    let total = α.reduce(0, +)
    var offsets: [Double] = []
    var slopes: [[Double]] = []
    for k in 0..<K {
      let range = k * D..<(k + 1) * D
      offsets.append(range.reduce(0) { $0 + digamma(b[$1]) - digamma(a[$1] + b[$1]) })
      slopes.append(range.map { digamma(a[$0]) - digamma(b[$0]) })
    }
    let prior = Array(repeating: concentration, count: K)
    var divergence = Self.divergence(α, from: prior)
    for i in a.indices { divergence += Self.divergence([a[i], b[i]], from: [self.prior.a, self.prior.b]) }
    return ExponentialMixtureOracle(
      logWeights: α.map { digamma($0) - digamma(total) }, offsets: offsets, slopes: slopes,
      parameterKL: divergence, features: { $0 }, base: { _ in 0 })
  }

  func parameters(maximizing s: Totals, threads: Int) throws(InferenceError) -> Table {
    let (K, D) = (components, columns)
    var result = Table([[], [], []])
    for k in 0..<K {
      result.rows[0].append(Double.log(concentration + s.values[k]))
      for d in 0..<D {
        let ones = s.values[K + k * D + d]
        result.rows[1].append(Double.log(prior.a + ones))
        result.rows[2].append(Double.log(prior.b + Swift.max(s.values[k] - ones, 0)))
      }
    }
    return result
  }

  func expectedLogJoint(of s: Totals, at p: Table) throws(InferenceError) -> ExpectedLogJoint {
    try oracle(at: p, threads: 1).expectedLogJoint(of: s)
  }

  /// KL(Dir(α) ‖ Dir(β)).
  static func divergence(_ α: [Double], from β: [Double]) -> Double {
    let (A, B) = (α.reduce(0, +), β.reduce(0, +))
    return zip(α, β).reduce(logGamma(A) - logGamma(B)) { sum, pair in
      sum + logGamma(pair.1) - logGamma(pair.0) + (pair.0 - pair.1) * (digamma(pair.0) - digamma(A))
    }
  }

  /// Draws from a mixture of `components` prototypes.
  static func rows(_ count: Int, columns: Int, components: Int, seed: UInt64) -> Rows<Double> {
    var random = RandomStream(seed: seed)
    let means = (0..<components * columns).map { _ in random.uniform(in: 0.1..<0.9) }
    let values = Matrix<Double>(rows: count, columns: columns) { rows in
      for n in 0..<count {
        let k = random.integer(below: components)
        for d in 0..<columns {
          rows.initializeElement(at: n * columns + d, to: random.uniform() < means[k * columns + d] ? 1 : 0)
        }
      }
    }
    return Rows(values)
  }

  func start(_ restart: Int) -> Table {
    var random = RandomStream(seed: 3).substream(restart)
    func draws(_ n: Int) -> [Double] { (0..<n).map { _ in Double.log(random.uniform(in: 1..<3)) } }
    return Table([
      Array(repeating: 0, count: components), draws(components * columns), draws(components * columns),
    ])
  }
}
