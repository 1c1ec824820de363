// D dimensions; m the missing columns, o the d observed ones; δ the squared distance of x_o

public import LatentEvidence
import LatentNumerics
import RealModule

extension StudentEmission: ImputingEmission {
  public func imputer(at θ: StudentParameters) throws(InferenceError) -> any EmissionImputer {
    try StudentImputer(θ)
  }
}

/// What Student components say about missing cells: with Σ_m|o = Λ_mm⁻¹, the Gaussian's conditional covariance,
///
///     x_m | x_o, k ~ St(μ_m|o, (ν + δ)/(ν + d) Σ_m|o, ν + d),
///
/// whose covariance is (ν + δ)/(ν + d − 2) Σ_m|o where ν + d > 2, and infinite elsewhere.
///
/// - Source: Ding (2016), On the conditional distribution of the multivariate t distribution, The American
///   Statistician 70, 293–295.
struct StudentImputer: EmissionImputer {
  private let θ: StudentParameters
  private let factors: [Cholesky]
  private let precisions: GaussianPrecisions

  init(_ θ: StudentParameters) throws(InferenceError) {
    self.θ = θ
    var factors: [Cholesky] = []
    for k in 0..<θ.components {
      guard let factor = Cholesky(θ.gaussian.covariance(of: k)) else {
        throw .notPositiveDefinite("the scale matrix of component \(k + 1)")
      }
      factors.append(factor)
    }
    self.factors = factors
    precisions = GaussianPrecisions(θ.gaussian)
  }

  func conditional(missing: [Int]) throws(InferenceError) -> any ConditionalCells {
    var parts: [Conditional.Part] = []
    for k in 0..<θ.components {
      let gaussian = precisions.conditional(k, missing: missing)
      let covariance = gaussian.covariance()
      guard let spread = Cholesky(covariance) else {
        throw .notPositiveDefinite("the conditional scale matrix of component \(k + 1)")
      }
      parts.append(
        .init(
          mean: θ.means.row(k), degreesOfFreedom: θ.degreesOfFreedom[k], factor: factors[k],
          gaussian: gaussian,
          variances: covariance.diagonal, spread: spread))
    }
    return Conditional(missing: missing, parts: parts)
  }

  private struct Conditional: ConditionalCells {
    struct Part {
      let mean: [Double]
      let degreesOfFreedom: Double
      let factor: Cholesky
      let gaussian: GaussianConditional
      let variances: [Double]
      let spread: Cholesky
    }

    let missing: [Int]
    let parts: [Part]

    func cells(of row: [Double], component k: Int) -> [CellDistribution] {
      let (means, δ) = filled(row, k)
      let ν = parts[k].degreesOfFreedom
      let excess = ν + Double(row.count - missing.count) - 2
      return missing.indices.map { i in
        .number(
          mean: means[i], variance: excess > 0 ? parts[k].variances[i] * (ν + δ) / excess : .infinity)
      }
    }

    func draw(of row: [Double], component k: Int, using stream: inout RandomStream) -> [Double] {
      let (means, δ) = filled(row, k)
      let ν = parts[k].degreesOfFreedom
      let shape = (ν + Double(row.count - missing.count)) / 2
      let logPrecision = stream.logarithmOfGamma(shape: shape) - Double.log((ν + δ) / 2)
      let ε = missing.map { _ in stream.normal() }
      let spread = Double.exp(-logPrecision / 2)
      return missing.indices.map { i in
        means[i] + spread * (0...i).reduce(0) { $0 + parts[k].spread.lower[i, $1] * ε[$1] }
      }
    }

    /// μ_m|o, and δ, which is the squared distance of the row filled with it.
    private func filled(_ row: [Double], _ k: Int) -> (means: [Double], δ: Double) {
      let μ = parts[k].mean
      var d = zip(row, μ).map { $0 - $1 }
      for j in missing { d[j] = 0 }
      let offsets = parts[k].gaussian.means(d, rows: 1).elements
      for (i, j) in missing.enumerated() { d[j] = offsets[i] }
      let white = parts[k].factor.whitening(Matrix(rows: 1, columns: d.count, elements: d))
      return (missing.enumerated().map { μ[$1] + offsets[$0] }, white.elements.reduce(0) { $0 + $1 * $1 })
    }
  }
}
