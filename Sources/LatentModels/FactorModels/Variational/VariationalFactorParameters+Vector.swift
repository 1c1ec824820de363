public import LatentEvidence
import LatentNumerics

extension VariationalFactorParameters: VectorParameters {
  /// The means, the loadings, and the logarithms of the means' variances and of the rates of q(α) and q(τ). Shapes are the
  /// same for all parameters of a fit, and the loadings' covariances follow from the rest with the next step: they are
  /// no coordinates.
  public var vector: [Double] {
    means.elements + loadings.flatMap(\.elements)
      + (meanVariances + relevanceRates.elements + noiseRates).map { Double.log($0) }
  }

  public func replacing(vector: [Double]) -> Self? {
    guard vector.allSatisfy(\.isFinite) else { return nil }
    var (reader, result) = (VectorReader(vector), self)
    result.means = reader.matrix(rows: components, columns: dimensions)
    result.loadings = loadings.map { _ in reader.matrix(rows: dimensions, columns: factors) }
    let scales = reader.remaining.map { Double.exp($0) }
    guard scales.areProper else { return nil }
    let (K, L) = (components, factors)
    result.meanVariances = Array(scales[..<K])
    result.relevanceRates = Matrix(rows: K, columns: L, elements: scales[K..<K + K * L])
    result.noiseRates = Array(scales[(K + K * L)...])
    return result
  }
}
