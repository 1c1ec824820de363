// N observations, K components

import LatentEvidence
import LatentNumerics

extension Rows {
  /// K distinct rows, with weights each in proportion to its own among those left; none of weight 0, where K others are.
  ///
  /// - Source: Efraimidis & Spirakis (2006), Weighted random sampling with a reservoir: the K largest u^(1/w).
  func randomRows(_ K: Int, using stream: inout RandomStream) -> [Int] {
    guard weights != nil else { return stream.sample(K, from: rows) }
    let keys = (0..<rows).map { i in
      let w = weight(of: i)
      let u = Double.log(stream.uniform())
      return w > 0 ? u / w : -.infinity
    }
    return Array(keys.indices.sorted { keys[$0] > keys[$1] || (keys[$0] == keys[$1] && $0 < $1) }.prefix(K))
  }

  /// Of very many rows a random part, ascending, that is enough to tell where clusters lie; nil for all rows.
  func sampledRows(components K: Int, using stream: RandomStream) -> [Int]? {
    let most = Swift.max(100 * K, Swift.min(1 << 16, rows / 8))
    guard rows > 1 << 16, most < rows else { return nil }
    // A substream of its own: k-means takes its draws from `stream`.
    var stream = stream.substream(0)
    let chosen = stream.sample(most, from: rows).sorted()
    // A part in which too few rows count says too little.
    return chosen.count { weight(of: $0) > 0 } >= K ? chosen : nil
  }

  /// The first column that no row of positive weight has a value in.
  var columnWithoutValues: Int? {
    guard missing != nil else { return nil }
    var isObserved = [Bool](repeating: false, count: columns)
    for run in runs(in: 0..<rows) where run.rows.contains(where: { weight(of: $0) > 0 }) {
      var own = [Bool](repeating: true, count: columns)
      for j in missingColumns(of: run.rows.lowerBound) { own[j] = false }
      for j in 0..<columns where own[j] { isObserved[j] = true }
    }
    return isObserved.firstIndex(of: false)
  }
}
