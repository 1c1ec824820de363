import LatentDistributions
import LatentNumerics
import LatentTestSupport
import Testing

/// Against scipy: Tests/Reference/generate_distributions.py.
@Suite struct DistributionReference {
  struct File: Decodable {
    var dirichlet: [DirichletCase]
    var inverseGamma: [GammaCase]
    var inverseWishart: [WishartCase]
    var normal: [NormalCase]
  }
  struct DirichletCase: Decodable {
    var concentration, weights: [Double]
    var logDensity: Double
  }
  struct GammaCase: Decodable {
    var shape, scale, value, logDensity: Double
  }
  struct WishartCase: Decodable {
    var degreesOfFreedom, logDensity: Double
    var scale, value, mode: [[Double]]
  }
  struct NormalCase: Decodable {
    var mean, otherMean, logDensity: [Double]
    var covariance, otherCovariance, rows: [[Double]]
    var entropy, divergence: Double
  }

  let file: File

  init() throws { file = try reference("distributions.json") }

  func expect(
    _ value: Double, _ expected: Double, tolerance: Double = 1e-12,
    _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(
      (value - expected).magnitude <= tolerance * (1 + expected.magnitude), "\(value), expected \(expected)",
      sourceLocation: location)
  }

  @Test func dirichlet() {
    #expect(!file.dirichlet.isEmpty)
    for one in file.dirichlet { expect(Dirichlet(one.concentration).logDensity(one.weights), one.logDensity) }
  }

  @Test func inverseGamma() {
    #expect(!file.inverseGamma.isEmpty)
    for one in file.inverseGamma {
      expect(InverseGamma(shape: one.shape, scale: one.scale).logDensity(one.value), one.logDensity)
    }
  }

  @Test func inverseWishart() throws {
    #expect(!file.inverseWishart.isEmpty)
    for one in file.inverseWishart {
      let distribution = InverseWishart(
        degreesOfFreedom: one.degreesOfFreedom, scale: try #require(Cholesky(Matrix(one.scale))))
      expect(
        distribution.logDensity(try #require(Cholesky(Matrix(one.value)))), one.logDensity, tolerance: 1e-11)
      expectAgreement("mode", distribution.mode.elements, one.mode.flatMap { $0 }, tolerance: 1e-14)
    }
  }

  @Test func normal() throws {
    #expect(!file.normal.isEmpty)
    for one in file.normal {
      let p = MultivariateNormal(mean: one.mean, covariance: try #require(Cholesky(Matrix(one.covariance))))
      let q = MultivariateNormal(
        mean: one.otherMean, covariance: try #require(Cholesky(Matrix(one.otherCovariance))))
      for (found, expected) in zip(p.logDensity(Matrix(one.rows)), one.logDensity) { expect(found, expected) }
      expect(p.entropy, one.entropy)
      expect(p.divergence(from: q), one.divergence, tolerance: 1e-11)
      expect(p.divergence(from: p), 0)
      expect(p.logDensity(Matrix([one.mean]))[0], p.logNormalizer)
    }
  }
}
