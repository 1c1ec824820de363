// N observations, D dimensions, K components; Σ[k] = L[k] L[k]ᵀ, W[k] = L[k]⁻¹

public import LatentEvidence
public import LatentNumerics
import RealModule

/// The densities of Gaussian components at fixed parameters.
public struct GaussianDensities<Scalar: LatentScalar>: EmissionDensities {
  public typealias Statistics = GaussianStatistics

  let components: Int
  let dimensions: Int
  let structure: CovarianceStructure
  /// ln π[k] − ½ (D ln 2π + ln |Σ[k]|), `[K]`.
  var constants: [Scalar]
  /// −½ (D ln 2π + ln |Σ[k]|), `[K]`.
  let normalizers: [Double]
  /// Densities that lie below a row's largest by more than this need not be exact.
  var margin = Kernels.margin(Scalar.self)
  /// μ in the precision of the rows, `[K, D]`.
  let means: Matrix<Scalar>
  /// How rows are whitened.
  let whitening: Whitening
  /// The origins of the statistics: exactly what is subtracted from the rows.
  let origins: Matrix<Double>
  /// What rows with missing cells need besides.
  let precisions: GaussianPrecisions
  /// The size of the constants, which sets the size of rounding errors.
  private let magnitude: Double
  /// Rounding errors that an ill-conditioned covariance magnifies.
  private let magnified: MagnifiedErrors

  public let parameterKL: Double

  /// W[k] (x − μ[k]), by structure and dimension.
  enum Whitening: Sendable {
    /// W[k], packed by rows, one after the other.
    case packed([Scalar])
    /// L[k] as dense matrices, and μ, with the columns in another order.
    case factors([Matrix<Scalar>], means: Matrix<Scalar>, order: [Int32])
    /// One W or L for all; rows are taken about `centre`; the means are white already.
    case shared(centre: [Scalar], packed: [Scalar]?, factor: Matrix<Scalar>, whiteMeans: Matrix<Scalar>)
    /// The diagonals of W[k], `[K, D]`.
    case diagonal(Matrix<Scalar>)
  }

  public var zero: GaussianStatistics {
    GaussianStatistics(structure: structure, origins: origins)
  }

