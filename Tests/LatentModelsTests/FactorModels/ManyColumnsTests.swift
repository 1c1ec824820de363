// N rows, D columns

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// As many columns as an image has pixels: constants of a row are sums over all of them, and their errors count for every row.
@Suite struct ManyColumnsTests {
  static let D = 784
  static let N = 5000.0
  /// Logarithms with different last digits.
  static let variances = (1...40).map { 0.0217 + 0.00137 * Double($0) }

  /// A row at the mean that counts N times, under one factor along the first column. There only the constant is left, which is a
  /// product for columns of one noise:
  ///
  ///     ln p(x) = −½ N (D ln 2πσ² + ln(1 + w²/σ²))
  @Test(arguments: variances) func factorAnalysersOfOneNoise(_ σ²: Double) throws {
    var W = Matrix<Double>(rows: Self.D, columns: 1)
    W[0, 0] = 0.3
    let θ = FactorMixtureParameters(
      mixing: .weights([1]),
      emission: FactorParameters(
        means: Matrix(rows: 1, columns: Self.D), loadings: [W],
        noise: Matrix(rows: 1, columns: 1, repeating: σ²)))
    let model = try FactorMixture<Double>(components: 1, dimensions: Self.D, factors: 1, noise: .isotropic)
    let x = Rows(Matrix<Double>(rows: 1, columns: Self.D), weights: [Self.N])
    let bound = try CoordinateAscent(model).expectation(at: θ, of: x).bound
    let exact =
      -0.5 * Self.N * (Double(Self.D) * Double.log(2 * .pi * σ²) + Double.log(1 + W[0, 0] * W[0, 0] / σ²))
    // Tighter than the rounding that a fit forgives, which must not be there for this.
    #expect((bound.value - exact).magnitude < 4e-15 * exact.magnitude, "\(bound.value), exact \(exact)")
    #expect(bound.roundoff > (bound.value - exact).magnitude && bound.roundoff < 1e-7)
  }

  /// The same for spherical Gaussians.
  @Test(arguments: variances) func sphericalGaussians(_ σ²: Double) throws {
    let θ = GaussianMixtureParameters(
      mixing: .weights([1]),
      emission: GaussianParameters(
        means: Matrix(rows: 1, columns: Self.D), covariances: .spherical([σ²])))
    let model = try GaussianMixture<Double>(
      components: 1, dimensions: Self.D, covariance: .spherical)
    let x = Rows(Matrix<Double>(rows: 1, columns: Self.D), weights: [Self.N])
    let bound = try CoordinateAscent(model).expectation(at: θ, of: x).bound
    let exact = -0.5 * Self.N * Double(Self.D) * Double.log(2 * .pi * σ²)
    #expect((bound.value - exact).magnitude < 4e-15 * exact.magnitude, "\(bound.value), exact \(exact)")
  }

  /// Columns like pixels, a third of which never change: under a prior their noise shrinks far below that of the others, and large
  /// constants cancel. The bound of dense Gaussians by themselves, and no step down that rounding does not explain.
  @Test(arguments: [NoiseStructure.isotropic, .diagonal]) func constantColumns(_ noise: NoiseStructure)
    async throws
  {
    let (N, D) = (120, 30)
    var stream = RandomStream(seed: 8)
    var values = Matrix<Double>(rows: N, columns: D, repeating: 0.4)
    for n in 0..<N {
      let z = stream.normal()
      for j in 0..<D where j % 3 != 0 {
        let loading = 0.3 * Double(j % 5)
        values[n, j] = loading * z + 0.05 * stream.normal()
      }
    }
    let x = Rows(values)
    let variance = 1e-9
    let prior = try FactorPrior(
      mean: Array(repeating: 0.1, count: D),
      scale: (0..<D).map { $0 % 3 == 0 ? variance : 0.01 })
    let model = try FactorMixture<Double>(
      components: 1, dimensions: D, factors: 2, noise: noise, prior: prior)
    let start = try model.initialParameters(for: x, using: RandomStream(seed: 1))
    // The fit itself throws where the bound falls.
    let result = try await Fit(
      CoordinateAscent(model), on: x, stopping: StoppingRule(tolerance: 1e-14, maximumIterations: 800)
    ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
    let θ = result.state.parameters
    let again = try CoordinateAscent(model).expectation(at: θ, of: x).bound
    let plain: Double = PlainFactors.logJoint(x, θ).reduce(0.0) { $0 + $1[0] }
    #expect((again.evidence - plain).magnitude < 1e-9 * plain.magnitude, "\(again.evidence), \(plain)")
    #expect(again.roundoff < 1e-6 * (1 + again.value.magnitude), "\(again.roundoff)")
  }
}
