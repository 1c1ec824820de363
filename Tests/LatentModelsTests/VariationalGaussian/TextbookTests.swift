// The two textbook cases of factorised distributions, each as a small conjugate model under the package's own ascent; the
// DocC page "Variational Bayes" tells their story.

import LatentDistributions
import LatentEvidence
import LatentNumerics
import LatentTestSupport
import Testing

/// All data of a problem as one observation.
struct WholeSample: ObservationBatch {
  var values: [Double]
  var observationCount = 1
  var scalarCount: Int { values.count }
  func chunk(_ range: Range<Int>) -> Self {
    range.isEmpty ? Self(values: [], observationCount: 0) : self
  }
  func selecting(_ indices: [Int]) -> Self { chunk(0..<indices.count) }
}

/// One expectation under q(z).
struct OneMoment: SufficientStatistics {
  var value = 0.0
  var scalarCount: Int { 1 }
  static func += (a: inout Self, b: Self) { a.value += b.value }
  mutating func scale(by factor: Double) { value *= factor }
}

/// q(z₁, z₂) = q(z₁) q(z₂) for a Gaussian p(z₁, z₂) with mean μ and precision Λ: z₁ is in the place of the latent
/// variable, z₂ in that of the parameters, and the bound is −KL(q ‖ p).
struct FactorisedGaussian: ConjugateModel {
  var mean: [Double]
  var precision: Matrix<Double>

  struct Factor: Oracle {
    let model: FactorisedGaussian
    /// E[z₂].
    let other: Double
    var zero: OneMoment { OneMoment() }
    /// E[ln q(z₂)].
    var parameterKL: Double { -0.5 * (1 + Double.log(2 * .pi / model.precision[1, 1])) }

    func accumulate(_ x: WholeSample, into s: inout OneMoment) throws(InferenceError) -> Bound {
      guard x.observationCount > 0 else { return .zero }
      let (μ, Λ) = (model.mean, model.precision)
      let m = μ[0] - Λ[0, 1] / Λ[0, 0] * (other - μ[1])
      s.value += m
      let (d, e) = (m - μ[0], other - μ[1])
      let determinant = Λ[0, 0] * Λ[1, 1] - Λ[0, 1] * Λ[0, 1]
      // E[ln p]: the squares are those of the means, and 1 for each variance 1/Λⱼⱼ.
      let square = Λ[0, 0] * d * d + 2 * Λ[0, 1] * d * e + Λ[1, 1] * e * e + 2
      return Bound(
        reconstruction: 0.5 * Double.log(determinant) - Double.log(2 * .pi) - 0.5 * square,
        latentKL: -0.5 * (1 + Double.log(2 * .pi / Λ[0, 0])), count: 1, roundoff: 1e-13)
    }
  }

  func oracle(at other: Double, threads: Int) throws(InferenceError) -> Factor {
    Factor(model: self, other: other)
  }

  func parameters(maximizing s: OneMoment, threads: Int) throws(InferenceError) -> Double {
    mean[1] - precision[0, 1] / precision[1, 1] * (s.value - mean[0])
  }
}

/// q(μ, τ) = q(μ) q(τ) for a Gaussian sample with mean μ and precision τ, under the prior
/// μ | τ ~ 𝒩(μ₀, (λ₀ τ)⁻¹), τ ~ Gamma(a₀, b₀): μ is in the place of the latent variable of the whole sample.
struct FactorisedSample: ConjugateModel {
  var priorMean: Double
  var meanPrecision: Double
  var prior: Gamma
  var count: Int

  struct Factor: Oracle {
    let model: FactorisedSample
    let precision: Gamma
    var zero: OneMoment { OneMoment() }
    var parameterKL: Double { precision.divergence(from: model.prior) }

    /// q(μ) = 𝒩((λ₀ μ₀ + N x̄) / (λ₀ + N), ((λ₀ + N) E[τ])⁻¹); the statistic is
    /// E[Σ (x − μ)² + λ₀ (μ − μ₀)²].
    func accumulate(_ x: WholeSample, into s: inout OneMoment) throws(InferenceError) -> Bound {
      guard x.observationCount > 0 else { return .zero }
      let (N, λ0) = (Double(x.values.count), model.meanPrecision)
      let m = (λ0 * model.priorMean + x.values.reduce(0, +)) / (λ0 + N)
      let variance = 1 / ((λ0 + N) * precision.mean)
      let squares = x.values.reduce(0) { $0 + ($1 - m) * ($1 - m) } + N * variance
      let pull = (m - model.priorMean) * (m - model.priorMean) + variance
      s.value += squares + λ0 * pull
      let logPrecision = precision.expectedLogarithm
      let logPrior = 0.5 * (Double.log(λ0 / (2 * .pi)) + logPrecision - λ0 * precision.mean * pull)
      return Bound(
        reconstruction: 0.5 * N * (logPrecision - Double.log(2 * .pi)) - 0.5 * precision.mean * squares,
        latentKL: -0.5 * (1 + Double.log(2 * .pi * variance)) - logPrior, count: 1, roundoff: 1e-12)
    }
  }

  func oracle(at precision: Gamma, threads: Int) throws(InferenceError) -> Factor {
    Factor(model: self, precision: precision)
  }

