public import LatentEvidence
public import LatentNumerics

extension Mixture {
  /// Draws from p(x | θ): a component z ~ π, then x ~ p(x | z). Under variational Bayes from the posterior predictive, of
  /// which for a Dirichlet process a share belongs to components that no row has: such draws have the number K.
  ///
  /// Row n uses the substream n of `stream`, so the first rows do not depend on how many are drawn.
  ///
  /// - Returns: the draws, `[count, D]`, and their components, `[count]`.
  /// - Throws: `.notPositiveDefinite`.
  @specialized(where Family == GaussianEmission<Double>)
  @specialized(where Family == GaussianEmission<Float>)
  public func sample(
    _ count: Int, at θ: Parameters, using stream: RandomStream, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (values: Matrix<Scalar>, components: [Int]) {
    let (weights, parameters) = predictiveComponents(at: θ)
    let sampler = try emission.sampler(at: parameters)
    let table = AliasTable(weights: weights)
    let D = θ.dimensions
    let lanes = Lanes.ranges(count: count, lanes: Swift.max(1, Swift.min(64, count / 16)))
    var components: [Int] = []
    let values = Matrix<Scalar>(rows: count, columns: D) { values in
      nonisolated(unsafe) let values = values  // every lane writes rows of its own
      components = Lanes.map(lanes.count, threads: threads) { lane -> [Int] in
        lanes[lane].map { n in
          var row = stream.substream(n)
          let k = row.categorical(table)
          let x = sampler.draw(from: k, using: &row)
          for j in 0..<D { values.initializeElement(at: n * D + j, to: Scalar(x[j])) }
          return k
        }
      }.flatMap { $0 }
    }
    return (values, components)
  }
}
