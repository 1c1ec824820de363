// N observations, D dimensions, K components, L factors

import LatentDistributions
public import LatentEvidence
public import LatentFiles
import LatentNumerics
import RealModule

/// The prior on the parameters of factor analysers. With w̃[k]ⱼ = (w[k]ⱼ, μ[k]ⱼ), column j's loadings and mean,
///
///     w̃[k]ⱼ | ψ[k]ⱼ ~ 𝒩((0, μₚⱼ), ψ[k]ⱼ I/κ),   ψ[k]ⱼ ~ IG(ν/2, Λⱼ/2)
///
/// and for isotropic noise σ² ~ IG(ν/2, Λ̄/2) with Λ̄ the mean of Λ. It is conjugate: to every regression of a column on
/// the factors it adds κ of an observation at the prior's mean for each coefficient, and Λⱼ to the residual squares. Noise
/// stays above 0 (no Heywood case), and a component without rows stays at the prior's mode.
///
/// It is the relative of `GaussianPrior`, whose κ and Λ mean the same.
public struct FactorPrior: Sendable, Equatable {
  /// μₚ, `[D]`.
  public let mean: [Double]
  /// κ.
  public let precision: Double
  /// ν.
  public let degreesOfFreedom: Double
  /// Λ, `[D]`, in squared units of the columns.
  public let scale: [Double]

  /// - Throws: `.invalidParameter`; `.wrongWidth` for a Λ of another length than μₚ.
  public init(
    mean: [Double], precision: Double = 0.01, degreesOfFreedom: Double = 3, scale: [Double]
  ) throws(InferenceError) {
    guard precision > 0, precision.isFinite else {
      throw .invalidParameter(name: "precision", value: "\(precision)", requirement: "greater than 0")
    }
    guard degreesOfFreedom > 0, degreesOfFreedom.isFinite else {
      throw .invalidParameter(
        name: "degrees of freedom", value: "\(degreesOfFreedom)", requirement: "greater than 0")
    }
    guard scale.count == mean.count else {
      throw .wrongWidth(expected: mean.count, actual: scale.count)
    }
    guard let lowest = scale.min(), lowest > 0, scale.allSatisfy(\.isFinite) else {
      throw .invalidParameter(name: "scale", value: "\(scale.min() ?? 0)", requirement: "greater than 0")
    }
    self.mean = mean
    self.precision = precision
    self.degreesOfFreedom = degreesOfFreedom
    self.scale = scale
  }

  /// The mean of Λ.
  var isotropicScale: Double { scale.reduce(0, +) / Double(scale.count) }

  /// ln p(θ), in nats, and the size of the terms that it is the sum of: those of columns that hardly vary are large, and cancel.
  /// O(K·D·L).
  func logDensity(of θ: FactorParameters) -> (value: Double, magnitude: Double) {
    let (K, D, L) = (θ.components, θ.dimensions, θ.factors)
    var total = CompensatedSum()
    var magnitude = 0.0
    func add(_ term: Double) {
      total.add(term)
      magnitude += term.magnitude
    }
    for k in 0..<K {
      let squares = θ.loadings[k].rowSquares()
      for (j, ψ) in θ.noiseVariances(of: k).enumerated() {
        let offset = θ.means[k, j] - mean[j]
        add(-0.5 * Double(L + 1) * Double.log(2 * .pi * ψ / precision))
        add(-0.5 * precision * (squares[j] + offset * offset) / ψ)
      }
    }
    for i in 0..<θ.noise.rows {
      for j in 0..<θ.noise.columns {
        let Λ = θ.noise.columns == D && D > 1 ? scale[j] : isotropicScale
        add(InverseGamma(shape: 0.5 * degreesOfFreedom, scale: 0.5 * Λ).logDensity(θ.noise[i, j]))
      }
    }
    return (total.value, magnitude)
  }
}

extension FactorPrior: Archivable {
  /// Tensors `mean` and `scale` `[D]`, `precision` and `degreesOfFreedom`.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/mean", mean)
    archive.set("\(path)/scale", scale)
    archive.set("\(path)/precision", precision)
    archive.set("\(path)/degreesOfFreedom", degreesOfFreedom)
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let mean: [Double] = try archive.vector("\(path)/mean")
    let precision: Double = try archive.value("\(path)/precision")
    let degrees: Double = try archive.value("\(path)/degreesOfFreedom")
    let scale: [Double] = try archive.vector("\(path)/scale", count: mean.count)
    guard mean.allSatisfy(\.isFinite),
      let prior = try? FactorPrior(
        mean: mean, precision: precision, degreesOfFreedom: degrees, scale: scale)
    else { throw archive.invalidValue(path) }
    self = prior
  }
}
