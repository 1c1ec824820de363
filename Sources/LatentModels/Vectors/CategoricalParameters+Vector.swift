public import LatentEvidence
import LatentNumerics

extension CategoricalParameters: VectorParameters {
  /// √p, on a sphere for each column, so that an impossible category is a point like others.
  public var vector: [Double] { probabilities.elements.map { $0.squareRoot() } }

  public func replacing(vector: [Double]) -> Self? {
    var p = Matrix<Double>(
      rows: components, columns: columns.total, elements: vector.map { $0 > 0 ? $0 * $0 : 0 })
    for k in 0..<components {
      for j in 0..<columns.count {
        let total = columns.range(j).reduce(0) { $0 + p[k, $1] }
        guard total > 0, total.isFinite else { return nil }
        for l in columns.range(j) { p[k, l] /= total }
      }
    }
    return Self(columns: columns, probabilities: p)
  }
}

extension CategoricalPosterior: VectorParameters {
  /// The logarithms of the concentrations.
  public var vector: [Double] { concentrations.elements.map { Double.log($0) } }

  public func replacing(vector: [Double]) -> Self? {
    let α = vector.map { Double.exp($0) }
    guard α.areProper else { return nil }
    return Self(
      columns: columns, concentrations: Matrix(rows: components, columns: columns.total, elements: α))
  }
}
