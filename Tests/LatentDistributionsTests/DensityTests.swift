import LatentDistributions
import LatentNumerics
import LatentTestSupport
import Testing

/// The integral over (0, ∞) of exp(f), by the trapezoidal rule in t with x = exp(sinh t), which converges faster than
/// any power of the step (Takahasi & Mori, 1974).
private func integral(_ f: (Double) -> Double) -> Double {
  let h = 1.0 / 256
  return (-1400...1400).reduce(0) { sum, i in
    let t = Double(i) * h
    let x = Double.exp(Double.sinh(t))
    guard x > 0, x.isFinite else { return sum }
    return sum + h * Double.exp(f(x) + Double.sinh(t)) * Double.cosh(t)
  }
}

/// Densities integrate to one, and modes are where they are largest.
@Suite struct DensityTests {
  @Test(arguments: [(0.7, 0.2), (1, 1), (3, 40), (25, 2)])
  func inverseGamma(shape: Double, scale: Double) {
    let distribution = InverseGamma(shape: shape, scale: scale)
    #expect((integral(distribution.logDensity) - 1).magnitude < 1e-10)
    let mode = distribution.mode
    for factor in [0.99, 1.01] {
      #expect(distribution.logDensity(mode) > distribution.logDensity(mode * factor))
    }
    #expect(distribution.logDensity(0) == -.infinity && distribution.logDensity(-1) == -.infinity)
    #expect(distribution.logDensity(.nan) == -.infinity)
  }

  /// In one dimension the inverse Wishart is an inverse gamma.
  @Test(arguments: [(0.5, 2.0), (3, 0.1), (20, 7)])
  func inverseWishartInOneDimension(degrees: Double, scale: Double) throws {
    let distribution = InverseWishart(
      degreesOfFreedom: degrees, scale: Cholesky(lower: Matrix([[scale.squareRoot()]])))
    let density = { (x: Double) in distribution.logDensity(Cholesky(lower: Matrix([[x.squareRoot()]]))) }
    #expect((integral(density) - 1).magnitude < 1e-10)
    let gamma = InverseGamma(shape: degrees / 2, scale: scale / 2)
    for x in [0.01, 1, 30] {
      #expect((density(x) - gamma.logDensity(x)).magnitude <= 1e-13 * (1 + density(x).magnitude))
    }
    #expect((distribution.mode[0, 0] - gamma.mode).magnitude < 1e-15)
  }

