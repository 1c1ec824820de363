public import LatentEvidence
import LatentNumerics

extension FactorParameters: VectorParameters {
  /// The means, the loadings, and the logarithms of the noise's variances.
  public var vector: [Double] {
    means.elements + loadings.flatMap(\.elements) + noise.elements.map { Double.log($0) }
  }

  public func replacing(vector: [Double]) -> Self? {
    guard vector.allSatisfy(\.isFinite) else { return nil }
    var reader = VectorReader(vector)
    let means = reader.matrix(rows: components, columns: dimensions)
    let loadings = (0..<components).map { _ in reader.matrix(rows: dimensions, columns: factors) }
    let variances = reader.next(noise.rows * noise.columns).map { Double.exp($0) }
    guard variances.areProper else { return nil }
    return Self(
      means: means, loadings: loadings,
      noise: Matrix(rows: noise.rows, columns: noise.columns, elements: variances))
  }
}
