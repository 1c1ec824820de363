// N rows, D columns, L factors

public import LatentEvidence
public import LatentNumerics

/// What rows say about continuous latent variables, such as their factors under one component: means and spread of q(z).
public struct LatentPosterior: Sendable, Equatable {
  /// E[z | x], `[N, L]`.
  public let means: Matrix<Double>
  /// The standard deviations of z | x, `[N, L]`; for factors the same for rows with the same cells observed.
  public let deviations: Matrix<Double>

  public init(means: Matrix<Double>, deviations: Matrix<Double>) {
    precondition(
      means.rows == deviations.rows && means.columns == deviations.columns, "a deviation for every mean")
    self.means = means
    self.deviations = deviations
  }
}

extension Mixture {
  /// The posterior of the factors of every row under component k, in the order of the source:
  ///
  ///     z | x ~ 𝒩(M⁻¹ Wᵀ Ψ⁻¹ (x − μ), M⁻¹),   M = I + Wᵀ Ψ⁻¹ W, over the observed cells
  ///
  /// Factors are in the fixed rotation of ``FactorParameters/inCanonicalRotation()``, whatever the rotation of θ. Weights of
  /// rows do not matter. A row with nothing observed has the prior, 𝒩(0, I).
  ///
  /// - Throws: `.wrongWidth`; `.notFinite`.
  /// - Complexity: O(N·D·L), and O(D·L² + L³) a pattern of missing cells.
  public func latentPosterior<S>(
    of x: Rows<S>, at θ: FactorMixtureParameters, component k: Int = 0,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> LatentPosterior where Family == FactorAnalyserEmission<S> {
    try FactorComponent(θ.emission.inCanonicalRotation(), k).posterior(of: x, threads: threads)
  }

  /// E[x | z, k] = W z + μ for every row of z, `[N, L]`, in the rotation of `latentPosterior`.
  ///
  /// - Returns: `[N, D]`.
  /// - Throws: `.wrongWidth` for factors of another number.
  public func reconstruction<S>(
    of z: Matrix<Double>, at θ: FactorMixtureParameters, component k: Int = 0
  ) throws(InferenceError) -> Matrix<Double> where Family == FactorAnalyserEmission<S> {
    guard z.columns == θ.emission.factors else {
      throw .wrongWidth(expected: θ.emission.factors, actual: z.columns)
    }
    return z.mapped(
      by: θ.emission.inCanonicalRotation().loadings[k], adding: θ.emission.means.row(k))
  }

  /// The posterior of the factors of every row under component k at q(θ), in the order of the source. Automatic relevance
  /// fixes the rotation: factors are those of the parameters.
  ///
  /// - Throws: `.wrongWidth`; `.notFinite`.
  public func latentPosterior<S>(
    of x: Rows<S>, at θ: MixtureParameters<VariationalFactorParameters>, component k: Int = 0,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> LatentPosterior where Family == VariationalFactorEmission<S> {
    try θ.emission.component(k).posterior(of: x, threads: threads)
  }

  /// E[x | z, k] under q(θ) for every row of z, `[N, L]`.
  ///
  /// - Returns: `[N, D]`.
  /// - Throws: `.wrongWidth` for factors of another number.
  public func reconstruction<S>(
    of z: Matrix<Double>, at θ: MixtureParameters<VariationalFactorParameters>, component k: Int = 0
  ) throws(InferenceError) -> Matrix<Double> where Family == VariationalFactorEmission<S> {
    guard z.columns == θ.emission.factors else {
      throw .wrongWidth(expected: θ.emission.factors, actual: z.columns)
    }
    return z.mapped(by: θ.emission.loadings[k], adding: θ.emission.means.row(k))
  }
}

extension Matrix<Double> {
  /// W z + μ for every row z.
  fileprivate func mapped(by W: Matrix<Double>, adding μ: [Double]) -> Matrix<Double> {
    var x = multiplied(by: W, transposingSecond: true)
    let D = x.columns
    x.withUnsafeMutableElements { x in
      for i in 0..<rows { for j in 0..<D { x[i * D + j] += μ[j] } }
    }
    return x
  }
}

extension FactorComponent {
  /// The posterior of the factors of all rows, in the order of the source.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  fileprivate func posterior<Scalar: LatentScalar>(
    of x: Rows<Scalar>, threads: Int
  ) throws(InferenceError) -> LatentPosterior {
    let (D, L) = (mean.count, loadings.columns)
    guard x.columns == D else { throw .wrongWidth(expected: D, actual: x.columns) }
    let complete = try pattern(logWeight: 0)
    let lanes = Lanes.ranges(count: x.rows, lanes: Swift.max(1, Swift.min(64, x.rows / 256)), unit: 256)
    let parts = try Lanes.map(lanes.count, threads: threads) { (lane) throws(InferenceError) in
      var means = [Double](repeating: 0, count: lanes[lane].count * L)
      var deviations = means
      let block = 256
      let (y, u) = (AlignedStorage<Double>(count: block * D), AlignedStorage<Double>(count: block * L))
      defer { withExtendedLifetime((y, u)) {} }
      for run in x.runs(in: lanes[lane]) {
        let missing = x.missingColumns(of: run.rows.lowerBound)
        let pattern = missing.isEmpty ? complete : try pattern(missing: missing, logWeight: 0)
        let spread = pattern.covariance.diagonal.map { $0.squareRoot() }
        for start in stride(from: run.rows.lowerBound, to: run.rows.upperBound, by: block) {
          let rows = Swift.min(block, run.rows.upperBound - start)
          let first = (start - lanes[lane].lowerBound) * L
          for i in 0..<rows { for l in 0..<L { deviations[first + i * L + l] = spread[l] } }
          x.values.withUnsafeElements {
            whiten($0.baseAddress! + start * D, rows: rows, into: y.base)
          }
          loadings.withUnsafeElements { V in
            BLAS.multiply(
              m: rows, n: L, k: D, y.base, stride: D, by: V.baseAddress!, stride: L, into: u.base, stride: L)
          }
          pattern.project(u.base, rows: rows)
          means.withUnsafeMutableBufferPointer { means in
            for i in 0..<rows {
              pattern.mean(of: u.base + i * L, into: means.baseAddress! + first + i * L)
            }
          }
        }
      }
      if let bad = means.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(
          quantity: "factor", row: x.sourceIndex(of: lanes[lane].lowerBound + bad / L))
      }
      return (means, deviations)
    }
    let N = x.rows
    return LatentPosterior(
      means: x.inSourceOrder(Matrix(rows: N, columns: L, elements: parts.flatMap { $0.0 })),
      deviations: x.inSourceOrder(Matrix(rows: N, columns: L, elements: parts.flatMap { $0.1 })))
  }
}
