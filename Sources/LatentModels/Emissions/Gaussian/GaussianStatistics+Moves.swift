// K components, D dimensions; R, m, S, o the statistics, see GaussianStatistics

import LatentEvidence
import LatentNumerics

extension GaussianStatistics: RestructurableStatistics {
  public func merging(_ b: Int, into a: Int) -> Self {
    precondition(a != b, "two components")
    var sum = self
    var common = origins
    for j in 0..<origins.columns { common[b, j] = origins[a, j] }
    sum.move(to: common)
    sum.counts[a] += sum.counts[b]
    for j in 0..<origins.columns { sum.first[a, j] += sum.first[b, j] }
    switch structure {
    case .full: sum.second[a].add(sum.second[b])
    case .tied: break
    case .diagonal, .spherical:
      for j in 0..<sum.second[0].columns { sum.second[0][a, j] += sum.second[0][b, j] }
    }
    return sum.selecting(counts.indices.filter { $0 != b }, losing: [])
  }

  /// A shared second moment loses what the others hold between their means and the origin, and keeps what they hold about
  /// their means, which is not known for one alone.
  public func selecting(components kept: [Int]) -> Self {
    selecting(kept, losing: counts.indices.filter { !kept.contains($0) })
  }

  private func selecting(_ kept: [Int], losing gone: [Int]) -> Self {
    var result = Self(structure: structure, origins: origins.selecting(rows: kept))
    result.counts = kept.map { counts[$0] }
    result.first = first.selecting(rows: kept)
    switch structure {
    case .full: result.second = kept.map { second[$0] }
    case .tied:
      result.second = second
      for k in gone where counts[k] > 0 {
        let m = first.row(k)
        result.second[0].addOuter(m, weight: -1 / counts[k])
      }
    case .diagonal, .spherical: result.second = [second[0].selecting(rows: kept)]
    }
    return result
  }

  /// Component k in two halves along the direction u, `[D]`, in which the scatter of its rows is s² a row: as if its rows
  /// were Gaussian and parted at their mean, when the halves' means lie s √(2/π) to either side. Together the halves have the
  /// count and the moments of the whole. The new one comes last.
  func splitting(_ k: Int, along u: [Double], deviation s: Double) -> Self {
    let (K, D) = (counts.count, origins.columns)
    let R = counts[k]
    var whole = self
    // About the component's own mean, where nothing cancels.
    var centres = origins
    if R > 0 { for j in 0..<D { centres[k, j] += first[k, j] / R } }
    if structure != .tied { whole.move(to: centres) }
    let rows = Array(0..<K) + [k]
    var result = Self(structure: structure, origins: whole.origins.selecting(rows: rows))
    result.counts = rows.map { whole.counts[$0] }
    result.first = whole.first.selecting(rows: rows)
    (result.counts[k], result.counts[K]) = (R / 2, R / 2)
    let δ = u.map { $0 * s * (2 / Double.pi).squareRoot() }
    for j in 0..<D {
      let half = whole.first[k, j] / 2
      (result.first[k, j], result.first[K, j]) = (half + R / 2 * δ[j], half - R / 2 * δ[j])
    }
    // Second moments are about the origin, which both halves share: each has half of them.
    switch structure {
    case .full:
      result.second = rows.map { whole.second[$0] }
      result.second[k].scale(by: 0.5)
      result.second[K].scale(by: 0.5)
    case .tied: result.second = whole.second
    case .diagonal, .spherical:
      result.second = [whole.second[0].selecting(rows: rows)]
      for j in 0..<result.second[0].columns {
        result.second[0][k, j] /= 2
        result.second[0][K, j] /= 2
      }
    }
    return result
  }
}
