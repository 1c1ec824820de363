// K components, D columns; R, C the statistics, see CategoricalStatistics

import LatentDistributions
public import LatentEvidence
import LatentNumerics

extension CategoricalStatistics: RestructurableStatistics {
  public func selecting(components kept: [Int]) -> Self {
    var result = self
    result.counts = kept.map { counts[$0] }
    result.cells = cells.selecting(rows: kept)
    return result
  }

  public func merging(_ b: Int, into a: Int) -> Self {
    precondition(a != b, "two components")
    var sum = self
    sum.counts[a] += counts[b]
    for l in 0..<cells.columns { sum.cells[a, l] += cells[b, l] }
    return sum.selecting(components: counts.indices.filter { $0 != b })
  }
}

extension VariationalCategoricalEmission: RestructuringEmission {
  public var sharesParameters: Bool { false }

  /// In two halves with a part of each column exchanged between its categories, which go to either side by turns from the
  /// most frequent on, in a direction of its own for each column that depends on the component and the column alone:
  /// shares say nothing about how a component's rows differ, and the ascent finds that out from any direction.
  public func splitting(
    _ k: Int, of statistics: CategoricalStatistics, at parameters: CategoricalPosterior
  ) -> CategoricalStatistics? {
    let K = statistics.counts.count
    guard statistics.counts[k] > 0 else { return nil }
    var halves = statistics.selecting(components: Array(0..<K) + [k])
    var stream = RandomStream(seed: UInt64(K)).substream(k)
    for l in [k, K] { halves.counts[l] /= 2 }
    for j in 0..<columns.count {
      let cells = columns.range(j).map { (category: $0, half: Swift.max(statistics.cells[k, $0], 0) / 2) }
        .sorted { $0.half > $1.half || ($0.half == $1.half && $0.category < $1.category) }
      let first = stream.uniform() < 0.5 ? 0 : 1
      func side(_ place: Int) -> Int { (place + first) % 2 }
      let totals = [0, 1].map { own in
        cells.indices.reduce(0.0) { side($1) == own ? $0 + cells[$1].half : $0 }
      }
      // What one side gains the other loses.
      let exchanged = 0.5 * Swift.min(totals[0], totals[1])
      for (place, cell) in cells.enumerated() {
        let own = side(place)
        let change = totals[own] > 0 ? exchanged * cell.half / totals[own] * (own == 0 ? 1 : -1) : 0
        halves.cells[k, cell.category] = cell.half + change
        halves.cells[K, cell.category] = cell.half - change
      }
    }
    return halves
  }

  /// Σₖⱼ ln B(α[k, j]) − ln B(α₀, …), with B(α) = Πₗ Γ(αₗ) / Γ(Σ α).
  public func logMarginal(of statistics: CategoricalStatistics) throws(InferenceError) -> Double {
    let q = try parameters(maximizing: statistics, threads: 1)
    var total = 0.0
    for j in 0..<columns.count {
      let prior = Dirichlet(Array(repeating: prior.concentration, count: columns.levels[j])).logNormalizer
      for k in 0..<q.components {
        total += prior - Dirichlet(columns.range(j).map { q.concentrations[k, $0] }).logNormalizer
      }
    }
    return total
  }
}
