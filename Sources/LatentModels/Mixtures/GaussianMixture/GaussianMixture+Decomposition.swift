// N observations, D dimensions, K components

public import LatentEvidence
public import LatentNumerics

extension Mixture {
  /// ln (π[k] 𝒩(x[n] | μ[k], Σ[k])), `[N, K]`, in nats: the readable reference for the fast paths, in double, with
  /// nothing neglected.
  ///
  /// - Throws: `.wrongWidth`, `.notPositiveDefinite`.
  /// - Complexity: O(N·K·D²), on the calling thread.
  public func logJoint<S>(
    of x: Matrix<S>, at θ: GaussianMixtureParameters
  ) throws(InferenceError) -> Matrix<Double> where Family == GaussianEmission<S> {
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
  public func decomposition<S>(
    of x: Matrix<S>, at θ: GaussianMixtureParameters, under q: Matrix<Double>
  ) throws(InferenceError) -> EvidenceDecomposition where Family == GaussianEmission<S> {
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
