public import LatentEvidence
import LatentNumerics

extension BernoulliParameters: VectorParameters {
  /// φ with μ = sin² φ, from 0 to π/2: the coordinate in which all probabilities are equally certain, and 0 and 1 are
  /// points like others.
  public var vector: [Double] { probabilities.elements.map { Double.asin($0.squareRoot()) } }

  public func replacing(vector: [Double]) -> Self? {
    guard vector.allSatisfy(\.isFinite) else { return nil }
    let μ = vector.map { φ in
      let sine = Double.sin(Swift.min(Swift.max(φ, 0), .pi / 2))
      return sine * sine
    }
    return Self(probabilities: Matrix(rows: components, columns: dimensions, elements: μ))
  }
}

extension BernoulliPosterior: VectorParameters {
  /// The logarithms of the exponents.
  public var vector: [Double] { (ones.elements + zeros.elements).map { Double.log($0) } }

  public func replacing(vector: [Double]) -> Self? {
    let exponents = vector.map { Double.exp($0) }
    guard exponents.areProper else { return nil }
    var reader = VectorReader(exponents)
    return Self(
      ones: reader.matrix(rows: components, columns: dimensions),
      zeros: reader.matrix(rows: components, columns: dimensions))
  }
}
