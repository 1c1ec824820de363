// D dimensions, K components

import LatentEvidence
public import LatentFiles
public import LatentNumerics

/// θ of K multivariate Student components,
///
///     p(x | k) = Γ((ν + D)/2) / (Γ(ν/2) (νπ)^(D/2) |Σ|^½) (1 + δ/ν)^(−(ν + D)/2),   δ = (x − μ)ᵀ Σ⁻¹ (x − μ),
///
/// with location μ[k], scale matrix Σ[k] and degrees of freedom ν[k]. The mean is μ where ν > 1, and the covariance
/// ν/(ν − 2) Σ where ν > 2.
///
/// - Source: Bishop (2006), eq. 2.162.
public struct StudentParameters: EmissionParameters {
  /// μ, `[K, D]`.
  public var means: Matrix<Double>
  /// Σ, the scale matrices.
  public var scales: GaussianParameters.Covariances
  /// ν, `[K]`.
  public var degreesOfFreedom: [Double]

  public init(
    means: Matrix<Double>, scales: GaussianParameters.Covariances, degreesOfFreedom: [Double]
  ) {
    precondition(degreesOfFreedom.count == means.rows, "degrees of freedom for every component")
    self.means = means
    self.scales = scales
    self.degreesOfFreedom = degreesOfFreedom
  }

  public var components: Int { means.rows }
  public var dimensions: Int { means.columns }

  /// The Gaussian components with these locations, and the scale matrices as covariances: the limit of large ν.
  public var gaussian: GaussianParameters { GaussianParameters(means: means, covariances: scales) }
}

extension StudentParameters: Archivable {
  /// The tensors of `gaussian`, and `degreesOfFreedom` `[K]`.
  public func write(to archive: inout Archive, at path: String) {
    gaussian.write(to: &archive, at: path)
    archive.set("\(path)/degreesOfFreedom", degreesOfFreedom)
  }

  /// Reads and checks the parameters: finite locations, positive definite scales, positive degrees of freedom.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let gaussian = try GaussianParameters(from: archive, at: path)
    let ν: [Double] = try archive.vector("\(path)/degreesOfFreedom", count: gaussian.components)
    guard ν.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw archive.invalidValue("\(path)/degreesOfFreedom")
    }
    self.init(means: gaussian.means, scales: gaussian.covariances, degreesOfFreedom: ν)
  }
}

/// Draws x = μ[k] + L[k] ε / √u with u ~ Gamma(ν[k]/2, ν[k]/2).
struct StudentSampler: EmissionSampler {
  private let means: Matrix<Double>
  private let degreesOfFreedom: [Double]
  private let gaussian: GaussianSampler

  init(_ θ: StudentParameters) throws(InferenceError) {
    means = θ.means
    degreesOfFreedom = θ.degreesOfFreedom
    gaussian = try GaussianSampler(θ.gaussian)
  }

  func draw(from k: Int, using stream: inout RandomStream) -> [Double] {
    let ν = degreesOfFreedom[k]
    let logScale = stream.logarithmOfGamma(shape: ν / 2) - Double.log(ν / 2)
    let spread = Double.exp(-logScale / 2)
    let x = gaussian.draw(from: k, using: &stream)
    return x.indices.map { means[k, $0] + (x[$0] - means[k, $0]) * spread }
  }
}
