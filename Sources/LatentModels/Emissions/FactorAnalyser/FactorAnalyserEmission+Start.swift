// N observations, D dimensions, K components, L factors

public import LatentEvidence
public import LatentNumerics

extension FactorAnalyserEmission {
  /// The principal axes of k-means clusters (of all rows, for one component), or random loadings at given centres.
  ///
  /// One component with isotropic noise starts at probabilistic PCA's maximum likelihood where rows are complete. Missing
  /// cells take their column's mean here. A start is proper even where maximum likelihood has none: no noise is below a
  /// thousandth of the columns' variance.
  public func initialParameters(
    for x: Rows<Scalar>, start: MixtureStart, components K: Int, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: FactorParameters) {
    let all = try PrincipalAxes(of: x, columnScales: axisScales, threads: threads)
    let variances = Self.positive(all.variances)
    switch start {
    case .kMeans:
      guard K > 1 else {
        let (loadings, ψ) = factors(of: all, variances: variances, using: stream)
        return ([1], parameters(means: Matrix([all.mean]), loadings: [loadings], noise: [ψ], weights: [1]))
      }
      let clusters = clusters(x, all, variances, K, sharesUnits: sharesUnits, using: stream, threads: threads)
      let total = clusters.reduce(0) { $0 + $1.totalWeight }
      let weights = clusters.map { Swift.max($0.totalWeight, 1e-3 * total / Double(K)) }
      let sum = weights.reduce(0, +)
      var means = Matrix<Double>(rows: K, columns: dimensions)
      var (loadings, noise): ([Matrix<Double>], [[Double]]) = ([], [])
      for (k, cluster) in clusters.enumerated() {
        // A cluster of one row has a mean, but no axes.
        let axes =
          (try? PrincipalAxes(of: cluster, columnScales: axisScales, isWhole: false, threads: threads)) ?? all
        var centre = all.mean
        if cluster.totalWeight > 0 {
          centre = SampleMoments.observedMeans(of: cluster, threads: threads)
        }
        for j in 0..<dimensions where cluster.isMissing(column: j) { centre[j] = all.mean[j] }
        for j in 0..<dimensions { means[k, j] = centre[j] }
        let (W, ψ) = factors(
          of: axes, variances: zip(axes.variances, variances).map { Swift.max($0, 1e-3 * $1) },
          using: stream.substream(k))
        loadings.append(W)
        noise.append(ψ)
      }
      let shares = weights.map { $0 / sum }
      return (shares, parameters(means: means, loadings: loadings, noise: noise, weights: shares))
    case .randomRows:
      var draws = stream
      let chosen = x.randomRows(K, using: &draws)
      var means = x.values.selecting(rows: chosen).converted(to: Double.self)
      for k in 0..<K { for j in 0..<dimensions where means[k, j].isNaN { means[k, j] = all.mean[j] } }
      return spread(means, variances: variances, using: draws)
    case .means(let means):
      return spread(means, variances: variances, using: stream)
    }
  }

  /// Axes of columns with different noise are those of standardised columns.
  private func axisScales(_ variances: [Double]) -> [Double] {
    if noise.isIsotropic { return Array(repeating: 1, count: variances.count) }
    return Self.positive(variances).map { 1 / $0.squareRoot() }
  }

  /// Variances with a hundredth of their mean in place of zeros.
  private static func positive(_ variances: [Double]) -> [Double] {
    let average = variances.reduce(0, +) / Double(variances.count)
    return variances.map { $0 > 0 ? $0 : 0.01 * average }
  }

  /// Loadings and noise from principal axes. An axis without variance would never get any: it starts at random.
  private func factors(
    of axes: PrincipalAxes, variances: [Double], using stream: RandomStream
  ) -> (loadings: Matrix<Double>, noise: [Double]) {
    let (D, L) = (dimensions, factors)
    let units = axisScales(variances).map { 1 / $0 }
    let typical = noise.isIsotropic ? variances.reduce(0, +) / Double(D) : 1
    let discarded = axes.values.dropFirst(L).reduce(0) { $0 + Swift.max($1, 0) }
    let σ² = Swift.max(D > L ? discarded / Double(D - L) : 0, 1e-3 * typical)
    var W = axes.loadings(L, noise: σ²)
    var stream = stream.substream(0)
    for l in 0..<L where l >= axes.values.count || !(axes.values[l] > σ²) {
      for j in 0..<D { W[j, l] = 0.1 * (σ² / Double(L)).squareRoot() * stream.normal() }
    }
    guard !noise.isIsotropic else { return (W, Array(repeating: σ², count: D)) }
    let ψ = zip(W.rowSquares(), variances).map { Swift.max(1 - $0, 0.005) * $1 }
    return (W.scalingRows(by: units), ψ)
  }

