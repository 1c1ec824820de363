// W a matrix of parameters, ∂W its gradient

public import LatentNumerics

/// Gradients of large matrices that are left as the factors of products, ∂W = Σ AᵀG, until somebody wants rows of them.
///
/// Written out, such a gradient goes to memory and comes back for the optimiser's step. Made a few rows at a time, for all
/// lanes of a minibatch one after the other, it never leaves the cache.
///
/// A conforming type is a reference to what belongs to a workspace; factors are valid until the next call with that workspace.
public protocol GradientFactors<Scalar> {
  /// The precision of gradients.
  associatedtype Scalar

  /// Allows to leave gradients as factors from now on; at first all are written.
  func keepFactors()

  /// The number of matrices whose gradient was left so by the last call; that of all other parameters is written.
  var factoredCount: Int { get }

  /// One of these matrices.
  func factored(_ index: Int) -> ParameterReference

  /// Computes rows of the sum of the gradients of a matrix that the lanes of a minibatch left, on any thread and on several at a
  /// time.
  ///
  /// - Parameters:
  ///   - rows: of the matrix.
  ///   - matrix: one that a lane left at least.
  ///   - lanes: this one among them; those that wrote the gradient add nothing.
  ///   - g: where the rows go, one after the other.
  ///   - adding: whether they are added to what is there.
  func gradientRows(
    _ rows: Range<Int>, of matrix: ParameterReference, leftBy lanes: ArraySlice<Self>,
    into g: UnsafeMutablePointer<Scalar>, adding: Bool)
}

extension GradientFactors {
  /// Whether the gradient of a matrix was left; otherwise it was written.
  func hasLeft(_ matrix: ParameterReference) -> Bool {
    for i in 0..<factoredCount where factored(i) == matrix { return true }
    return false
  }
}

/// Where a model writes out all gradients.
public enum NoGradientFactors<Scalar: LatentScalar>: GradientFactors {
  public func keepFactors() {}
  public var factoredCount: Int { 0 }
  public func factored(_ index: Int) -> ParameterReference { switch self {} }
  public func gradientRows(
    _ rows: Range<Int>, of matrix: ParameterReference, leftBy lanes: ArraySlice<Self>,
    into g: UnsafeMutablePointer<Scalar>, adding: Bool
  ) {}
}

extension ParameterReference {
  /// The places of the elements of some rows.
  func elements(of rows: Range<Int>) -> Range<Int> {
    offset + rows.lowerBound * columns..<offset + rows.upperBound * columns
  }
}