  /// Prepares the factors at θ.
  ///
  /// - Throws: `.collapsed` when a covariance is singular against the mixture's own variances.
  /// - Complexity: O(K·D³) for full, O(D³) for tied, O(K·D) for the others.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  init(
    _ θ: GaussianParameters, logWeights: [Double], prior: GaussianPrior?, threads: Int
  ) throws(InferenceError) {
    let weights = normalizedWeights(logWeights)
    let (K, D) = (θ.components, θ.dimensions)
    components = K
    dimensions = D
    structure = θ.covariances.structure
    means = θ.means.converted(to: Scalar.self)
    precisions = GaussianPrecisions(θ)

    let small = D <= Kernels.smallDimension
    // Densities do not depend on the order of the columns; how soon a row can be told from a component does.
    let order = !small && structure == .full ? Self.tellingOrder(of: θ, weights: weights) : nil
    let ordered = order.map { θ.selecting(columns: $0) } ?? θ
    let orderedPrior = order.flatMap { order in prior?.selecting(columns: order) } ?? prior
    let shapes: [Shape]
    do throws(InferenceError) {
      shapes = try Self.shapes(of: ordered, weights: weights, threads: threads)
    } catch .collapsed(let collapse) {
      throw .collapsed(order.map { collapse.translating(columns: $0) } ?? collapse)
    }
    let factors = shapes.map(\.factor)
    let logDeterminants: [Double]
    switch θ.covariances {
    case .full:
      logDeterminants = factors.map(\.logDeterminant)
      if small {
        whitening = .packed(shapes.compactMap(\.inverse).flatMap { Self.packed($0) })
      } else {
        whitening = .factors(
          factors.map { $0.lower.converted(to: Scalar.self) },
          means: ordered.means.converted(to: Scalar.self),
          order: (order ?? []).map { Int32($0) })
      }
      origins = means.converted(to: Double.self)
    case .tied:
      logDeterminants = Array(repeating: factors[0].logDeterminant, count: K)
      let centre = (0..<D).map { j in
        Scalar((0..<K).reduce(0) { $0 + weights[$1] * θ.means[$1, j] })
      }
      var offsets = θ.means
      offsets.withUnsafeMutableElements { offsets in
        for k in 0..<K { for j in 0..<D { offsets[k * D + j] -= Double(centre[j]) } }
      }
      whitening = .shared(
        centre: centre, packed: shapes[0].inverse.map { Self.packed($0) },
        factor: factors[0].lower.converted(to: Scalar.self),
        whiteMeans: factors[0].whitening(offsets).converted(to: Scalar.self))
      origins = Matrix(
        rows: K, columns: D, elements: (0..<K).flatMap { _ in centre.map { Double($0) } })
    case .diagonal, .spherical:
      let variances = (0..<K).map { θ.variances(of: $0) }
      // Columns of one variance add the same number D times.
      logDeterminants = variances.map { CompensatedSum($0.lazy.map { Double.log($0) }).value }
      whitening = .diagonal(
        Matrix(rows: K, columns: D, elements: variances.flatMap { $0.map { Scalar(1 / $0.squareRoot()) } }))
      origins = means.converted(to: Double.self)
    }
    normalizers = logDeterminants.map { -0.5 * (Double(D) * Double.log(2 * .pi) + $0) }
    constants = zip(logWeights, normalizers).map { Scalar($0 + $1) }
    magnified = MagnifiedErrors(
      of: ordered, weights: weights, precisions: shapes.map(\.precisions), unit: Double(Scalar.ulpOfOne),
      hasPrior: prior != nil)
    magnitude = (normalizers.map { abs($0) }.max() ?? 0) + Double(D)
    parameterKL = orderedPrior.map { -$0.logDensity(of: ordered, factors: factors, threads: threads) } ?? 0
    guard parameterKL.isFinite else { throw .notFinite(quantity: "prior density", row: nil) }
  }

  public func lane() -> GaussianLane<Scalar> { GaussianLane(self) }

  public var exact: Self {
    var densities = self
    densities.margin = .infinity
    return densities
  }

  public func roundoff(weight: Double) -> Double {
    4 * Double(Scalar.ulpOfOne) * weight * magnitude + magnified.total(rows: weight)
  }

  public func roundoff(of rows: Rows<Scalar>) -> Double {
    let weight = rows.totalWeight
    let complete = roundoff(weight: weight)
    guard rows.hasMissingCells(in: 0..<rows.rows) else { return complete }
    return complete + precisions.roundoff(weight: weight, unit: Double(Scalar.ulpOfOne))
  }

  // MARK: Preparation

  /// A covariance taken apart.
  private struct Shape: Sendable {
    let factor: Cholesky
    /// L⁻¹, which whitens rows of few columns.
    let inverse: Matrix<Double>?
    /// (Σ⁻¹)ⱼⱼ, the inverse variance of each column given all others, whatever the order of the columns.
    let precisions: [Double]

    init?(_ covariance: Matrix<Double>) {
      guard let factor = Cholesky(covariance) else { return nil }
      self.factor = factor
      let half = factor.invertedLower()
      inverse = factor.order <= Kernels.smallDimension ? half : nil
      precisions = Cholesky.inverseDiagonal(lower: half)
    }
  }

  /// The full or tied covariances taken apart, and a check of all structures.
  private static func shapes(
    of θ: GaussianParameters, weights: [Double], threads: Int
  ) throws(InferenceError) -> [Shape] {
    let (K, D) = (θ.components, θ.dimensions)
    let total = θ.totalVariances(weights: weights)
    func collapse(_ k: Int, _ column: Int, _ variance: Double) -> InferenceError {
      .collapsed(
        .init(
          component: k, components: K, count: weights[k],
          cause: .flat(column: column, relativeVariance: Swift.max(variance / total[column], 0))))
    }
    switch θ.covariances {
    case .full, .tied:
      let matrices: [Matrix<Double>]
      if case .full(let all) = θ.covariances { matrices = all } else { matrices = [θ.covariance(of: 0)] }
      let shapes = Lanes.map(matrices.count, threads: D > 64 ? threads : 1) { Shape(matrices[$0]) }
      for (k, shape) in shapes.enumerated() {
        try requireFinite(matrices[k].elements)
        guard let shape else {
          let column = firstFlatColumn(of: matrices[k], against: total)
          throw collapse(k, column, 0)
        }
        for j in 0..<D {
          let variance = 1 / shape.precisions[j]
          if isFlat(variance, of: matrices[k][j, j], total: total[j], dimensions: D) {
            let (column, least) = determinedColumn(of: shape, matrices[k], against: total)
            throw collapse(k, column, least)
          }
          try requireSquarable(variance)
        }
      }
      return shapes.compactMap { $0 }
    case .diagonal, .spherical:
      for k in 0..<K {
        try requireFinite(θ.variances(of: k))
        for (j, variance) in θ.variances(of: k).enumerated() {
          if isFlat(variance, of: variance, total: total[j], dimensions: D) { throw collapse(k, j, variance) }
          try requireSquarable(variance)
        }
      }
      return []
    }
  }

  /// The column to name where one is flat given the others: the first that those before it determine, which could be left
  /// out; where none is, the narrowest given all others, against the mixture's variance.
  private static func determinedColumn(
    of shape: Shape, _ covariance: Matrix<Double>, against total: [Double]
  ) -> (column: Int, variance: Double) {
    let D = total.count
    for j in 0..<D {
      let variance = shape.factor.lower[j, j] * shape.factor.lower[j, j]
      if isFlat(variance, of: covariance[j, j], total: total[j], dimensions: D) { return (j, variance) }
    }
    let column = (0..<D).max { shape.precisions[$0] * total[$0] < shape.precisions[$1] * total[$1] } ?? 0
    return (column, 1 / shape.precisions[column])
  }

  /// Whether a column's variance, given other columns, has vanished: against the mixture's variance, or against
  /// what the arithmetic resolves of the component's own: beyond `Kernels.smallDimension` columns scatters are taken in
  /// double, and only distances in single precision.
  private static func isFlat(
    _ variance: Double, of own: Double, total: Double, dimensions D: Int
  ) -> Bool {
    let resolved = Scalar.self == Double.self ? 1e-13 : D > Kernels.smallDimension ? 1e-10 : 1e-7
    return !(variance > 1e-12 * total && variance > resolved * own)
  }

  /// Squared deviations of rows must neither vanish nor overflow in the precision of the rows.
  private static func requireSquarable(_ variance: Double) throws(InferenceError) {
    let unit = Double(Scalar.ulpOfOne)
    let range = Double(Scalar.leastNormalMagnitude) / unit...Double(Scalar.greatestFiniteMagnitude) * unit
    guard range.contains(variance) else {
      throw .notFinite(quantity: "squared deviation in \(Scalar.precisionName) precision", row: nil)
    }
  }

  private static func requireFinite(_ values: [Double]) throws(InferenceError) {
    guard values.allSatisfy({ $0.isFinite }) else { throw .notFinite(quantity: "covariance", row: nil) }
  }

  /// The first column whose variance, given the columns before it, is not positive.
  private static func firstFlatColumn(
    of matrix: Matrix<Double>, against total: [Double]
  ) -> Int {
    for order in 1...matrix.rows {
      let leading = matrix[rows: 0..<order].selecting(columns: Array(0..<order))
      guard let factor = Cholesky(leading) else { return order - 1 }
      let pivot = factor.lower[order - 1, order - 1]
      let column = order - 1
      if isFlat(
        pivot * pivot, of: matrix[column, column], total: total[column], dimensions: matrix.rows)
      {
        return column
      }
    }
    return matrix.rows - 1
  }

  /// The columns, those first in which the components differ most from the mixture as a whole: by √T (ln T − Σₖ π[k] ln
  /// Σ[k]ⱼⱼ) with the mixture's variance T. The score is a rule of thumb; on MNIST it saves a third of the work against
  /// the columns' own order.
  private static func tellingOrder(of θ: GaussianParameters, weights: [Double]) -> [Int] {
    let total = θ.totalVariances(weights: weights)
    var score = total.map { Double.log($0) }
    for k in 0..<θ.components {
      for (j, variance) in θ.variances(of: k).enumerated() { score[j] -= weights[k] * Double.log(variance) }
    }
    for j in score.indices { score[j] *= total[j].squareRoot() }
    guard score.allSatisfy(\.isFinite) else { return Array(score.indices) }
    return score.indices.sorted { score[$0] > score[$1] || (score[$0] == score[$1] && $0 < $1) }
  }

  private static func packed(_ lower: Matrix<Double>) -> [Scalar] {
    (0..<lower.rows).flatMap { i in (0...i).map { Scalar(lower[i, $0]) } }
  }
}

extension GaussianPrior {
  fileprivate func selecting(columns: [Int]) -> Self? {
    try? Self(
      mean: columns.map { mean[$0] }, meanPrecision: meanPrecision, degreesOfFreedom: degreesOfFreedom,
      scale: scale.selecting(rows: columns).selecting(columns: columns))
  }
}

extension InferenceError.Collapse {
  /// The same collapse, where columns had been put in this order.
  fileprivate func translating(columns: [Int]) -> Self {
    guard case .flat(let column, let variance) = cause else { return self }
    return Self(
      component: component, components: components, count: count,
      cause: .flat(column: columns[column], relativeVariance: variance))
  }
}
