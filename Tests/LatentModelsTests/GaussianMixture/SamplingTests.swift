import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct SamplingTests {
  @Test(arguments: CovarianceStructure.allCases, [1, 4])
  func moments(_ covariance: CovarianceStructure, dimensions: Int) throws {
    let one = MixtureCase(covariance: covariance, dimensions: dimensions, seed: 11)
    let θ = one.parameters
    let model = try GaussianMixture<Double>(components: 3, dimensions: dimensions, covariance: covariance)
    let N = 20_000
    let (x, z) = try model.sample(N, at: θ, using: RandomStream(seed: 2))
    for k in 0..<3 {
      let members = (0..<N).filter { z[$0] == k }
      #expect(MonteCarloMean(z.map { $0 == k ? 1 : 0 }).agrees(with: θ.weights[k]))
      let Σ = θ.covariance(of: k)
      for i in 0..<dimensions {
        #expect(MonteCarloMean(members.map { x[$0, i] }).agrees(with: θ.means[k, i]))
        for j in 0...i {
          let products = members.map { (x[$0, i] - θ.means[k, i]) * (x[$0, j] - θ.means[k, j]) }
          #expect(MonteCarloMean(products).agrees(with: Σ[i, j]), "component \(k): \(i), \(j)")
        }
      }
    }
  }

  /// The first rows do not depend on how many are drawn, nor on the precision beyond rounding.
  @Test func firstRows() throws {
    let θ = MixtureCase(covariance: .full, dimensions: 3).parameters
    let model = try GaussianMixture<Double>(components: 3, dimensions: 3)
    let many = try model.sample(50, at: θ, using: RandomStream(seed: 8))
    let few = try model.sample(20, at: θ, using: RandomStream(seed: 8))
    #expect(few.values == many.values[rows: 0..<20] && few.components == Array(many.components.prefix(20)))
    let single = try GaussianMixture<Float>(components: 3, dimensions: 3)
      .sample(20, at: θ, using: RandomStream(seed: 8))
    #expect(single.values == few.values.converted(to: Float.self) && single.components == few.components)
    #expect(try model.sample(0, at: θ, using: RandomStream(seed: 8)).values.rows == 0)
    #expect(try model.sample(20, at: θ, using: RandomStream(seed: 9)).values != few.values)
  }

  @Test func notPositiveDefinite() throws {
    let θ = GaussianMixtureParameters(
      weights: [1], means: Matrix([[0, 0]]), covariances: .full([Matrix([[1, 2], [2, 1]])]))
    let model = try GaussianMixture<Double>(components: 1, dimensions: 2)
    for body in [
      { _ = try model.sample(1, at: θ, using: RandomStream(seed: 1)) },
      { _ = try model.logJoint(of: Matrix([[0, 0]]), at: θ) },
      { _ = try model.logDensity(of: Rows(Matrix([[0, 0]])), at: θ) },
    ] {
      #expect(throws: InferenceError.self) { try body() }
    }
  }
}
