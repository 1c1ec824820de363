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
    _ count: Int, at θ: GaussianMixtureParameters, using stream: RandomStream,
    threads: Int = Lanes.availableThreads
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
    let lanes = Lanes.ranges(count: count, lanes: Swift.max(1, Swift.min(64, count / 16)))
    var components: [Int] = []
    let L = factors
    let values = Matrix<Scalar>(rows: count, columns: D) { values in
      nonisolated(unsafe) let values = values  // every lane writes rows of its own
      components = Lanes.map(lanes.count, threads: threads) { lane -> [Int] in
        lanes[lane].map { n in
          var row = stream.substream(n)
          let k = row.categorical(table)
          let ε = (0..<D).map { _ in row.normal() }
          L[k].lower.withUnsafeElements { L in
            for i in 0..<D {
              var sum = θ.means[k, i]
              for j in 0...i { sum += L[i * D + j] * ε[j] }
              values.initializeElement(at: n * D + i, to: Scalar(sum))
            }
          }
          return k
        }
      }.flatMap { $0 }
    }
    return (values, components)
  }
}
