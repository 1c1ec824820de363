// N observations, D dimensions, K components

public import LatentEvidence
public import LatentNumerics

extension Mixture {
  /// ln p(x | θ) for every row, `[N]`, in nats, in the order of the source; of what is observed, where cells are
  /// missing.
  ///
  /// Under variational Bayes it is ln Σₖ exp(E[ln π[k]] + E[ln p(x | k)]), what the row adds to the bound: that is neither a
  /// density, which it lies below, nor the posterior predictive (`predictiveLogDensity(of:at:threads:)`).
  ///
  /// - Throws: `.wrongWidth`; `.notFinite` with the row.
  /// - Complexity: that of the E-step.
  public func logDensity(
    of x: Rows<Scalar>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Double] {
    try posterior(of: x, at: θ, threads: threads, keepingResponsibilities: false).logDensity
  }

  /// The exact posterior over the components, r `[N, K]`, and ln p(x | θ), `[N]`, for every row, in the order of the
  /// source. Weights of rows do not matter. Under variational Bayes r is q(z), and the logarithms are those of
  /// `logDensity(of:at:threads:)`.
  ///
  /// A responsibility below the last place of its row's sum is 0.
  ///
  /// - Throws: `.wrongWidth`; `.notFinite` with the row.
  public func posterior(
    of x: Rows<Scalar>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (responsibilities: Matrix<Scalar>, logDensity: [Double]) {
    try posterior(of: x, at: θ, threads: threads, keepingResponsibilities: true)
  }

  private func posterior(
    of x: Rows<Scalar>, at θ: Parameters, threads: Int, keepingResponsibilities: Bool
  ) throws(InferenceError) -> (responsibilities: Matrix<Scalar>, logDensity: [Double]) {
    guard x.columns == dimensions else { throw .wrongWidth(expected: dimensions, actual: x.columns) }
    try emission.validate(x)
    let x = x.withoutWeights()
    let oracle = try oracle(at: θ, threads: threads)
    let K = θ.components
    let lanes = Lanes.ofRows(x.rows)
    let parts = try Lanes.map(lanes.count, threads: threads) {
      (range) throws(InferenceError) -> (responsibilities: [Scalar], logDensity: [Double]) in
      let rows = x.chunk(lanes[range])
      var logDensity = [Double]()
      logDensity.reserveCapacity(rows.rows)
      var r = [Scalar](repeating: 0, count: keepingResponsibilities ? rows.rows * K : 0)
      var lane = oracle.densities.lane()
      do throws(InferenceError) {
        _ = try oracle.forEachBlock(of: rows, in: &lane) { block, _ in
          block.appendLogDensities(to: &logDensity)
          if keepingResponsibilities { block.copyResponsibilities(components: K, into: &r) }
        }
      } catch .notFinite(let quantity, let row) {
        throw .notFinite(
          quantity: quantity, row: row.map { x.sourceIndex(of: $0 + lanes[range].lowerBound) })
      }
      return (r, logDensity)
    }
    let responsibilities = Matrix<Scalar>(
      rows: keepingResponsibilities ? x.rows : 0, columns: K,
      elements: parts.flatMap { $0.responsibilities })
    return (x.inSourceOrder(responsibilities), x.inSourceOrder(parts.flatMap { $0.logDensity }))
  }
}

extension RowBlock {
  /// ln p(x) of the block's rows.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  fileprivate func appendLogDensities(to all: inout [Double]) {
    for i in 0..<count { all.append(Double(best[i]) + Double.log(Double(sum[i]))) }
  }

  /// The block's responsibilities into those of the batch, `[N, K]`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  fileprivate func copyResponsibilities(components K: Int, into all: inout [Scalar]) {
    for i in 0..<count {
      for k in 0..<K { all[(rows.lowerBound + i) * K + k] = responsibilities[k * stride + i] }
    }
  }
}
