// K components, D dimensions; R, S, M the statistics, see BernoulliStatistics

public import LatentEvidence
import LatentNumerics

extension BernoulliStatistics: RestructurableStatistics {
  public func selecting(components kept: [Int]) -> Self {
    var result = self
    result.counts = kept.map { counts[$0] }
    result.ones = ones.selecting(rows: kept)
    result.observed = observed.selecting(rows: kept)
    return result
  }

  public func merging(_ b: Int, into a: Int) -> Self {
    precondition(a != b, "two components")
    var sum = self
    sum.counts[a] += counts[b]
    for j in 0..<ones.columns {
      sum.ones[a, j] += ones[b, j]
      sum.observed[a, j] += observed[b, j]
    }
    return sum.selecting(components: counts.indices.filter { $0 != b })
  }
}

extension VariationalBernoulliEmission: RestructuringEmission {
  public var sharesParameters: Bool { false }

  /// In two halves with a part of each column's ones and zeros exchanged, in a direction of its own for each column, which
  /// depends on the component and the column alone: means say nothing about how a component's rows differ, and the ascent
  /// finds that out from any direction.
  public func splitting(
    _ k: Int, of statistics: BernoulliStatistics, at parameters: BernoulliPosterior
  ) -> BernoulliStatistics? {
    let K = statistics.counts.count
    guard statistics.counts[k] > 0 else { return nil }
    var halves = statistics.selecting(components: Array(0..<K) + [k])
    var stream = RandomStream(seed: UInt64(K)).substream(k)
    for l in [k, K] { halves.counts[l] /= 2 }
    for j in 0..<dimensions {
      let (one, all) = (statistics.ones[k, j] / 2, statistics.observed[k, j] / 2)
      let exchanged = (stream.uniform() < 0.5 ? -0.5 : 0.5) * Swift.max(Swift.min(one, all - one), 0)
      (halves.ones[k, j], halves.ones[K, j]) = (one + exchanged, one - exchanged)
      (halves.observed[k, j], halves.observed[K, j]) = (all, all)
    }
    return halves
  }

  /// Σₖⱼ ln B(a[k,j], b[k,j]) − ln B(a₀, b₀).
  public func logMarginal(of statistics: BernoulliStatistics) throws(InferenceError) -> Double {
    let q = try parameters(maximizing: statistics, threads: 1)
    var total = 0.0
    for k in 0..<q.components {
      for j in 0..<dimensions {
        total += prior.distribution.logNormalizer - q.distribution(component: k, column: j).logNormalizer
      }
    }
    return total
  }
}
