/// Parameters that are a point of an unconstrained vector space, so that an ascent can extrapolate them.
///
/// The coordinates should be of about the same size in effect, such as logarithms of weights and of scales; every vector
/// near a proper one should be proper too.
public protocol VectorParameters: Sendable {
  /// The coordinates, in an order that depends on the shape of the parameters alone.
  var vector: [Double] { get }

  /// The parameters of the same shape with these coordinates; nil when they are not proper in floating point.
  ///
  /// - Parameter vector: as many coordinates as `vector` has.
  func replacing(vector: [Double]) -> Self?
}