  /// Rows by cluster.
  private func clusters(
    _ x: Rows<Scalar>, _ all: PrincipalAxes, _ variances: [Double], _ K: Int, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) -> [Rows<Scalar>] {
    let scales = sharesUnits || noise.isIsotropic ? nil : variances.map { 1 / $0.squareRoot() }
    let clusters = HardClusters(of: x, components: K, using: stream, threads: threads) { rows in
      Self.features(rows, mean: all.mean, scales: scales)
    }
    var members = [[Int]](repeating: [], count: K)
    for (row, k) in clusters.members { members[k].append(row) }
    return members.map { rows in
      Rows(
        x.values.selecting(rows: rows), weights: x.weights == nil ? nil : rows.map { x.weight(of: $0) })
    }
  }

  /// (x − mean) · scale, and 0 for what is missing.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func features(_ x: Matrix<Scalar>, mean: [Double], scales: [Double]?) -> Matrix<Scalar> {
    let D = x.columns
    return Matrix(rows: x.rows, columns: D) { target in
      x.withUnsafeElements { x in
        for i in x.indices {
          let j = i % D
          let value = (Double(x[i]) - mean[j]) * (scales?[j] ?? 1)
          target.initializeElement(at: i, to: value.isNaN ? 0 : Scalar(value))
        }
      }
    }
  }

  /// Random loadings that explain half of the columns' variance, noise the other half; as one of K components would have
  /// them.
  private func spread(
    _ means: Matrix<Double>, variances: [Double], using stream: RandomStream
  ) -> (weights: [Double], parameters: FactorParameters) {
    let (K, D, L) = (means.rows, dimensions, factors)
    let shrinking = 0.5 / Double.pow(Double(K), 2 / Double(D))
    let half = variances.map { shrinking * $0 }
    let loadings = (0..<K).map { k in
      var stream = stream.substream(k)
      return Matrix<Double>(
        rows: D, columns: L,
        elements: (0..<D).flatMap { j in
          (0..<L).map { _ in (half[j] / Double(L)).squareRoot() * stream.normal() }
        })
    }
    let weights = Array(repeating: 1 / Double(K), count: K)
    return (
      weights,
      parameters(means: means, loadings: loadings, noise: Array(repeating: half, count: K), weights: weights)
    )
  }

  /// Noise given as `[K, D]` averaged over what shares it.
  private func parameters(
    means: Matrix<Double>, loadings: [Matrix<Double>], noise: [[Double]], weights: [Double]
  ) -> FactorParameters {
    let (K, D) = (means.rows, dimensions)
    var rows = noise
    if self.noise.isShared {
      rows = [(0..<D).map { j in (0..<K).reduce(0) { $0 + weights[$1] * noise[$1][j] } }]
    }
    if self.noise.isIsotropic { rows = rows.map { [$0.reduce(0, +) / Double(D)] } }
    return FactorParameters(means: means, loadings: loadings, noise: Matrix(rows))
  }
}

extension Rows {
  /// Whether no row has this column.
  fileprivate func isMissing(column j: Int) -> Bool {
    missing != nil && (0..<rows).allSatisfy { values[$0, j].isNaN }
  }
}

extension FactorPrior {
  /// The weak prior scaled from the data: μₚ their mean, κ = 0.01, ν = 3, Λ the columns' variances over K^(2/D), where a
  /// column without variance takes a hundredth of the mean variance.
  ///
  /// It says as much as one row in each noise variance and as a hundredth of a row in each loading and mean.
  ///
  /// - Throws: `.noVariation` when all rows are alike; `.notFinite` when moments overflow.
  public static func scaled<Scalar: LatentScalar>(
    to x: Rows<Scalar>, components K: Int = 1, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> FactorPrior {
    let (mean, variances) = try PrincipalAxes.meanAndVariances(of: x, threads: threads)
    let average = variances.reduce(0, +) / Double(variances.count)
    guard average > 0 else { throw .noVariation }
    let shrinking = 1 / Double.pow(Double(K), 2 / Double(variances.count))
    return try FactorPrior(
      mean: mean, scale: variances.map { shrinking * ($0 > 0 ? $0 : 0.01 * average) })
  }
}
