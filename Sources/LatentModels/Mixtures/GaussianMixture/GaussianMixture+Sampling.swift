public import LatentEvidence
public import LatentNumerics

extension GaussianMixture {
  /// Draws from p(x | θ): a component z ~ π, then x = μ[z] + L[z] ε.
  ///
  /// Row n uses the substream n of `stream`, so the first rows do not depend on how many are drawn.
  ///
  /// - Returns: the draws, `[count, D]`, and their components, `[count]`.
  /// - Throws: `.notPositiveDefinite`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func sample(
    _ count: Int, at θ: GaussianMixtureParameters, using stream: RandomStream
  ) throws(InferenceError) -> (values: Matrix<Scalar>, components: [Int]) {
    var factors: [Cholesky] = []
    for k in 0..<θ.components {
      guard let factor = Cholesky(θ.covariance(of: k)) else {
        throw .notPositiveDefinite("the covariance of component \(k + 1)")
      }
      factors.append(factor)
    }
    let table = AliasTable(weights: θ.weights)
    let D = θ.dimensions
    var components: [Int] = []
    var values = Matrix<Scalar>(rows: count, columns: D)
    values.withUnsafeMutableElements { values in
      for n in 0..<count {
        var row = stream.substream(n)
        let k = row.categorical(table)
        components.append(k)
        let ε = (0..<D).map { _ in row.normal() }
        factors[k].lower.withUnsafeElements { L in
          for i in 0..<D {
            var sum = θ.means[k, i]
            for j in 0...i { sum += L[i * D + j] * ε[j] }
            values[n * D + i] = Scalar(sum)
          }
        }
      }
    }
    return (values, components)
  }
}
