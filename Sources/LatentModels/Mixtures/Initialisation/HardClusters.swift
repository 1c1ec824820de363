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
    let part = rows.sampledRows(components: K, using: stream)
    let chosen = part ?? Array(0..<rows.rows)
    let table = part.map { rows.values.selecting(rows: $0) } ?? rows.values
    let weights = rows.weights == nil ? nil : chosen.map { rows.weight(of: $0) }
    let clusters = KMeans(
      Rows(features(table), weights: weights), components: K, using: stream, threads: threads)
    members = zip(chosen, clusters.assignments).map { ($0, Int($1)) }
  }
}
