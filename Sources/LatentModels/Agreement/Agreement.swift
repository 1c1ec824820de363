// n[i, j] rows with label i in cluster j; a[i], b[j] its sums; N all rows

import RealModule

/// How well a clustering fits labels that it has not seen.
public struct Agreement: Sendable, Equatable, Codable {
  /// 1 for the same partition, about 0 for a random one; may be negative.
  public var adjustedRandIndex: Double
  /// From 0 to 1.
  public var normalizedMutualInformation: Double
  /// The share of rows whose label is the most frequent one of their cluster.
  public var majorityAccuracy: Double

  /// All three measures.
  ///
  /// - Parameters:
  ///   - clusters: the cluster of every row.
  ///   - labels: the label of every row.
  ///   - weights: how often every row counts; nil for once. The Rand index, which counts pairs of rows, takes a row of weight 2
  ///     as two rows.
  /// - Precondition: as many clusters, and weights if any, as labels.
  public init<Label: Hashable, Cluster: Hashable>(
    of clusters: [Cluster], with labels: [Label], weights: [Double]? = nil
  ) {
    let table = ContingencyTable(labels: labels, clusters: clusters, weights: weights)
    adjustedRandIndex = LatentModels.adjustedRandIndex(table)
    normalizedMutualInformation = LatentModels.normalizedMutualInformation(table)
    majorityAccuracy = LatentModels.majorityAccuracy(table)
  }
}

/// The Rand index corrected for chance,
///
///     (Σᵢⱼ C(n[i,j], 2) − E) / (½ (A + B) − E),   A = Σᵢ C(a[i], 2), B = Σⱼ C(b[j], 2), E = A B / C(N, 2);
///
/// 1 where both partitions are trivial in the same way.
///
/// - Source: Hubert & Arabie (1985), Journal of Classification 2, 193–218.
public func adjustedRandIndex(_ table: ContingencyTable) -> Double {
  func pairs(_ n: Double) -> Double { n * (n - 1) / 2 }
  let together = table.counts.reduce(0) { $0 + $1.reduce(0) { $0 + pairs($1) } }
  let A = table.labelTotals.reduce(0) { $0 + pairs($1) }
  let B = table.clusterTotals.reduce(0) { $0 + pairs($1) }
  let all = pairs(table.total)
  guard all > 0 else { return 1 }
  let expected = A * B / all
  let largest = (A + B) / 2
  return largest == expected ? 1 : (together - expected) / (largest - expected)
}

/// The mutual information of labels and clusters over the mean of their entropies, I / ½ (H(a) + H(b)); 1 where
/// both have a single class.
///
/// - Source: Strehl & Ghosh (2002), JMLR 3; the arithmetic mean as in Vinh, Epps & Bailey (2010), JMLR 11.
public func normalizedMutualInformation(_ table: ContingencyTable) -> Double {
  let N = table.total
  guard N > 0 else { return 1 }
  func entropy(_ totals: [Double]) -> Double {
    totals.reduce(0) { $1 > 0 ? $0 - $1 / N * Double.log($1 / N) : $0 }
  }
  guard table.labelTotals.count > 1 || table.clusterTotals.count > 1 else { return 1 }
  var information = 0.0
  for (i, row) in table.counts.enumerated() {
    for (j, n) in row.enumerated() where n > 0 {
      let expected = table.labelTotals[i] * table.clusterTotals[j]
      information += n / N * Double.log(n * N / expected)
    }
  }
  let mean = (entropy(table.labelTotals) + entropy(table.clusterTotals)) / 2
  // Rounding alone may leave the unit interval.
  return mean > 0 ? min(max(information / mean, 0), 1) : 1
}

/// The share of rows that carry the most frequent label of their cluster, Σⱼ maxᵢ n[i,j] / N: what a classifier
/// reaches that names every cluster after its majority. It grows with the number of clusters.
public func majorityAccuracy(_ table: ContingencyTable) -> Double {
  guard table.total > 0 else { return 1 }
  let right = table.clusterTotals.indices.reduce(0) { sum, j in
    sum + (table.counts.map { $0[j] }.max() ?? 0)
  }
  return right / table.total
}
