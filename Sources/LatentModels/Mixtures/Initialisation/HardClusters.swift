// N observations, K components

import LatentEvidence
import LatentNumerics

/// The clusters of k-means in features of the rows: of all rows, or of very many a random part that is enough to tell
/// where clusters lie.
struct HardClusters {
  /// Rows and their clusters.
  let members: [(row: Int, cluster: Int)]

  /// - Parameter features: turns rows `[n, D]` into what distances are taken in, `[n, F]`, no cell missing.
  init<Scalar: LatentScalar>(
    of rows: Rows<Scalar>, components K: Int, using stream: RandomStream, threads: Int,
    features: (Matrix<Scalar>) -> Matrix<Scalar>
  ) {
    let most = Swift.max(100 * K, Swift.min(1 << 16, rows.rows / 8))
    var chosen = Array(0..<rows.rows)
    if rows.rows > 1 << 16, most < rows.rows {
      // A substream of its own: k-means takes its draws from `stream`.
      var stream = stream.substream(0)
      chosen = stream.sample(most, from: rows.rows).sorted()
    }
    let table = chosen.count == rows.rows ? rows.values : rows.values.selecting(rows: chosen)
    let weights = rows.weights == nil ? nil : chosen.map { rows.weight(of: $0) }
    let clusters = KMeans(
      Rows(features(table), weights: weights), components: K, using: stream, threads: threads)
    members = zip(chosen, clusters.assignments).map { ($0, Int($1)) }
  }
}
