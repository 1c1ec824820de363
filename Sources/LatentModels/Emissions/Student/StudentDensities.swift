// D dimensions, K components; d observed dimensions of a row

public import LatentEvidence
public import LatentNumerics

/// The densities of Student components at fixed parameters.
///
/// Squared distances δ come from the Gaussian components with the same locations and scale matrices. With c the part
/// of a Gaussian's log density that depends on the scale matrix alone,
///
///     ln p(x_o | k) = c + ln Γ((ν + d)/2) − ln Γ(ν/2) − d/2 ln (ν/2) − (ν + d)/2 ln (1 + δ/ν).
public struct StudentDensities<Scalar: LatentScalar>: EmissionDensities {
  public typealias Statistics = StudentStatistics

  /// The Gaussian components, with 0 in the place of constants, so that their log densities are −δ/2: to the last one
  /// however far away, since the tails of a Student density reach farther.
  let gaussian: GaussianDensities<Scalar>
  /// ν, `[K]`.
  let degreesOfFreedom: [Double]
  /// ln π + c and the terms in Γ, `[K, D + 1]`, by d.
  let constants: Matrix<Double>
  /// ψ((ν + d)/2) − ln (ν/2), `[K, D + 1]`, by d.
  let logPrecisions: Matrix<Double>

  /// What the degrees of freedom add to the Gaussian components' `parameterKL`.
  private let additionalKL: Double

  public var parameterKL: Double { gaussian.parameterKL + additionalKL }
  public var zero: StudentStatistics { StudentStatistics(moments: gaussian.zero) }
  public var blockRows: Int { gaussian.blockRows }

  /// - Throws: `.collapsed` when a scale matrix is singular against the mixture's own spread.
  /// - Complexity: that of the Gaussian components.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  init(
    _ θ: StudentParameters, logWeights: [Double], prior: GaussianPrior?, additionalKL: Double,
    threads: Int
  ) throws(InferenceError) {
    guard θ.degreesOfFreedom.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw .notFinite(quantity: "number of degrees of freedom", row: nil)
    }
    var gaussian = try GaussianDensities<Scalar>(
      θ.gaussian, logWeights: logWeights, prior: prior, threads: threads)
    let (K, D) = (θ.components, θ.dimensions)
    var constants = Matrix<Double>(rows: K, columns: D + 1)
    var logPrecisions = constants
    for k in 0..<K {
      let half = θ.degreesOfFreedom[k] / 2
      for d in 0...D {
        let more = half + Double(d) / 2
        constants[k, d] =
          logWeights[k] + gaussian.normalizers[k] + logGamma(more) - logGamma(half)
          - Double(d) / 2 * Double.log(half)
        logPrecisions[k, d] = digamma(more) - Double.log(half)
      }
    }
    gaussian.constants = Array(repeating: 0, count: K)
    gaussian.margin = .infinity
    self.gaussian = gaussian
    self.constants = constants
    self.logPrecisions = logPrecisions
    degreesOfFreedom = θ.degreesOfFreedom
    self.additionalKL = additionalKL
  }

  public func lane() -> StudentLane<Scalar> { StudentLane(self) }

  /// A squared distance δ counts ½ (ν + D)/(ν + δ) times where a Gaussian has it ½ times.
  public func roundoff(weight: Double) -> Double {
    steepest * gaussian.roundoff(weight: weight)
  }

  public func roundoff(of rows: Rows<Scalar>) -> Double { steepest * gaussian.roundoff(of: rows) }

  private var steepest: Double {
    let D = Double(gaussian.dimensions)
    return degreesOfFreedom.reduce(2) { Swift.max($0, 2 + D / $1) }
  }
}
