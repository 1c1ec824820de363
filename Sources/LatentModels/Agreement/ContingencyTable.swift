/// How often each label meets each cluster.
public struct ContingencyTable: Sendable, Equatable {
  /// Rows of the data by label and cluster, `counts[label][cluster]`; the sum of their weights, where they have any.
  public let counts: [[Double]]
  /// Rows of the data by label.
  public let labelTotals: [Double]
  /// Rows of the data by cluster.
  public let clusterTotals: [Double]
  /// N.
  public let total: Double

  /// Counts the pairs.
  ///
  /// - Parameters:
  ///   - labels: the label of every row.
  ///   - clusters: the cluster of every row.
  ///   - weights: how often every row counts; nil for once.
  /// - Precondition: as many clusters, and weights if any, as labels.
  /// - Complexity: O(N + labels · clusters).
  public init<Label: Hashable, Cluster: Hashable>(
    labels: [Label], clusters: [Cluster], weights: [Double]? = nil
  ) {
    precondition(labels.count == clusters.count, "a cluster for every label")
    precondition(weights.map { $0.count == labels.count } ?? true, "a weight for every label")
    var labelIndex: [Label: Int] = [:]
    var clusterIndex: [Cluster: Int] = [:]
    let pairs = zip(labels, clusters).map { label, cluster in
      (index(of: label, in: &labelIndex), index(of: cluster, in: &clusterIndex))
    }
    var counts = [[Double]](
      repeating: [Double](repeating: 0, count: clusterIndex.count), count: labelIndex.count)
    for (n, (label, cluster)) in pairs.enumerated() { counts[label][cluster] += weights?[n] ?? 1 }
    self.counts = counts
    labelTotals = counts.map { $0.reduce(0, +) }
    clusterTotals = (0..<clusterIndex.count).map { j in counts.reduce(0) { $0 + $1[j] } }
    total = labelTotals.reduce(0, +)
  }
}

private func index<Key: Hashable>(of key: Key, in indices: inout [Key: Int]) -> Int {
  if let known = indices[key] { return known }
  indices[key] = indices.count
  return indices.count - 1
}
