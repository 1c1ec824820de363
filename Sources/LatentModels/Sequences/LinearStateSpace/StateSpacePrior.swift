// L latent dimensions, U controls, D columns, k regressors

import LatentDistributions
public import LatentEvidence
public import LatentNumerics
import RealModule

/// A prior on the parameters of a linear Gaussian state space, for the posterior mode: matrix normal and inverse Wishart,
///
///     (A B) | Q ~ ℳ𝒩((ρ I 0), Q, κ⁻¹ I),   Q ~ 𝒲⁻¹(ν, Λ_Q),
///     (C d) | R ~ ℳ𝒩((0 d₀), R, κ⁻¹ I),    R ~ 𝒲⁻¹(ν_R, Λ_R),
///     m | P ~ 𝒩(0, P/κ),                   P ~ 𝒲⁻¹(ν, Λ_P),
///
/// with inverse gamma densities of the variances, 𝒢⁻¹(ν_R/2, (Λ_R)ⱼⱼ/2), where R is diagonal, and 𝒢⁻¹(ν_R/2, tr Λ_R/2D) where it is
/// a multiple of the identity.
///
/// - Source: Gelman et al. (2013), Bayesian Data Analysis, §14.8 and appendix A, for the densities.
public struct StateSpacePrior: Sendable, Equatable {
  /// κ, in numbers of frames.
  public let precision: Double
  /// ρ, what a state keeps from frame to frame where nothing else is known.
  public let persistence: Double
  /// ν of P and Q, more than L − 1.
  public let degreesOfFreedom: Double
  /// Λ_P and Λ_Q, `[L, L]`.
  public let initialScale: Matrix<Double>
  public let transitionScale: Matrix<Double>
  /// d₀, `[D]`.
  public let offset: [Double]
  /// ν_R, more than D − 1, and Λ_R, `[D, D]`.
  public let emissionDegreesOfFreedom: Double
  public let emissionScale: Matrix<Double>

  /// - Throws: `.invalidParameter`; `.wrongWidth`, `.notPositiveDefinite` for a scale; `.notFinite` for the offset.
  public init(
    precision: Double, persistence: Double, degreesOfFreedom: Double, initialScale: Matrix<Double>,
    transitionScale: Matrix<Double>, offset: [Double], emissionDegreesOfFreedom: Double,
    emissionScale: Matrix<Double>
  ) throws(InferenceError) {
    guard precision > 0, precision.isFinite else {
      throw .invalidParameter(name: "precision", value: "\(precision)", requirement: "greater than 0")
    }
    guard persistence.isFinite else {
      throw .invalidParameter(name: "persistence", value: "\(persistence)", requirement: "a finite number")
    }
    let (L, D) = (initialScale.rows, offset.count)
    for (ν, size) in [(degreesOfFreedom, L), (emissionDegreesOfFreedom, D)] {
      guard ν > Double(size - 1), ν.isFinite else {
        throw .invalidParameter(
          name: "degrees of freedom", value: "\(ν)", requirement: "greater than \(size - 1)")
      }
    }
    guard offset.allSatisfy(\.isFinite) else { throw .notFinite(quantity: "offset of the prior", row: nil) }
    for (scale, size) in [(initialScale, L), (transitionScale, L), (emissionScale, D)] {
      guard scale.rows == size, scale.columns == size else {
        throw .wrongWidth(expected: size, actual: scale.columns)
      }
      guard scale.isFinite, Cholesky(scale) != nil else { throw .notPositiveDefinite("the prior's scale") }
    }
    self.precision = precision
    self.persistence = persistence
    self.degreesOfFreedom = degreesOfFreedom
    self.initialScale = initialScale
    self.transitionScale = transitionScale
    self.offset = offset
    self.emissionDegreesOfFreedom = emissionDegreesOfFreedom
    self.emissionScale = emissionScale
  }

  /// A weak prior in the data's units: states of about unit variance that persist, noise of a tenth of their variance and
  /// of the columns', and the weight of a tenth of a frame. Means and variances are those of the sequences by their weights.
  ///
  /// - Throws: `.columnMissing`; `.noVariation`.
  public static func scaled<Scalar: LatentScalar>(
    to x: SequenceBatch<Scalar>, latent L: Int
  ) throws(InferenceError) -> StateSpacePrior {
    let columns = try ColumnScale.all(of: x)
    guard columns.contains(where: { $0.variance > 0 }) else { throw .noVariation }
    let mean = columns.reduce(0) { $0 + $1.variance } / Double(columns.count)
    return try StateSpacePrior(
      precision: 0.1, persistence: 0.9, degreesOfFreedom: Double(L + 1),
      initialScale: .identity(L), transitionScale: .diagonal(Array(repeating: 0.1, count: L)),
      offset: columns.map(\.mean), emissionDegreesOfFreedom: Double(columns.count + 1),
      emissionScale: .diagonal(columns.map { 0.1 * ($0.variance > 0 ? $0.variance : 0.01 * mean) }))
  }

  /// The prior of a regression of m responses on k regressors.
  struct Regression {
    /// M, `[m, k]`.
    var mean: Matrix<Double>
    /// κ.
    var precision: Double
    var degreesOfFreedom: Double
    /// Λ, `[m, m]`.
    var scale: Matrix<Double>
  }

