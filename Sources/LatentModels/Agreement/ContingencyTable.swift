/// How often each label meets each cluster.
public struct ContingencyTable: Sendable, Equatable {
  /// Rows of the data by label and cluster, `counts[label][cluster]`.
  public let counts: [[Int]]
  /// Rows of the data by label.
  public let labelTotals: [Int]
  /// Rows of the data by cluster.
  public let clusterTotals: [Int]
  /// N.
  public let total: Int

  /// Counts the pairs.
  ///
  /// - Precondition: as many clusters as labels.
  /// - Complexity: O(N + labels · clusters).
  public init<Label: Hashable, Cluster: Hashable>(labels: [Label], clusters: [Cluster]) {
    precondition(labels.count == clusters.count, "a cluster for every label")
    var labelIndex: [Label: Int] = [:]
    var clusterIndex: [Cluster: Int] = [:]
    let pairs = zip(labels, clusters).map { label, cluster in
      (index(of: label, in: &labelIndex), index(of: cluster, in: &clusterIndex))
    }
    var counts = [[Int]](
      repeating: [Int](repeating: 0, count: clusterIndex.count), count: labelIndex.count)
    for (label, cluster) in pairs { counts[label][cluster] += 1 }
    self.counts = counts
    labelTotals = counts.map { $0.reduce(0, +) }
    clusterTotals = (0..<clusterIndex.count).map { j in counts.reduce(0) { $0 + $1[j] } }
    total = pairs.count
  }
}

private func index<Key: Hashable>(of key: Key, in indices: inout [Key: Int]) -> Int {
  if let known = indices[key] { return known }
  indices[key] = indices.count
  return indices.count - 1
}
