// L latent dimensions, U controls, D columns; r = (z[t], u[t]), s = (z[t], 1)

public import LatentEvidence
public import LatentNumerics

/// The expected statistics of a linear Gaussian state space, about the parameters θ₀ that q(z) was taken at: of the residuals
///
///     a = z[1] − m₀,   w = z[t+1] − A₀ z[t] − B₀ u[t],   v = x[t] − C₀ z[t] − d₀
///
/// and what they are regressed on. So what the θ-step needs does not cancel, however small the noise is against the states.
/// Frames with nothing observed have no v; where a frame lacks entries, those of v are expected ones.
///
/// - Source: Ghahramani & Hinton (1996), Parameter estimation for linear dynamical systems, for the moments of z.
public struct LinearStateSpaceStatistics: SufficientStatistics {
  /// θ₀.
  public private(set) var origin: LinearStateSpaceParameters
  /// The number of sequences; Σ E[a], `[L]`; Σ E[a aᵀ], `[L, L]`.
  public var initial: (count: Double, first: [Double], second: Matrix<Double>)
  /// Of pairs of neighbouring frames: Σ E[w wᵀ], `[L, L]`; Σ E[w rᵀ], `[L, L + U]`; Σ E[r rᵀ], `[L + U, L + U]`.
  public var transition: Moments
  /// Of frames with anything observed: Σ E[v vᵀ], `[D, D]`; Σ E[v sᵀ], `[D, L + 1]`; Σ E[s sᵀ], `[L + 1, L + 1]`.
  public var emission: Moments

  /// Of residuals e and regressors g.
  public struct Moments: Sendable, Equatable {
    /// How many there are, by weight.
    public var count = 0.0
    /// Σ E[e eᵀ].
    public var residuals: Matrix<Double>
    /// Σ E[e gᵀ].
    public var cross: Matrix<Double>
    /// Σ E[g gᵀ].
    public var regressors: Matrix<Double>

    init(residuals m: Int, regressors k: Int) {
      residuals = Matrix(rows: m, columns: m)
      cross = Matrix(rows: m, columns: k)
      regressors = Matrix(rows: k, columns: k)
    }

    mutating func add(_ other: Moments) {
      count += other.count
      residuals.add(other.residuals)
      cross.add(other.cross)
      regressors.add(other.regressors)
    }

    mutating func scale(by factor: Double) {
      count *= factor
      residuals.scale(by: factor)
      cross.scale(by: factor)
      regressors.scale(by: factor)
    }

    /// Moments of e + Δ g in the place of e.
    mutating func shift(by Δ: Matrix<Double>) {
      let product = cross.multiplied(by: Δ, transposingSecond: true)
      let pulled = Δ.multiplied(by: regressors)
      residuals = residuals.adding(product).adding(product.transposed())
        .adding(pulled.multiplied(by: Δ, transposingSecond: true))
      cross = cross.adding(pulled)
    }
  }

  /// Statistics of no observations.
  init(about θ: LinearStateSpaceParameters) {
    let (L, D) = (θ.latent, θ.dimensions)
    origin = θ
    initial = (0, Array(repeating: 0, count: L), Matrix(rows: L, columns: L))
    transition = Moments(residuals: L, regressors: L + θ.controls)
    emission = Moments(residuals: D, regressors: L + 1)
  }

  public var scalarCount: Int {
    let (L, D, k) = (origin.latent, origin.dimensions, origin.latent + origin.controls)
    return 1 + L + L * L + L * L + L * k + k * k + D * D + D * (L + 1) + (L + 1) * (L + 1)
  }

  public static func += (a: inout Self, b: Self) {
    var b = b
    if a.origin != b.origin { b.move(to: a.origin) }
    a.initial.count += b.initial.count
    for i in a.initial.first.indices { a.initial.first[i] += b.initial.first[i] }
    a.initial.second.add(b.initial.second)
    a.transition.add(b.transition)
    a.emission.add(b.emission)
  }

  public mutating func scale(by factor: Double) {
    initial.count *= factor
    for i in initial.first.indices { initial.first[i] *= factor }
    initial.second.scale(by: factor)
    transition.scale(by: factor)
    emission.scale(by: factor)
  }

  /// Takes the residuals about other parameters.
  mutating func move(to θ: LinearStateSpaceParameters) {
    let L = origin.latent
    let δ = (0..<L).map { origin.initialMean[$0] - θ.initialMean[$0] }
    let (n, first) = (initial.count, initial.first)
    for i in 0..<L {
      for j in 0..<L { initial.second[i, j] += δ[i] * first[j] + first[i] * δ[j] + n * δ[i] * δ[j] }
      initial.first[i] += n * δ[i]
    }
    transition.shift(by: origin.dynamics.adding(θ.dynamics, times: -1))
    emission.shift(by: origin.observation.adding(θ.observation, times: -1))
    origin = θ
  }
}