  func parameters(maximizing s: OneMoment, threads: Int) throws(InferenceError) -> Gamma {
    Gamma(shape: prior.shape + 0.5 * Double(count + 1), rate: prior.rate + 0.5 * s.value)
  }
}

/// Bishop (2006), §10.1.2 and §10.1.3.
@Suite struct TextbookTests {
  let gaussian = FactorisedGaussian(mean: [1, -2], precision: Matrix([[2, -1.2], [-1.2, 1.5]]))

  /// Under KL(q ‖ p) means are right and variances are 1/Λⱼⱼ, too small; the climb's rate is Λ₁₂² / (Λ₁₁ Λ₂₂).
  @Test func factorisedGaussian() async throws {
    let Λ = gaussian.precision
    let rate = Λ[0, 1] * Λ[0, 1] / (Λ[0, 0] * Λ[1, 1])
    let ascent = CoordinateAscent(gaussian, threads: 1)
    var state = CoordinateAscent<FactorisedGaussian>.State(parameters: 5)
    var errors: [Double] = []
    var bounds: [Double] = []
    for _ in 0..<60 {
      bounds.append(try ascent.step(&state, on: WholeSample(values: [])).value)
      errors.append(state.parameters - gaussian.mean[1])
    }
    for (a, b) in zip(errors, errors.dropFirst()).prefix(20) { #expect((b / a - rate).magnitude < 1e-10) }
    for (a, b) in zip(bounds, bounds.dropFirst()) { #expect(b >= a - 1e-13) }

    // The limit is −KL(q ‖ p) by the divergence of the two densities, and no other factorised Gaussian is nearer.
    let covariance = try #require(Cholesky(Λ)).inverse()
    let p = MultivariateNormal(mean: gaussian.mean, covariance: try #require(Cholesky(covariance)))
    func factorised(_ mean: [Double], _ variances: [Double]) throws -> MultivariateNormal {
      MultivariateNormal(mean: mean, covariance: try #require(Cholesky(.diagonal(variances))))
    }
    let best = try factorised(gaussian.mean, [1 / Λ[0, 0], 1 / Λ[1, 1]])
    let divergence = best.divergence(from: p)
    #expect((try #require(bounds.last) + divergence).magnitude < 1e-12)

    // Under KL(p ‖ q) the best factors are the marginals, which are wider.
    let marginals = try factorised(gaussian.mean, covariance.diagonal)
    let reverse = p.divergence(from: marginals)
    for j in 0..<2 {
      #expect(covariance[j, j] > 1 / Λ[j, j])
      for (shift, factor) in [(0.01, 1.0), (-0.01, 1), (0, 1.02), (0, 0.98)] {
        var (mean, narrow, wide) = (gaussian.mean, [1 / Λ[0, 0], 1 / Λ[1, 1]], covariance.diagonal)
        mean[j] += shift
        narrow[j] *= factor
        wide[j] *= factor
        #expect(try factorised(mean, narrow).divergence(from: p) > divergence)
        #expect(try p.divergence(from: factorised(mean, wide)) > reverse)
      }
    }
    #expect(best.divergence(from: p) < marginals.divergence(from: p))
    #expect(reverse < p.divergence(from: best))
  }

  /// With nothing known beforehand 1/E[τ] is Σ (x − x̄)²/N; the bound lies below ln p(D), which has a closed form.
  ///
  /// The denominator is N, and not N − 1, because μ's prior has a factor √τ, which stays as λ₀ goes to 0.
  @Test func univariateGaussian() async throws {
    let x = [1.2, -0.4, 2.2, 0.9, 3.1, 0.3, 1.9]
    let N = Double(x.count)
    let mean = x.reduce(0, +) / N
    let scatter = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    func fit(_ model: FactorisedSample) async throws -> (precision: Gamma, bound: Double) {
      let result = try await Fit(
        CoordinateAscent(model, threads: 1), on: WholeSample(values: x),
        stopping: StoppingRule(tolerance: 1e-13)
      ) { (_) throws(InferenceError) in .init(parameters: model.prior) }.run()
      return (result.state.parameters, result.bound.value)
    }
    let vague = FactorisedSample(
      priorMean: 0, meanPrecision: 1e-9, prior: Gamma(shape: 1e-9, rate: 1e-9), count: x.count)
    let (precision, _) = try await fit(vague)
    #expect((1 / precision.mean - scatter / N).magnitude < 1e-6, "\(1 / precision.mean)")

    let model = FactorisedSample(
      priorMean: 0.5, meanPrecision: 0.5, prior: Gamma(shape: 2, rate: 1.5), count: x.count)
    let (_, bound) = try await fit(model)
    // ln p(D) = ln Γ(aₙ) − ln Γ(a₀) + a₀ ln b₀ − aₙ ln bₙ + ½ ln(λ₀/λₙ) − ½N ln 2π.
    let (aN, λN) = (2 + N / 2, 0.5 + N)
    let bN = 1.5 + 0.5 * scatter + 0.5 * 0.5 * N / λN * (mean - 0.5) * (mean - 0.5)
    let evidence =
      logGamma(aN) - logGamma(2) + 2 * Double.log(1.5) - aN * Double.log(bN) + 0.5 * Double.log(0.5 / λN)
      - 0.5 * N * Double.log(2 * .pi)
    #expect(bound < evidence)
    #expect(bound > evidence - 0.1, "\(bound), exactly \(evidence)")
  }
}
