// N sequences, T frames of one, L latent dimensions, U controls, D columns

public import LatentEvidence
public import LatentNumerics

/// How the covariance R of the emission noise is tied.
public enum EmissionNoise: String, Sendable, Codable, Hashable, CaseIterable {
  /// Any covariance.
  case full
  /// A variance for each column: the columns share nothing but the state.
  case diagonal
  /// One variance for all columns.
  case isotropic

  /// The number of free parameters in D columns.
  public func freeParameters(dimensions D: Int) -> Int {
    switch self {
    case .full: D * (D + 1) / 2
    case .diagonal: D
    case .isotropic: 1
    }
  }

  /// Whether a covariance is of this kind, to the last bit.
  func holds(_ R: Matrix<Double>) -> Bool {
    guard self != .full else { return true }
    let isDiagonal = (0..<R.rows).allSatisfy { i in (0..<R.columns).allSatisfy { $0 == i || R[i, $0] == 0 } }
    return isDiagonal && (self == .diagonal || R.diagonal.allSatisfy { $0 == R[0, 0] })
  }
}

/// The linear Gaussian state space
///
///     z[1] ~ 𝒩(m, P),   z[t+1] ~ 𝒩(A z[t] + B u[t], Q),   x[t] ~ 𝒩(C z[t] + d, R),
///
/// fitted by EM to the maximum likelihood, or, with a prior, to the posterior mode. Missing entries and frames are integrated
/// out. The states are known up to a change of their basis.
///
/// - Source: Kalman (1960); Shumway & Stoffer (1982); Ghahramani & Hinton (1996); Bishop (2006), §13.3.
public struct LinearStateSpace<Scalar: LatentScalar>: ConjugateModel {
  public typealias Observations = SequenceBatch<Scalar>
  public typealias Parameters = LinearStateSpaceParameters
  public typealias Statistics = LinearStateSpaceStatistics
  public typealias ModelOracle = LinearStateSpaceOracle<Scalar>

  /// L.
  public let latent: Int
  /// D.
  public let dimensions: Int
  /// U.
  public let controls: Int
  public let noise: EmissionNoise
  /// The prior on θ; nil for maximum likelihood.
  public let prior: StateSpacePrior?

  /// - Throws: `.invalidParameter` without a latent dimension or a column; `.wrongWidth` for a prior of another size.
  public init(
    latent: Int, dimensions: Int, controls: Int = 0, noise: EmissionNoise = .diagonal,
    prior: StateSpacePrior? = nil
  ) throws(InferenceError) {
    guard latent > 0 else {
      throw .invalidParameter(name: "latent dimensions", value: "\(latent)", requirement: "at least 1")
    }
    guard dimensions > 0 else {
      throw .invalidParameter(name: "dimensions", value: "\(dimensions)", requirement: "at least 1")
    }
    guard controls >= 0 else {
      throw .invalidParameter(name: "controls", value: "\(controls)", requirement: "at least 0")
    }
    if let prior {
      guard prior.initialScale.rows == latent else {
        throw .wrongWidth(expected: latent, actual: prior.initialScale.rows)
      }
      guard prior.offset.count == dimensions else {
        throw .wrongWidth(expected: dimensions, actual: prior.offset.count)
      }
    }
    self.latent = latent
    self.dimensions = dimensions
    self.controls = controls
    self.noise = noise
    self.prior = prior
  }

  /// The number of free parameters, less the L² of a basis of the states, which no sequence can tell.
  public var freeParameters: Int {
    let (L, D) = (latent, dimensions)
    return L + L * (L + 1) / 2 + L * (L + controls) + L * (L + 1) / 2 + D * (L + 1)
      + noise.freeParameters(dimensions: D) - L * L
  }

  /// Refuses parameters of another size than the model's.
  func require(_ θ: Parameters) throws(InferenceError) {
    guard θ.dimensions == dimensions else { throw .wrongWidth(expected: dimensions, actual: θ.dimensions) }
    guard θ.latent == latent, θ.controls == controls else {
      throw .invalidParameter(
        name: "latent dimensions and controls", value: "\(θ.latent), \(θ.controls)",
        requirement: "\(latent), \(controls), the model's")
    }
  }

  public func oracle(at θ: Parameters, threads: Int) throws(InferenceError) -> LinearStateSpaceOracle<Scalar>
  {
    try require(θ)
    let prepared = try PreparedStateSpace(θ)
    let parameterKL = try prior.map { (prior) throws(InferenceError) in
      -(try prior.logDensity(of: θ, noise: noise))
    }
    return LinearStateSpaceOracle(prepared: prepared, parameterKL: parameterKL ?? 0)
  }

