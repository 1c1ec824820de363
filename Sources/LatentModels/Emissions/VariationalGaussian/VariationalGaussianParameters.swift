// K components, D dimensions

public import LatentFiles
import LatentNumerics

/// The hyperparameters of q(μ, Λ) of K Gaussian components, where Λ = Σ⁻¹ is the precision:
///
///     full       q(μ[k] | Λ[k]) = 𝒩(m[k], (β[k] Λ[k])⁻¹),   q(Λ[k]) = Wishart(ν[k], W[k])
///     tied       q(μ[k] | Λ) = 𝒩(m[k], (β[k] Λ)⁻¹),          q(Λ) = Wishart(ν, W)
///     diagonal   q(μ[k]ⱼ | τ[k]ⱼ) = 𝒩(m[k]ⱼ, (β[k] τ[k]ⱼ)⁻¹),  q(τ[k]ⱼ) = Gamma(ν[k]/2, s[k]ⱼ/2)
///     spherical  q(μ[k] | τ[k]) = 𝒩(m[k], (β[k] τ[k])⁻¹ I),   q(τ[k]) = Gamma(ν[k]/2, s[k]/2)
///
/// W⁻¹ and s are kept as E[Λ]⁻¹ = W⁻¹/ν and E[τ]⁻¹ = s/ν, which has the units of a covariance and is what densities need.
///
/// - Source: Bishop (2006), §10.2.1.
public struct VariationalGaussianParameters: EmissionParameters {
  /// m, and E[Λ]⁻¹ in the place of Σ.
  public var expected: GaussianParameters
  /// β, `[K]`.
  public var meanPrecisions: [Double]
  /// ν, `[K]`; the same number K times where all components share one precision.
  public var degreesOfFreedom: [Double]

  public init(expected: GaussianParameters, meanPrecisions: [Double], degreesOfFreedom: [Double]) {
    precondition(
      meanPrecisions.count == expected.components && degreesOfFreedom.count == expected.components,
      "a precision and degrees of freedom for every component")
    self.expected = expected
    self.meanPrecisions = meanPrecisions
    self.degreesOfFreedom = degreesOfFreedom
  }

  public var components: Int { expected.components }
  public var dimensions: Int { expected.dimensions }

  /// The least ν that the density of a precision of this structure exists for, exclusive.
  static func leastDegreesOfFreedom(_ structure: CovarianceStructure, dimensions: Int) -> Double {
    switch structure {
    case .full, .tied: Double(dimensions - 1)
    case .diagonal, .spherical: 0
    }
  }
}

extension VariationalGaussianParameters: Archivable {
  /// The tensors of ``expected``, and `meanPrecisions` and `degreesOfFreedom`, `[K]` each.
  public func write(to archive: inout Archive, at path: String) {
    expected.write(to: &archive, at: path)
    archive.set("\(path)/meanPrecisions", meanPrecisions)
    archive.set("\(path)/degreesOfFreedom", degreesOfFreedom)
  }

  /// Reads and checks them: positive mean precisions, degrees of freedom that the structure allows.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let expected = try GaussianParameters(from: archive, at: path)
    let precisions: [Double] = try archive.vector("\(path)/meanPrecisions", count: expected.components)
    let degrees: [Double] = try archive.vector("\(path)/degreesOfFreedom", count: expected.components)
    guard precisions.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw archive.invalidValue("\(path)/meanPrecisions")
    }
    let structure = expected.covariances.structure
    let least = Self.leastDegreesOfFreedom(structure, dimensions: expected.dimensions)
    guard degrees.allSatisfy({ $0 > least && $0.isFinite }),
      structure != .tied || degrees.allSatisfy({ $0 == degrees[0] })
    else { throw archive.invalidValue("\(path)/degreesOfFreedom") }
    self.init(expected: expected, meanPrecisions: precisions, degreesOfFreedom: degrees)
  }
}
