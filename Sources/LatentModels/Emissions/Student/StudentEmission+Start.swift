// N observations, D dimensions, K components

public import LatentEvidence
public import LatentNumerics

extension StudentEmission {
  /// The Gaussian's start, its covariances as scale matrices, from rows whose values far out have been drawn in: k-means
  /// and second moments would give each of them a cluster of its own. Degrees of freedom as given, or 8 within the
  /// bounds.
  ///
  /// Far out is beyond three interquartile ranges from the quartiles of a column. Data of several clusters have wide
  /// ranges, so that nothing else is touched.
  ///
  /// - Source: the fences of Tukey (1977), Exploratory Data Analysis, §2E.
  public func initialParameters(
    for rows: Rows<Scalar>, start: MixtureStart, components K: Int, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: StudentParameters) {
    let (weights, gaussian) = try gaussian.initialParameters(
      for: Self.fenced(rows, using: stream), start: start, components: K, sharesUnits: sharesUnits,
      using: stream,
      threads: threads)
    return (
      weights,
      StudentParameters(
        means: gaussian.means, scales: gaussian.covariances,
        degreesOfFreedom: Array(repeating: degreesOfFreedom.start, count: K))
    )
  }

  /// The rows with every value drawn in to its column's fences, which for very many rows are those of a random part.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func fenced(_ rows: Rows<Scalar>, using stream: RandomStream) -> Rows<Scalar> {
    let (N, D) = (rows.rows, rows.columns)
    let most = 1 << 14
    var chosen = Array(0..<N)
    if N > most {
      var stream = stream.substream(1)
      chosen = stream.sample(most, from: N)
    }
    let fences = (0..<D).map { j -> ClosedRange<Scalar> in
      let sorted = chosen.map { rows.values[$0, j] }.filter(\.isFinite).sorted()
      guard sorted.count > 3 else { return -.infinity ... .infinity }
      let (low, high) = (sorted[sorted.count / 4], sorted[sorted.count - 1 - sorted.count / 4])
      let reach = 3 * (high - low)
      // A column most of whose values are the same has no range to go by.
      return reach > 0 && reach.isFinite ? low - reach...high + reach : -.infinity ... .infinity
    }
    var values = rows.values
    values.withUnsafeMutableElements { x in
      for i in x.indices {
        let fence = fences[i % D]
        if x[i] < fence.lowerBound { x[i] = fence.lowerBound }
        if x[i] > fence.upperBound { x[i] = fence.upperBound }
      }
    }
    return Rows(values, weights: rows.weights?.elements)
  }
}