  /// The θ-step: linear regressions of the next state on state and control, and of the frame on the state, with expected
  /// moments. With residuals about the parameters θ₀ before the step, their coefficients W and covariance move to
  ///
  ///     W = W₀ + Δ,   Δ = (E + κ (M − W₀)) (G + κ I)⁻¹,
  ///     Σ = (S + κ (M − W₀)(M − W₀)ᵀ + Λ − Δ (E + κ (M − W₀))ᵀ) / (n + ν + m + 1 + k),
  ///
  /// with E, G, S the moments of residuals and regressors, and Σ = (S − Δ Eᵀ)/n, κ = 0 for maximum likelihood. A direction of
  /// the regressors that no sequence takes leaves W as it was; so does a model without a pair of frames.
  ///
  /// - Throws: `.notPositiveDefinite` for noise that has vanished.
  /// - Source: Ghahramani & Hinton (1996); the mode: Gelman et al. (2013), §14.8.
  public func parameters(
    maximizing s: LinearStateSpaceStatistics, threads: Int
  ) throws(InferenceError) -> Parameters {
    let θ0 = s.origin
    var θ = θ0
    var first = LinearStateSpaceStatistics.Moments(residuals: latent, regressors: 1)
    first.count = s.initial.count
    first.residuals = s.initial.second
    first.cross = Matrix(rows: latent, columns: 1, elements: s.initial.first)
    first.regressors[0, 0] = s.initial.count
    let start = try first.regression(
      from: Matrix(rows: latent, columns: 1, elements: θ0.initialMean), θ0.initialCovariance,
      prior: prior?.initialState, noise: .full, "the initial covariance")
    θ.initialMean = start.coefficients.elements
    θ.initialCovariance = start.covariance
    let dynamics = try s.transition.regression(
      from: θ0.dynamics, θ0.transitionNoise, prior: prior?.dynamics(controls: controls), noise: .full,
      "the transition noise")
    θ.transition = dynamics.coefficients.part(rows: 0..<latent, columns: 0..<latent)
    θ.control = dynamics.coefficients.part(rows: 0..<latent, columns: latent..<latent + controls)
    θ.transitionNoise = dynamics.covariance
    let observation = try s.emission.regression(
      from: θ0.observation, θ0.emissionNoise, prior: prior?.observation, noise: noise, "the emission noise")
    θ.emission = observation.coefficients.part(rows: 0..<dimensions, columns: 0..<latent)
    θ.offset = observation.coefficients.column(latent)
    θ.emissionNoise = observation.covariance
    return θ
  }
}

extension LinearStateSpaceStatistics.Moments {
  /// The coefficients and the covariance of highest density.
  fileprivate func regression(
    from W0: Matrix<Double>, _ Σ0: Matrix<Double>, prior: StateSpacePrior.Regression?, noise: EmissionNoise,
    _ name: String
  ) throws(InferenceError) -> (coefficients: Matrix<Double>, covariance: Matrix<Double>) {
    let (m, k) = (W0.rows, W0.columns)
    guard count > 0 || prior != nil else { return (W0, Σ0) }
    var (E, G, S) = (cross, regressors, residuals)
    if let prior {
      let pull = prior.mean.adding(W0, times: -1)
      E = E.adding(pull, times: prior.precision)
      S = S.adding(pull.squared, times: prior.precision)
      for i in 0..<k { G[i, i] += prior.precision }
    }
    guard E.isFinite, G.isFinite, S.isFinite else { throw .notFinite(quantity: "statistics", row: nil) }
    let Δ = try Self.solve(G, E)
    let scatter = S.adding(Δ.multiplied(by: E, transposingSecond: true), times: -1).symmetric
    var Σ = Matrix<Double>(rows: m, columns: m)
    switch noise {
    case .full:
      Σ = prior.map { scatter.adding($0.scale) } ?? scatter
      Σ.scale(by: 1 / (count + (prior.map { $0.degreesOfFreedom + Double(m + 1 + k) } ?? 0)))
    case .diagonal:
      let degrees = count + (prior.map { $0.degreesOfFreedom + Double(2 + k) } ?? 0)
      for j in 0..<m { Σ[j, j] = (scatter[j, j] + (prior?.scale[j, j] ?? 0)) / degrees }
    case .isotropic:
      let degrees = Double(m) * count + (prior.map { $0.degreesOfFreedom + Double(2 + m * k) } ?? 0)
      let variance = (scatter.diagonal.reduce(0, +) + (prior?.isotropicScale ?? 0)) / degrees
      for j in 0..<m { Σ[j, j] = variance }
    }
    guard Σ.diagonal.allSatisfy({ $0 > 0 }) else { throw .notPositiveDefinite(name) }
    return (W0.adding(Δ), Σ)
  }

  /// E G⁻¹, 0 along directions in which G has nothing.
  private static func solve(
    _ G: Matrix<Double>, _ E: Matrix<Double>
  ) throws(InferenceError) -> Matrix<Double> {
    // In units in which G has ones on its diagonal, so that none depends on a column's unit.
    let scales = G.diagonal.map { $0 > 0 ? 1 / $0.squareRoot() : 0 }
    let scaled = G.scalingRows(by: scales).transposed().scalingRows(by: scales)
    guard let eigen = SymmetricEigen(scaled) else { throw .notFinite(quantity: "statistics", row: nil) }
    let least = 1e-13 * Swift.max(eigen.values.last ?? 0, 0)
    let inverses = eigen.values.map { $0 > least ? 1 / $0 : 0 }
    let right = E.transposed().scalingRows(by: scales)
    let inAxes = eigen.vectors.multiplied(by: right).scalingRows(by: inverses)
    return eigen.vectors.multiplied(by: inAxes, transposingFirst: true).scalingRows(by: scales).transposed()
  }
}