  func dynamics(controls U: Int) -> Regression {
    let L = initialScale.rows
    var mean = Matrix<Double>(rows: L, columns: L + U)
    for i in 0..<L { mean[i, i] = persistence }
    return Regression(
      mean: mean, precision: precision, degreesOfFreedom: degreesOfFreedom, scale: transitionScale)
  }

  var observation: Regression {
    let (L, D) = (initialScale.rows, offset.count)
    var mean = Matrix<Double>(rows: D, columns: L + 1)
    for j in 0..<D { mean[j, L] = offset[j] }
    return Regression(
      mean: mean, precision: precision, degreesOfFreedom: emissionDegreesOfFreedom, scale: emissionScale)
  }

  /// The mean as a regression on the constant 1.
  var initialState: Regression {
    Regression(
      mean: Matrix(rows: initialScale.rows, columns: 1), precision: precision,
      degreesOfFreedom: degreesOfFreedom, scale: initialScale)
  }

  /// ln p(θ), in nats.
  ///
  /// - Throws: `.notPositiveDefinite` for a covariance on the boundary.
  func logDensity(
    of θ: LinearStateSpaceParameters, noise: EmissionNoise
  ) throws(InferenceError) -> Double {
    let mean = Matrix(rows: θ.latent, columns: 1, elements: θ.initialMean)
    return try initialState.logDensity(mean, θ.initialCovariance, .full, "the initial covariance")
      + dynamics(controls: θ.controls).logDensity(
        θ.dynamics, θ.transitionNoise, .full, "the transition noise")
      + observation.logDensity(θ.observation, θ.emissionNoise, noise, "the emission noise")
  }
}

extension StateSpacePrior.Regression {
  /// ln p(W, Σ), in nats.
  func logDensity(
    _ W: Matrix<Double>, _ Σ: Matrix<Double>, _ noise: EmissionNoise, _ name: String
  ) throws(InferenceError) -> Double {
    guard let factor = Cholesky(Σ) else { throw .notPositiveDefinite(name) }
    let (m, k) = (Double(W.rows), Double(W.columns))
    let white = W.adding(mean, times: -1).transposed().solvingRows(factor.lower)
    let square = white.withUnsafeElements { $0.reduce(0) { $0 + $1 * $1 } }
    let ofMean =
      -0.5 * (m * k * Double.log(2 * .pi / precision) + k * factor.logDeterminant + precision * square)
    switch noise {
    case .full:
      guard let scale = Cholesky(scale) else { throw .notPositiveDefinite("the prior's scale") }
      return ofMean
        + InverseWishart(degreesOfFreedom: degreesOfFreedom, scale: scale).logDensity(factor)
    case .diagonal:
      return (0..<Σ.rows).reduce(ofMean) {
        $0 + InverseGamma(shape: 0.5 * degreesOfFreedom, scale: 0.5 * scale[$1, $1]).logDensity(Σ[$1, $1])
      }
    case .isotropic:
      return ofMean
        + InverseGamma(shape: 0.5 * degreesOfFreedom, scale: 0.5 * isotropicScale).logDensity(Σ[0, 0])
    }
  }

  /// tr Λ / m.
  var isotropicScale: Double { scale.diagonal.reduce(0, +) / Double(scale.rows) }
}

/// Mean and variance of a column's observed entries, each with its sequence's weight.
struct ColumnScale {
  var mean: Double
  var variance: Double

  /// - Throws: `.columnMissing`; `.notFinite`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  static func all<Scalar: LatentScalar>(
    of x: SequenceBatch<Scalar>
  ) throws(InferenceError) -> [ColumnScale] {
    let D = x.columns
    // The first entry, which later ones are taken from: less is lost where a column is far from 0.
    var origin = Array(repeating: Double.nan, count: D)
    var totals = Array(repeating: 0.0, count: D)
    var sums = totals
    forEachEntry(of: x) { value, column, weight in
      if origin[column].isNaN { origin[column] = value }
      totals[column] += weight
      sums[column] += weight * (value - origin[column])
    }
    if let j = totals.firstIndex(of: 0) { throw .columnMissing(j) }
    let means = (0..<D).map { origin[$0] + sums[$0] / totals[$0] }
    var squares = Array(repeating: 0.0, count: D)
    forEachEntry(of: x) { value, column, weight in
      squares[column] += weight * (value - means[column]) * (value - means[column])
    }
    let result = (0..<D).map { ColumnScale(mean: means[$0], variance: squares[$0] / totals[$0]) }
    guard result.allSatisfy(\.variance.isFinite) else {
      throw .notFinite(quantity: "variance of a column", row: nil)
    }
    return result
  }

  /// Observed entries of sequences that count, frame by frame, with their column and their sequence's weight.
  @inline(__always)
  private static func forEachEntry<Scalar: LatentScalar>(
    of x: SequenceBatch<Scalar>, _ body: (_ value: Double, _ column: Int, _ weight: Double) -> Void
  ) {
    let D = x.columns
    x.frames.withUnsafeElements { values in
      for n in 0..<x.count where x.weight(of: n) > 0 {
        let weight = x.weight(of: n)
        for t in x.frameRange(of: n) {
          for j in 0..<D where !values[t * D + j].isNaN { body(Double(values[t * D + j]), j, weight) }
        }
      }
    }
  }
}
