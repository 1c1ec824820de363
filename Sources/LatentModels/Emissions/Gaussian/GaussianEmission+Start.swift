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
    switch start {
    case .kMeans:
      let prior: GaussianPrior
      if let own = self.prior {
        prior = own
      } else {
        prior = try .scaled(
          to: rows, components: K, covariance: covariance, sharesUnits: sharesUnits, threads: threads)
      }
      let sample = sampled(rows, components: K, using: stream)
      let weights = columnWeights(prior, sharesUnits: sharesUnits)
      let clusters = KMeans(
        sample, components: K, columnWeights: weights, using: stream, threads: threads)
      let regularised = try GaussianEmission(dimensions: dimensions, covariance: covariance, prior: prior)
      let statistics = hardStatistics(of: sample, clusters, threads: threads)
      return (
        statistics.shares, try regularised.parameters(maximizing: statistics, threads: threads)
      )
    case .randomRows:
      var stream = stream
      let chosen = rows.randomRows(K, using: &stream)
      return try spread(
        rows.values.selecting(rows: chosen).converted(to: Double.self), over: rows, sharesUnits: sharesUnits,
        threads: threads)
    case .means(let means):
      return try spread(means, over: rows, sharesUnits: sharesUnits, threads: threads)
    }
  }

  /// All rows, or of very many a random part that is enough to tell where clusters lie.
  private func sampled(_ rows: Rows<Scalar>, components: Int, using stream: RandomStream) -> Rows<Scalar> {
    guard let chosen = rows.sampledRows(components: components, using: stream) else { return rows }
    return Rows(
      rows.values.selecting(rows: chosen),
      weights: rows.weights == nil ? nil : chosen.map { rows.weight(of: $0) })
  }

  /// The reciprocals of the roots of the prior's variances, which for a prior scaled from the data are the columns'
  /// standard deviations up to a common factor. A model whose clusters are balls in the data's own units, or data in one
  /// unit, takes columns as they are.
  private func columnWeights(_ prior: GaussianPrior, sharesUnits: Bool) -> [Scalar]? {
    if sharesUnits || covariance == .spherical { return nil }
    return prior.scale.diagonal.map { Scalar(1 / $0.squareRoot()) }
  }

  /// Equal weights, and the data's own spread, as one of K components would have it, as every covariance. What a mean
  /// lacks is the column's.
  private func spread(
    _ means: Matrix<Double>, over x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: GaussianParameters) {
    let K = means.rows
    let scale = try SampleScale(
      of: x, components: K, covariance: covariance, sharesUnits: sharesUnits, threads: threads)
    let typical = scale.covariance
    var means = means
    for k in 0..<K { for j in 0..<dimensions where means[k, j].isNaN { means[k, j] = scale.mean[j] } }
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
  /// centres' mean for a tied covariance). A missing cell has the mean of its centre, and the variance of the cluster's
  /// observed cells.
  private func hardStatistics(
    of x: Rows<Scalar>, _ clusters: KMeans<Scalar>, threads: Int
  ) -> GaussianStatistics {
    let (K, D) = (clusters.centres.rows, dimensions)
    let clusterMeans = clusters.centres.converted(to: Double.self)
    var origins = clusterMeans
    if covariance == .tied {
      let mean = (0..<D).map { j in origins.column(j).reduce(0, +) / Double(K) }
      origins = Matrix(rows: K, columns: D, elements: (0..<K).flatMap { _ in mean })
    }
    var members = [[Int]](repeating: [], count: K)
    for (n, k) in clusters.assignments.enumerated() where x.weight(of: n) > 0 { members[Int(k)].append(n) }
    let (centres, rowsOfCluster) = (origins, members)
    let parts = Lanes.map(K, threads: threads) { k in
      // One component by itself: all K side by side would take K times the memory.
      var part = GaussianStatistics(structure: covariance, origins: centres[rows: k..<k + 1])
      part.addHard(x, rows: rowsOfCluster[k], centre: clusterMeans.row(k), structure: covariance)
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
  /// Adds rows to the only component, each with its weight as its responsibility.
  fileprivate mutating func addHard<Scalar: LatentScalar>(
    _ x: Rows<Scalar>, rows: [Int], centre: [Double], structure: CovarianceStructure
  ) {
    let D = x.columns
    let origin = origins.row(0)
    let block = AlignedStorage<Double>(count: 256 * D)
    defer { withExtendedLifetime(block) {} }
    // Of the observed cells of each column: the weight, and the squares about the centre.
    var (observed, squares) = ([Double](repeating: 0, count: D), [Double](repeating: 0, count: D))
    for start in stride(from: 0, to: rows.count, by: 256) {
      let part = rows[start..<Swift.min(start + 256, rows.count)]
      x.values.withUnsafeElements { values in
        first.withUnsafeMutableElements { first in
          for (i, n) in part.enumerated() {
            let w = x.weight(of: n)
            let root = w.squareRoot()
            counts[0] += w
            for j in 0..<D {
              let cell = Double(values[n * D + j])
              let isMissing = cell.isNaN
              let d = (isMissing ? centre[j] : cell) - origin[j]
              first[j] += w * d
              block.base[i * D + j] = root * d
              if !isMissing {
                observed[j] += w
                squares[j] += w * (cell - centre[j]) * (cell - centre[j])
              }
            }
          }
        }
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
    guard x.missing != nil else { return }
    for j in 0..<D where observed[j] > 0 && observed[j] < counts[0] {
      let spread = squares[j] / observed[j] * (counts[0] - observed[j])
      switch structure {
      case .full, .tied: second[0][j, j] += spread
      case .diagonal: second[0][0, j] += spread
      case .spherical: second[0][0, 0] += spread
      }
    }
  }
}
