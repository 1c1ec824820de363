// D dimensions, K components

public import LatentEvidence
public import LatentNumerics
import RealModule

/// Student components, for clusters with outliers: the point θ of maximum likelihood, or, with a prior on locations and
/// scale matrices, the posterior mode, with a uniform density of degrees of freedom within their bounds.
///
/// A Student density is a Gaussian whose precision a row multiplies by a latent τ ~ Gamma(ν/2, ν/2); far rows have small
/// τ and count for little. The evidence is the exact density, τ integrated out; EM uses τ for the θ-step alone.
///
/// - Source: Peel & McLachlan (2000), Robust mixture modelling using the t distribution, Statistics and Computing 10,
///   339–348; Bishop (2006), §2.3.7.
public struct StudentEmission<Scalar: LatentScalar>: Emission {
  public typealias Parameters = StudentParameters
  public typealias Statistics = StudentStatistics
  public typealias Densities = StudentDensities<Scalar>

  /// Locations and scale matrices: their structure and prior.
  let gaussian: GaussianEmission<Scalar>
  public let degreesOfFreedom: DegreesOfFreedom

  public var dimensions: Int { gaussian.dimensions }
  /// The structure of the scale matrices.
  public var covariance: CovarianceStructure { gaussian.covariance }
  /// The prior on locations and scale matrices; nil for maximum likelihood.
  public var prior: GaussianPrior? { gaussian.prior }

  /// - Throws: `.wrongWidth` for a prior of another dimension; `.invalidParameter` for degrees of freedom that are not
  ///   positive and finite.
  public init(
    dimensions: Int, covariance: CovarianceStructure = .full, prior: GaussianPrior? = nil,
    degreesOfFreedom: DegreesOfFreedom = .estimated()
  ) throws(InferenceError) {
    try degreesOfFreedom.validate()
    gaussian = try GaussianEmission(dimensions: dimensions, covariance: covariance, prior: prior)
    self.degreesOfFreedom = degreesOfFreedom
  }

  public var isVariational: Bool { false }

  public func freeParameters(components K: Int) -> Int {
    let own = if case .estimated = degreesOfFreedom { K } else { 0 }
    return gaussian.freeParameters(components: K) + own
  }

  public func validate(_ rows: Rows<Scalar>) throws(InferenceError) { try gaussian.validate(rows) }

  public func densities(
    at θ: StudentParameters, logWeights: [Double], threads: Int
  ) throws(InferenceError) -> StudentDensities<Scalar> {
    // −ln p(ν), where there are priors and ν is not given.
    var parameterKL = 0.0
    if prior != nil, case .estimated(let range) = degreesOfFreedom, range.upperBound > range.lowerBound {
      parameterKL = Double(θ.components) * Double.log(range.upperBound - range.lowerBound)
    }
    return try StudentDensities(
      θ, logWeights: logWeights, prior: prior, additionalKL: parameterKL, threads: threads)
  }

  public func sampler(at θ: StudentParameters) throws(InferenceError) -> any EmissionSampler {
    try StudentSampler(θ)
  }
}

/// A mixture of Student components.
public typealias StudentMixture<Scalar: LatentScalar> = Mixture<StudentEmission<Scalar>>
/// θ of a Student mixture.
public typealias StudentMixtureParameters = MixtureParameters<StudentParameters>

extension Mixture {
  /// A mixture of K Student components in D dimensions.
  ///
  /// - Parameters:
  ///   - components: K.
  ///   - dimensions: D.
  ///   - covariance: the structure of the scale matrices.
  ///   - prior: the prior on locations and scale matrices, with a uniform one on the weights; nil for maximum
  ///     likelihood.
  ///   - degreesOfFreedom: ν, fixed or estimated.
  /// - Throws: `.invalidParameter`; `.wrongWidth` for a prior of another dimension.
  public init<S>(
    components: Int, dimensions: Int, covariance: CovarianceStructure = .full, prior: GaussianPrior? = nil,
    degreesOfFreedom: DegreesOfFreedom
  ) throws(InferenceError) where Family == StudentEmission<S> {
    try self.init(
      components: components,
      of: StudentEmission(
        dimensions: dimensions, covariance: covariance, prior: prior, degreesOfFreedom: degreesOfFreedom),
      mixing: prior == nil ? .maximumLikelihood : .uniformPrior)
  }
}
