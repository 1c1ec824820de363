// N observations, D dimensions, K components

public import LatentEvidence
public import LatentNumerics
import RealModule

extension GaussianMixture {
  /// ln p(x | θ) for every row, `[N]`, in nats.
  ///
  /// - Throws: `.wrongWidth`; `.notFinite` with the row.
  /// - Complexity: O(N·K·D²) for full, O(N·D·(D + K)) for tied, O(N·K·D) for the others.
  public func logDensity(
    of x: Matrix<Scalar>, at θ: GaussianMixtureParameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Double] {
    try posterior(of: x, at: θ, threads: threads, keepingResponsibilities: false).logDensity
  }

  /// The exact posterior over the components, r `[N, K]`, and ln p(x | θ), `[N]`, for every row.
  ///
  /// A responsibility below the last place of its row's sum is 0.
  ///
  /// - Throws: `.wrongWidth`; `.notFinite` with the row.
  public func posterior(
    of x: Matrix<Scalar>, at θ: GaussianMixtureParameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (responsibilities: Matrix<Scalar>, logDensity: [Double]) {
    try posterior(of: x, at: θ, threads: threads, keepingResponsibilities: true)
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private func posterior(
    of x: Matrix<Scalar>, at θ: GaussianMixtureParameters, threads: Int, keepingResponsibilities: Bool
  ) throws(InferenceError) -> (responsibilities: Matrix<Scalar>, logDensity: [Double]) {
    guard x.columns == dimensions else { throw .wrongWidth(expected: dimensions, actual: x.columns) }
    guard θ.dimensions == dimensions else {
      throw .wrongWidth(expected: dimensions, actual: θ.dimensions)
    }
    let oracle = try GaussianMixtureOracle<Scalar>(θ, prior: nil, threads: threads)
    let K = θ.components
    let lanes = Lanes.ranges(count: x.rows, lanes: Swift.max(1, Swift.min(64, x.rows / 256)), unit: 256)
    let parts = try Lanes.map(lanes.count, threads: threads) {
      (lane) throws(InferenceError) -> (responsibilities: [Scalar], logDensity: [Double]) in
      let rows = x[rows: lanes[lane]]
      var logDensity = [Double]()
      logDensity.reserveCapacity(rows.rows)
      var r = [Scalar](repeating: 0, count: keepingResponsibilities ? rows.rows * K : 0)
      do throws(InferenceError) {
        _ = try oracle.forEachBlock(of: rows) { block in
          for i in block.rows.indices.map({ $0 - block.rows.lowerBound }) {
            logDensity.append(Double(block.best[i]) + Double.log(Double(block.sum[i])))
            guard keepingResponsibilities else { continue }
            for k in 0..<K {
              r[(block.rows.lowerBound + i) * K + k] = block.responsibilities[k * block.stride + i]
            }
          }
        }
      } catch .notFinite(let quantity, let row) {
        throw .notFinite(quantity: quantity, row: row.map { $0 + lanes[lane].lowerBound })
      }
      return (r, logDensity)
    }
    let responsibilities = Matrix<Scalar>(
      rows: keepingResponsibilities ? x.rows : 0, columns: K,
      elements: parts.flatMap { $0.responsibilities })
    return (responsibilities, parts.flatMap { $0.logDensity })
  }

  /// ln (π[k] 𝒩(x[n] | μ[k], Σ[k])), `[N, K]`, in nats: the readable reference for the fast paths, in double, with
  /// nothing neglected.
  ///
  /// - Throws: `.wrongWidth`, `.notPositiveDefinite`.
  /// - Complexity: O(N·K·D²), on the calling thread.
  public func logJoint(
    of x: Matrix<Scalar>, at θ: GaussianMixtureParameters
  ) throws(InferenceError) -> Matrix<Double> {
    guard x.columns == dimensions else { throw .wrongWidth(expected: dimensions, actual: x.columns) }
    guard θ.dimensions == dimensions else {
      throw .wrongWidth(expected: dimensions, actual: θ.dimensions)
    }
    let (N, K, D) = (x.rows, θ.components, dimensions)
    var joint = Matrix<Double>(rows: N, columns: K)
    let rows = x.converted(to: Double.self)
    for k in 0..<K {
      guard let factor = Cholesky(θ.covariance(of: k)) else {
        throw .notPositiveDefinite("the covariance of component \(k + 1)")
      }
      var centred = rows
      centred.withUnsafeMutableElements { c in
        for n in 0..<N { for j in 0..<D { c[n * D + j] -= θ.means[k, j] } }
      }
      let white = factor.whitening(centred)
      let constant =
        Double.log(θ.weights[k]) - 0.5 * (Double(D) * Double.log(2 * .pi) + factor.logDeterminant)
      for n in 0..<N { joint[n, k] = constant - 0.5 * white.row(n).reduce(0) { $0 + $1 * $1 } }
    }
    return joint
  }

  /// The lecture's identity, for any q(z):
  ///
  ///     ln p(x | θ) = L(q, θ) + KL(q ‖ p(z | x, θ))
  ///
  /// Each of the three is computed from its own definition.
  ///
  /// - Parameters:
  ///   - x: the observations, `[N, D]`.
  ///   - θ: the parameters.
  ///   - q: `[N, K]`, rows non-negative and summing to 1.
  /// - Returns: ln p(x | θ), L(q, θ) with its terms, and KL(q ‖ p(z | x, θ)), summed over the rows, in nats.
  /// - Throws: `.wrongWidth`, `.notPositiveDefinite`, `.invalidParameter` for a q that is no distribution.
  /// - Source: Bishop (2006), eqs. 9.70–9.72.
  public func decomposition(
    of x: Matrix<Scalar>, at θ: GaussianMixtureParameters, under q: Matrix<Double>
  ) throws(InferenceError) -> EvidenceDecomposition {
    guard q.rows == x.rows, q.columns == θ.components else {
      throw .wrongWidth(expected: θ.components, actual: q.columns)
    }
    let joint = try logJoint(of: x, at: θ)
    var result = EvidenceDecomposition(
      logEvidence: 0, bound: Bound(reconstruction: 0, latentKL: 0, count: Double(x.rows)), posteriorKL: 0)
    for n in 0..<x.rows {
      let row = joint.row(n)
      let qn = q.row(n)
      guard qn.allSatisfy({ $0 >= 0 }), abs(qn.reduce(0, +) - 1) < 1e-9 else {
        throw .invalidParameter(
          name: "q", value: "row \(n + 1)", requirement: "non-negative and summing to 1")
      }
      let evidence = logSumExp(row)
      result.logEvidence += evidence
      for k in row.indices where qn[k] > 0 {
        let logWeight = Double.log(θ.weights[k])
        result.bound.reconstruction += qn[k] * (row[k] - logWeight)
        result.bound.latentKL += qn[k] * (Double.log(qn[k]) - logWeight)
        result.posteriorKL += qn[k] * (Double.log(qn[k]) - (row[k] - evidence))
      }
    }
    return result
  }
}

/// ln p(x | θ) = L(q, θ) + KL(q ‖ p(z | x, θ)), term by term.
public struct EvidenceDecomposition: Sendable, Hashable {
  /// ln p(x | θ), in nats.
  public var logEvidence: Double
  /// L(q, θ).
  public var bound: Bound
  /// KL(q ‖ p(z | x, θ)), in nats; never negative.
  public var posteriorKL: Double
}
