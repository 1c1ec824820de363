import Foundation
import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// The fused terms of a bound are what they are called: densities sum or integrate to 1, divergences are means of
/// logarithms of ratios.
@Suite struct DensityTests {
  @Test func bernoulliSumsToOne() {
    let tape = Tape<Double>()
    tape.begin()
    let logits = tape.constant(Matrix([[0.3, -2, 1.5, 0, 40]]))
    // All 32 outcomes.
    let outcomes = Matrix<Double>(rows: 32, columns: 5) {
      for i in $0.indices { $0.initializeElement(at: i, to: Double((i / 5) >> (i % 5) & 1)) }
    }
    let total = logits.logBernoulli(of: tape.constant(outcomes)).exp().sum()[0, 0]
    #expect((total - 1).magnitude < 1e-13)
  }

  @Test func gaussianIntegratesToOne() {
    let tape = Tape<Double>()
    tape.begin()
    // The trapezium rule is exact to rounding for a smooth function that vanishes at both ends.
    let grid = Matrix<Double>(rows: 4001, columns: 1) {
      for i in $0.indices { $0.initializeElement(at: i, to: (Double(i) - 2000) / 100) }
    }
    let density = tape.constant(grid).logGaussian(mean: tape.constant(0.7), logVariance: tape.constant(0.4))
      .exp()
    #expect((density.sum()[0, 0] / 100 - 1).magnitude < 1e-12)
    let mean = (density * tape.constant(grid)).sum()[0, 0] / 100
    #expect((mean - 0.7).magnitude < 1e-12)
    let variance = (density * (tape.constant(grid) - 0.7).squared()).sum()[0, 0] / 100
    #expect((variance - Foundation.exp(0.4)).magnitude < 1e-11)
  }

  @Test func divergenceIsAMeanOfLogarithms() {
    let tape = Tape<Double>()
    tape.begin()
    let mean = tape.constant(Matrix([[0.5, -1.2, 0]]))
    let logVariance = tape.constant(Matrix([[-1.0, 0.3, 0]]))
    let count = 20_000
    let noise = tape.normal(rows: 0..<count, columns: 3, noise: RandomStream(seed: 3))
    let z = mean + (0.5 * logVariance).exp() * noise
    let zero = tape.constant(Matrix<Double>(rows: 1, columns: 3))
    let ratios =
      z.logGaussian(mean: mean, logVariance: logVariance) - z.logGaussian(mean: zero, logVariance: zero)
    let estimate = MonteCarloMean(ratios.value.elements)
    let exact = mean.standardDivergence(logVariance: logVariance)[0, 0]
    #expect(estimate.agrees(with: exact), "\(estimate), not \(exact)")
    let none = zero.standardDivergence(logVariance: zero)[0, 0]
    #expect(none == 0)
  }

  /// z = μ + L ε has covariance L Lᵀ, and its density at z follows from ln |L|.
  @Test(arguments: [FactorDiagonal.exponential, .softplus]) func factorHasItsCovariance(kind: FactorDiagonal)
  {
    let tape = Tape<Double>()
    tape.begin()
    let packed = tape.constant(Matrix([[0.2, -0.7, -0.4, 0.5, 1.1, 0.1]]))
    let diagonal = packed.factorDiagonal(order: 3, kind)
    let count = 40_000
    let noise = tape.normal(rows: 0..<count, columns: 3, noise: RandomStream(seed: 6))
    let z = packed.lowerProduct(noise, diagonal: diagonal)
    func f(_ x: Double) -> Double { kind == .exponential ? Foundation.exp(x) : log1p(Foundation.exp(x)) }
    let L = [[f(0.2), 0, 0], [-0.7, f(-0.4), 0], [0.5, 1.1, f(0.1)]]
    for a in 0..<3 {
      for b in 0...a {
        let covariance = (0..<3).reduce(0) { $0 + L[a][$1] * L[b][$1] }
        let products = MonteCarloMean((0..<count).map { z[$0, a] * z[$0, b] })
        #expect(products.agrees(with: covariance), "[\(a), \(b)]: \(products), not \(covariance)")
      }
    }
    let determinant = packed.factorLogDeterminant(order: 3, kind)[0, 0]
    #expect((determinant - Foundation.log(L[0][0] * L[1][1] * L[2][2])).magnitude < 1e-14)
  }
}
