// K components, D dimensions

public import LatentEvidence
import LatentNumerics

extension GaussianParameters: VectorParameters {
  /// The means; then the Cholesky factors of dense covariances, with the logarithms of their diagonals, or the logarithms
  /// of variances.
  public var vector: [Double] {
    let spreads: [Double] =
      switch covariances {
      case .full(let all): all.flatMap { Self.coordinates(of: $0) }
      case .tied(let shared): Self.coordinates(of: shared)
      case .diagonal(let all): all.elements.map { Double.log($0) }
      case .spherical(let all): all.map { Double.log($0) }
      }
    return means.elements + spreads
  }

  public func replacing(vector: [Double]) -> Self? {
    let (K, D) = (components, dimensions)
    guard vector.allSatisfy(\.isFinite) else { return nil }
    var reader = VectorReader(vector)
    let means = reader.matrix(rows: K, columns: D)
    let covariances: Covariances
    switch self.covariances {
    case .full:
      let all = (0..<K).compactMap { _ in Self.covariance(of: reader.next(D * (D + 1) / 2), order: D) }
      guard all.count == K else { return nil }
      covariances = .full(all)
    case .tied:
      guard let shared = Self.covariance(of: reader.next(D * (D + 1) / 2), order: D) else { return nil }
      covariances = .tied(shared)
    case .diagonal:
      let variances = reader.next(K * D).map { Double.exp($0) }
      guard variances.areProper else { return nil }
      covariances = .diagonal(Matrix(rows: K, columns: D, elements: variances))
    case .spherical:
      let variances = reader.next(K).map { Double.exp($0) }
      guard variances.areProper else { return nil }
      covariances = .spherical(variances)
    }
    return Self(means: means, covariances: covariances)
  }

  /// The lower Cholesky factor row by row, its diagonal as logarithms.
  private static func coordinates(of Σ: Matrix<Double>) -> [Double] {
    guard let L = Cholesky(Σ)?.lower else {
      return Array(repeating: .nan, count: Σ.rows * (Σ.rows + 1) / 2)
    }
    return (0..<L.rows).flatMap { i in (0...i).map { $0 == i ? Double.log(L[i, i]) : L[i, $0] } }
  }

  private static func covariance(of coordinates: [Double], order D: Int) -> Matrix<Double>? {
    var L = Matrix<Double>(rows: D, columns: D)
    var index = 0
    for i in 0..<D {
      for j in 0...i {
        L[i, j] = i == j ? Double.exp(coordinates[index]) : coordinates[index]
        index += 1
      }
    }
    guard L.diagonal.areProper else { return nil }
    // L Lᵀ, as the rows of L times L.
    let Σ = Cholesky(lower: L).coloring(L)
    guard Σ.elements.allSatisfy(\.isFinite) else { return nil }
    return Σ
  }
}

extension VariationalGaussianParameters: VectorParameters {
  /// The coordinates of the expected parameters, and the logarithms of β and of what ν has above its least value.
  public var vector: [Double] {
    let least = leastDegrees
    return expected.vector + meanPrecisions.map { Double.log($0) }
      + degreesOfFreedom.map { Double.log($0 - least) }
  }

  public func replacing(vector: [Double]) -> Self? {
    let K = components
    let least = leastDegrees
    var reader = VectorReader(vector)
    guard let expected = expected.replacing(vector: reader.next(vector.count - 2 * K)) else { return nil }
    let β = reader.next(K).map { Double.exp($0) }
    let excess = reader.next(K).map { Double.exp($0) }
    guard β.areProper, excess.areProper else { return nil }
    return Self(expected: expected, meanPrecisions: β, degreesOfFreedom: excess.map { least + $0 })
  }

  private var leastDegrees: Double {
    Self.leastDegreesOfFreedom(expected.covariances.structure, dimensions: dimensions)
  }
}
