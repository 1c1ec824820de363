// N observations, D dimensions, K components

public import LatentEvidence
public import LatentNumerics

extension GaussianEmission {
  /// k-means and an M-step with the hard clusters, or centres with the data's own spread.
  ///
  /// The first covariances are always regularised by the weak prior scaled from the data (the family's own, if it has
  /// one), so that a start is proper even where maximum likelihood has none.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func initialParameters(
    for rows: Rows<Scalar>, start: MixtureStart, components K: Int, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: GaussianParameters) {
    let x = rows.values
    switch start {
    case .kMeans:
      let prior: GaussianPrior
      if let own = self.prior {
        prior = own
      } else {
        prior = try .scaled(
          to: x, components: K, covariance: covariance, sharesUnits: sharesUnits, threads: threads)
      }
      let sample = sampled(x, components: K, using: stream)
      let weights = columnWeights(prior, sharesUnits: sharesUnits)
      let clusters = KMeans(
        sample, components: K, columnWeights: weights, using: stream, threads: threads)
      let regularised = try GaussianEmission(dimensions: dimensions, covariance: covariance, prior: prior)
      let statistics = hardStatistics(of: sample, clusters, threads: threads)
      let total = statistics.counts.reduce(0, +)
      return (
        statistics.counts.map { $0 / total },
        try regularised.parameters(maximizing: statistics, threads: threads)
      )
    case .randomRows:
      var stream = stream
      let chosen = stream.sample(K, from: x.rows)
      return try spread(
        x.selecting(rows: chosen).converted(to: Double.self), over: x, sharesUnits: sharesUnits,
        threads: threads)
    case .means(let means):
      return try spread(means, over: x, sharesUnits: sharesUnits, threads: threads)
    }
  }

  /// All rows, or of very many a random part that is enough to tell where clusters lie.
  private func sampled(_ x: Matrix<Scalar>, components: Int, using stream: RandomStream) -> Matrix<Scalar> {
    let most = Swift.max(100 * components, Swift.min(1 << 16, x.rows / 8))
    guard x.rows > 1 << 16, most < x.rows else { return x }
    // A substream of its own: k-means takes its draws from `stream`.
    var stream = stream.substream(0)
    return x.selecting(rows: stream.sample(most, from: x.rows).sorted())
  }

  /// The reciprocals of the roots of the prior's variances, which for a prior scaled from the data are the columns'
  /// standard deviations up to a common factor. A model whose clusters are balls in the data's own units, or data in one
  /// unit, takes columns as they are.
  private func columnWeights(_ prior: GaussianPrior, sharesUnits: Bool) -> [Scalar]? {
    if sharesUnits || covariance == .spherical { return nil }
    return prior.scale.diagonal.map { Scalar(1 / $0.squareRoot()) }
  }

  /// Equal weights, and the data's own spread, as one of K components would have it, as every covariance.
  private func spread(
    _ means: Matrix<Double>, over x: Matrix<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: GaussianParameters) {
    let K = means.rows
    let typical = try SampleScale(
      of: x, components: K, covariance: covariance, sharesUnits: sharesUnits, threads: threads
    ).covariance
    let covariances: GaussianParameters.Covariances =
      switch covariance {
      case .full: .full(Array(repeating: typical, count: K))
      case .tied: .tied(typical)
      case .diagonal:
        .diagonal(Matrix(rows: K, columns: dimensions, elements: (0..<K).flatMap { _ in typical.diagonal }))
      case .spherical: .spherical(Array(repeating: typical[0, 0], count: K))
      }
    return (
      Array(repeating: 1 / Double(K), count: K), GaussianParameters(means: means, covariances: covariances)
    )
  }

  /// The statistics of responsibilities that are 1 for each row's cluster, about the clusters' centres (about the
  /// centres' mean for a tied covariance).
  private func hardStatistics(
    of x: Matrix<Scalar>, _ clusters: KMeans<Scalar>, threads: Int
  ) -> GaussianStatistics {
    let (K, D) = (clusters.centres.rows, dimensions)
    var origins = clusters.centres.converted(to: Double.self)
    if covariance == .tied {
      let mean = (0..<D).map { j in origins.column(j).reduce(0, +) / Double(K) }
      origins = Matrix(rows: K, columns: D, elements: (0..<K).flatMap { _ in mean })
    }
    var members = [[Int]](repeating: [], count: K)
    for (n, k) in clusters.assignments.enumerated() { members[Int(k)].append(n) }
    let (centres, rowsOfCluster) = (origins, members)
    let parts = Lanes.map(K, threads: threads) { k in
      // One component by itself: all K side by side would take K times the memory.
      var part = GaussianStatistics(structure: covariance, origins: centres[rows: k..<k + 1])
      part.addHard(x, rows: rowsOfCluster[k], structure: covariance)
      return part
    }
    var total = GaussianStatistics(structure: covariance, origins: origins)
    for (k, part) in parts.enumerated() {
      total.counts[k] = part.counts[0]
      for j in 0..<D { total.first[k, j] = part.first[0, j] }
      switch covariance {
      case .full: total.second[k] = part.second[0]
      case .tied: total.second[0].add(part.second[0])
      case .diagonal: for j in 0..<D { total.second[0][k, j] = part.second[0][0, j] }
      case .spherical: total.second[0][k, 0] = part.second[0][0, 0]
      }
    }
    return total
  }
}

extension GaussianStatistics {
  /// Adds rows to the only component, each with responsibility 1.
  fileprivate mutating func addHard<Scalar: LatentScalar>(
    _ x: Matrix<Scalar>, rows: [Int], structure: CovarianceStructure
  ) {
    let D = x.columns
    let origin = origins.row(0)
    let block = AlignedStorage<Double>(count: 256 * D)
    defer { withExtendedLifetime(block) {} }
    for start in stride(from: 0, to: rows.count, by: 256) {
      let part = rows[start..<Swift.min(start + 256, rows.count)]
      x.withUnsafeElements { x in
        for (i, n) in part.enumerated() {
          for j in 0..<D { block.base[i * D + j] = Double(x[n * D + j]) - origin[j] }
        }
      }
      counts[0] += Double(part.count)
      first.withUnsafeMutableElements { first in
        for i in part.indices.map({ $0 - start }) { for j in 0..<D { first[j] += block.base[i * D + j] } }
      }
      second[0].withUnsafeMutableElements { second in
        switch structure {
        case .full, .tied:
          BLAS.accumulateGram(
            n: D, k: part.count, block.base, stride: D, into: second.baseAddress!, stride: D)
        case .diagonal, .spherical:
          let width = second.count
          for i in 0..<part.count {
            for j in 0..<D { second[width == 1 ? 0 : j] += block.base[i * D + j] * block.base[i * D + j] }
          }
        }
      }
    }
  }
}