  @Test func inverseWishartMode() throws {
    var stream = RandomStream(seed: 3)
    let distribution = InverseWishart(
      degreesOfFreedom: 7.5, scale: try #require(Cholesky(stream.covariance(4))))
    let mode = distribution.mode
    let highest = distribution.logDensity(try #require(Cholesky(mode)))
    for _ in 0..<40 {
      var other = mode
      let i = stream.integer(below: 4)
      let j = stream.integer(below: 4)
      let change = 1e-3 * stream.normal()
      other[i, j] += change
      if i != j { other[j, i] += change }
      #expect(distribution.logDensity(try #require(Cholesky(other))) < highest)
    }
  }

  /// Beta densities, as Dirichlet ones of two weights.
  @Test(arguments: [(1.0, 1.0), (2, 3), (0.5, 0.5), (40, 7)])
  func dirichletOfTwo(a: Double, b: Double) {
    let distribution = Dirichlet([a, b])
    // π = x / (1 + x), so dπ = dx / (1 + x)²
    let total = integral { x in
      distribution.logDensity([x / (1 + x), 1 / (1 + x)]) - 2 * Double.log(1 + x)
    }
    #expect((total - 1).magnitude < 1e-9, "\(total)")
  }

  @Test func dirichletAtTheBorder() {
    #expect(Dirichlet.uniform(3).logDensity([0, 0.25, 0.75]) == Dirichlet.uniform(3).logNormalizer)
    #expect(Dirichlet([2, 2]).logDensity([0, 1]) == -.infinity)
    #expect(Dirichlet([0.5, 2]).logDensity([0, 1]) == .infinity)
    #expect((Dirichlet.uniform(5).logNormalizer - Double.log(24)).magnitude < 1e-14)
    #expect(Dirichlet.uniform(1).logDensity([1]) == 0)
  }

  /// On a grid, whose sum converges fast for a smooth density that vanishes at its borders.
  @Test func normalInTwoDimensions() throws {
    let covariance = try #require(Cholesky(Matrix([[2, 0.9], [0.9, 0.7]])))
    let distribution = MultivariateNormal(mean: [1, -2], covariance: covariance)
    let h = 0.1
    let axis = (-120...120).map { Double($0) * h }
    let grid = Matrix(axis.flatMap { a in axis.map { [1 + a, -2 + $0] } })
    let total = distribution.logDensity(grid).reduce(0) { $0 + h * h * Double.exp($1) }
    #expect((total - 1).magnitude < 1e-12)
    let entropy = distribution.logDensity(grid).reduce(0) { $0 - h * h * Double.exp($1) * $1 }
    #expect((entropy - distribution.entropy).magnitude < 1e-11)
  }
}

/// Draws have the moments of their densities, within Monte Carlo standard errors.
@Suite struct DrawTests {
  let count = 20_000

  @Test func normal() throws {
    var stream = RandomStream(seed: 1)
    let Σ = stream.covariance(3, scale: 4)
    let p = MultivariateNormal(mean: [1, -2, 30], covariance: try #require(Cholesky(Σ)))
    let x = p.sample(count, using: &stream)
    for i in 0..<3 {
      #expect(MonteCarloMean(x.column(i)).agrees(with: p.mean[i]))
      for j in 0...i {
        let products = zip(x.column(i), x.column(j)).map { ($0 - p.mean[i]) * ($1 - p.mean[j]) }
        #expect(MonteCarloMean(products).agrees(with: Σ[i, j]))
      }
    }
    // Entropy and divergence are expectations of log densities.
    let logP = p.logDensity(x)
    #expect(MonteCarloMean(logP.map { -$0 }).agrees(with: p.entropy))
    let q = MultivariateNormal(
      mean: [0, -1, 31], covariance: try #require(Cholesky(stream.covariance(3, scale: 6))))
    let differences = zip(logP, q.logDensity(x)).map { $0 - $1 }
    #expect(MonteCarloMean(differences).agrees(with: p.divergence(from: q)))
    #expect(p.divergence(from: q) > 0 && q.divergence(from: p) > 0)
  }

  @Test func normalIsReproducible() throws {
    let p = MultivariateNormal(mean: [0, 0], covariance: Cholesky(lower: .identity(2)))
    var (a, b) = (RandomStream(seed: 4), RandomStream(seed: 4))
    #expect(p.sample(7, using: &a) == p.sample(7, using: &b))
    #expect(p.sample(0, using: &a).rows == 0)
  }

  @Test func inverseGamma() {
    var stream = RandomStream(seed: 2)
    let distribution = InverseGamma(shape: 6, scale: 3)
    let draws = (0..<count).map { _ in distribution.sample(using: &stream) }
    #expect(MonteCarloMean(draws).agrees(with: 3.0 / 5))
    #expect(MonteCarloMean(draws.map { 1 / $0 }).agrees(with: 2))
    #expect(MonteCarloMean(draws.map { ($0 - 0.6) * ($0 - 0.6) }).agrees(with: 9 / (25 * 4)))
  }

  @Test func dirichlet() {
    var stream = RandomStream(seed: 3)
    let α = [0.5, 2, 7.5]
    let draws = (0..<count).map { _ in Dirichlet(α).sample(using: &stream) }
    for k in 0..<3 {
      let mean = α[k] / 10
      #expect(MonteCarloMean(draws.map { $0[k] }).agrees(with: mean))
      let squares = draws.map { ($0[k] - mean) * ($0[k] - mean) }
      #expect(MonteCarloMean(squares).agrees(with: mean * (1 - mean) / 11))
    }
  }
}
