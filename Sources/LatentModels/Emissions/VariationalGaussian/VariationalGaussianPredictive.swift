// K components, D dimensions

public import LatentEvidence
public import LatentNumerics
import RealModule

/// The posterior predictive density of Gaussian components whose parameters are inferred as distributions: Student-t
/// densities,
///
///     p(x | z = k, D) ≈ ∫ 𝒩(x | μ, Λ⁻¹) q(μ[k], Λ[k]) dμ dΛ = St(x | m[k], S[k], f[k]),
///
///     full, tied   f = ν + 1 − D,  S = (1 + β)/β · W⁻¹/f
///     diagonal     f = ν,          S = (1 + β)/β · s/ν: a product of D densities in one dimension
///     spherical    f = ν,          S = (1 + β)/β · s/ν · I
///
/// - Source: Bishop (2006), eqs. 10.81 and 10.82.
public struct VariationalGaussianPredictive: EmissionSampler {
  /// m, `[K, D]`.
  public let locations: Matrix<Double>
  /// S.
  public let scales: GaussianParameters.Covariances
  /// f, `[K]`.
  public let degreesOfFreedom: [Double]
  /// The Cholesky factors of S.
  private let factors: [Cholesky]

  /// - Throws: `.notPositiveDefinite`.
  public init(_ θ: VariationalGaussianParameters) throws(InferenceError) {
    let D = Double(θ.dimensions)
    let isDense: Bool
    var each = θ.expected.covariances
    switch each {
    case .full: isDense = true
    case .tied(let shared):
      // Means that are not equally certain make scales that differ.
      isDense = true
      each = .full(Array(repeating: shared, count: θ.components))
    case .diagonal, .spherical: isDense = false
    }
    locations = θ.expected.means
    degreesOfFreedom = θ.degreesOfFreedom.map { isDense ? $0 + 1 - D : $0 }
    scales = each.scaled(
      by: (0..<θ.components).map { k in
        let β = θ.meanPrecisions[k]
        return (1 + β) / β * θ.degreesOfFreedom[k]
          / (isDense ? θ.degreesOfFreedom[k] + 1 - D : θ.degreesOfFreedom[k])
      })
    let parameters = GaussianParameters(means: locations, covariances: scales)
    var factors: [Cholesky] = []
    for k in 0..<θ.components {
      guard let factor = Cholesky(parameters.covariance(of: k)) else {
        throw .notPositiveDefinite("the scale of component \(k + 1)")
      }
      factors.append(factor)
    }
    self.factors = factors
  }

  /// Whether the columns of one component share one scale variable.
  private var isJoint: Bool {
    if case .diagonal = scales { false } else { true }
  }

  /// ln p(x | k) of the cells of x that are observed, those that are not `NaN`, in nats.
  public func logDensity(of x: [Double], component k: Int) -> Double {
    precondition(x.count == locations.columns, "a row of another width")
    let observed = x.indices.filter { !x[$0].isNaN }
    guard !observed.isEmpty else { return 0 }
    let offsets = observed.map { x[$0] - locations[k, $0] }
    let f = degreesOfFreedom[k]
    guard isJoint else {
      return zip(observed, offsets).reduce(0) { sum, cell in
        let root = factors[k].lower[cell.0, cell.0]
        let white = cell.1 / root
        return sum
          + Self.logDensity(square: white * white, logDeterminant: 2 * Double.log(root), f, dimensions: 1)
      }
    }
    var factor = factors[k]
    if observed.count < x.count {
      let S = GaussianParameters(means: locations, covariances: scales).covariance(of: k)
      factor = Cholesky(S.selecting(rows: observed).selecting(columns: observed)) ?? factor
    }
    let square = factor.whitening(Matrix([offsets])).elements.reduce(0) { $0 + $1 * $1 }
    return Self.logDensity(
      square: square, logDeterminant: factor.logDeterminant, f, dimensions: observed.count)
  }

  /// ln Γ(½(f + D)) − ln Γ(½f) − ½D ln(πf) − ½ ln |S| − ½(f + D) ln(1 + δ/f).
  private static func logDensity(
    square δ: Double, logDeterminant: Double, _ f: Double, dimensions: Int
  ) -> Double {
    let D = Double(dimensions)
    return logGamma(0.5 * (f + D)) - logGamma(0.5 * f) - 0.5 * (D * Double.log(.pi * f) + logDeterminant)
      - 0.5 * (f + D) * Double.log(onePlus: δ / f)
  }

  public func draw(from k: Int, using stream: inout RandomStream) -> [Double] {
    let D = locations.columns
    let f = degreesOfFreedom[k]
    var ε = (0..<D).map { _ in stream.normal() }
    if isJoint {
      let root = (stream.gamma(shape: 0.5 * f) / (0.5 * f)).squareRoot()
      for j in 0..<D { ε[j] /= root }
    } else {
      for j in 0..<D { ε[j] /= (stream.gamma(shape: 0.5 * f) / (0.5 * f)).squareRoot() }
    }
    let L = factors[k].lower
    return (0..<D).map { i in (0...i).reduce(locations[k, i]) { $0 + L[i, $1] * ε[$1] } }
  }
}

extension VariationalGaussianEmission {
  public func sampler(at θ: VariationalGaussianParameters) throws(InferenceError) -> any EmissionSampler {
    try VariationalGaussianPredictive(θ)
  }

  public func appendingUnseen(to θ: VariationalGaussianParameters) -> VariationalGaussianParameters? {
    θ.appending(prior)
  }
}
