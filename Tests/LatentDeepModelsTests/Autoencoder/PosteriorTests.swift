// L latent dimensions, C the covariance, D and u of a rank-one precision

import LatentDeepModels
import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// Families of q on a tape, against linear algebra and against averages.
@Suite struct PosteriorTests {
  /// What an encoder of random numbers gives for some rows, with a family.
  struct Case {
    let head: any PosteriorHead
    let layout: ParameterLayout
    let θ: ParameterVector<Double>
    let input: Matrix<Double>

    init(_ posterior: AutoencoderPosterior, latent: Int, rows: Int, seed: UInt64, scale: Double = 0.5) {
      var layout = ParameterLayout()
      head = posterior.head(latent: latent, steps: 3, from: 3, in: &layout)
      self.layout = layout
      θ = ToyRows.parameters(layout, seed: seed, scale: scale)
      let x: Rows<Double> = ToyRows.real(rows, columns: 3, seed: seed + 1)
      input = x.values
    }

    /// Calls `body` with q on a tape.
    func on<Result>(_ body: (Tape<Double>, Variable<Double>) throws -> Result) rethrows -> Result {
      let tape = Tape<Double>(layout: layout)
      return try θ.withUnsafeElements { p in
        tape.begin(at: ParameterPoint(values: p.baseAddress!))
        return try body(tape, head.layer(tape.constant(input)))
      }
    }

    /// E[z] and R of z = E[z] + R ε of row i, by drawing with ε = 0 and the unit vectors; nil where z is not linear in ε.
    func map(_ i: Int) -> (mean: [Double], R: Matrix<Double>)? {
      let L = head.latent
      func draw(_ ε: [Double]) -> [Double] {
        on { tape, q in
          var noise = Matrix<Double>(rows: input.rows, columns: L)
          for n in 0..<input.rows { for l in 0..<L { noise[n, l] = ε[l] } }
          return head.draw(q, tape.constant(noise), times: 1, withDensity: false).z.value.row(i)
        }
      }
      let zero = [Double](repeating: 0, count: L)
      let mean = draw(zero)
      var R = Matrix<Double>(rows: L, columns: L)
      for l in 0..<L {
        var unit = zero
        unit[l] = 1
        let z = draw(unit)
        unit[l] = -2
        let other = draw(unit)
        for a in 0..<L {
          R[a, l] = z[a] - mean[a]
          if (other[a] - mean[a] + 2 * R[a, l]).magnitude > 1e-9 { return nil }
        }
      }
      return (mean, R)
    }
  }

  static let gaussians = AutoencoderPosterior.allCases.filter(\.isGaussian)

  /// ln q(z | x), the divergence and the moments, from the covariance R Rᵀ that draws have.
  @Test(arguments: gaussians, [1, 2, 4]) func densityAndDivergence(posterior: AutoencoderPosterior, L: Int)
    throws
  {
    let one = Case(posterior, latent: L, rows: 5, seed: 3)
    var random = RandomStream(seed: 9)
    for i in 0..<5 {
      let (mean, R) = try #require(one.map(i))
      var C = Matrix<Double>(rows: L, columns: L)
      for a in 0..<L { for b in 0..<L { C[a, b] = (0..<L).reduce(0) { $0 + R[a, $1] * R[b, $1] } } }
      let factor = try #require(Cholesky(C))
      let inverse = factor.inverse()
      let ε = (0..<5 * L).map { _ in random.normal() }
      try one.on { tape, q in
        let noise = tape.constant(Matrix(rows: 5, columns: L, elements: ε))
        let draw = one.head.draw(q, noise, times: 1, withDensity: true)
        let z = draw.z.value.row(i)
        var form = 0.0
        for a in 0..<L { for b in 0..<L { form += (z[a] - mean[a]) * inverse[a, b] * (z[b] - mean[b]) } }
        let expected = -0.5 * (Double(L) * Double.log(2 * .pi) + factor.logDeterminant + form)
        let density = try #require(draw.logDensity)
        #expect((density[i, 0] - expected).magnitude < 1e-6 * (1 + expected.magnitude))
        let path = try #require(
          one.head.pathDensity(q, at: draw.z, from: noise, density: density, times: 1, on: tape))
        #expect((path[i, 0] - expected).magnitude < 1e-6 * (1 + expected.magnitude))
        let trace = C.diagonal.reduce(0, +)
        let squares = mean.reduce(0) { $0 + $1 * $1 }
        let kl = 0.5 * (trace + squares - Double(L) - factor.logDeterminant)
        let divergence = try #require(one.head.divergence(q))
        #expect((divergence[i, 0] - kl).magnitude < 1e-9 * (1 + kl))
        if let parts = one.head.dimensionDivergences(q) {
          #expect((parts.value.row(i).reduce(0, +) - kl).magnitude < 1e-9 * (1 + kl))
        }
        let moments = try #require(one.head.moments(q))
        for l in 0..<L {
          #expect((moments.means[i, l] - mean[l]).magnitude < 1e-12)
          #expect((moments.variances[moments.variances.rows == 1 ? 0 : i, l] - C[l, l]).magnitude < 1e-9)
        }
      }
    }
  }

  /// The gradient of ln q by z alone, ∇: moving ε moves z by J, and so ln q by Jᵀ ∇, both by differences.
  @Test(arguments: AutoencoderPosterior.allCases.filter { $0 != .point }, [1, 3])
  func pathGradient(posterior: AutoencoderPosterior, L: Int) throws {
    let (N, S) = (4, 2)
    let one = Case(posterior, latent: L, rows: N, seed: 6, scale: 0.8)
    var random = RandomStream(seed: 4)
    let ε = Matrix(rows: N * S, columns: L, elements: (0..<N * S * L).map { _ in random.normal() })
    func draw(_ ε: Matrix<Double>) throws -> (z: Matrix<Double>, density: Matrix<Double>) {
      try one.on { tape, q in
        let draw = one.head.draw(q, tape.constant(ε), times: S, withDensity: true)
        return (draw.z.value, try #require(draw.logDensity).value)
      }
    }
    let gradient = try one.on { tape, q in
      let noise = tape.constant(ε)
      let draw = one.head.draw(q, noise, times: S, withDensity: true)
      let z = tape.variable(draw.z.value)
      let density = try #require(draw.logDensity)
      let path = try #require(
        one.head.pathDensity(
          q, at: z, from: noise, density: density, times: S, on: tape))
      tape.backward(from: path)
      return z.gradient
    }
    let h = 1e-4
    for l in 0..<L {
      let moved = try [-2.0, -1, 1, 2].map { steps in
        var moved = ε
        for i in 0..<N * S { moved[i, l] += steps * h }
        return try draw(moved)
      }
      for i in 0..<N * S {
        func slope(_ f: [Double]) -> Double { (8 * (f[2] - f[1]) - (f[3] - f[0])) / (12 * h) }
        let expected = slope(moved.map { $0.density[i, 0] })
        let found = (0..<L).reduce(0) { sum, a in sum + gradient[i, a] * slope(moved.map { $0.z[i, a] }) }
        #expect((found - expected).magnitude < 1e-6 * (1 + expected.magnitude), "\(posterior), draw \(i)")
      }
    }
  }

  /// The divergence is the mean of ln q − ln p over draws.
  @Test(arguments: gaussians) func divergenceByDraws(posterior: AutoencoderPosterior) throws {
    let one = Case(posterior, latent: 3, rows: 4, seed: 5)
    let S = 20_000
    try one.on { tape, q in
      let ε = tape.normal(rows: 0..<4, times: S, columns: 3, noise: RandomStream(seed: 2))
      let draw = one.head.draw(q, ε, times: S, withDensity: true)
      let divergence = try #require(one.head.divergence(q))
      for i in 0..<4 {
        let terms = (i * S..<(i + 1) * S).map { s in
          let z = draw.z.elements + s * draw.z.stride
          let prior = (0..<3).reduce(0) { $0 - 0.5 * (z[$1] * z[$1] + Double.log(2 * .pi)) }
          return draw.logDensity![s, 0] - prior
        }
        let mean = MonteCarloMean(terms)
        #expect(mean.agrees(with: divergence[i, 0]), "\(mean), in closed form \(divergence[i, 0])")
      }
    }
  }

  /// Maps that bend: ln q(z | x) is ln q₀ less ln |∂z/∂z₀|, the determinant by differences; draws of another family have q's density.
  @Test(arguments: [0.8, 1.5]) func planarMaps(scale: Double) throws {
    let one = Case(.planar, latent: 2, rows: 4, seed: 6, scale: scale)
    var random = RandomStream(seed: 4)
    func draw(_ ε: Matrix<Double>) throws -> (z: Matrix<Double>, density: Matrix<Double>) {
      try one.on { tape, q in
        let draw = one.head.draw(q, tape.constant(ε), times: 1, withDensity: true)
        return (draw.z.value, try #require(draw.logDensity).value)
      }
    }
    for _ in 0..<5 {
      let ε = Matrix(rows: 4, columns: 2, elements: (0..<8).map { _ in random.normal() })
      let (_, density) = try draw(ε)
      let h = 1e-4
      let columns = try (0..<2).map { l in
        try [-2.0, -1, 1, 2].map { steps in
          var moved = ε
          for i in 0..<4 { moved[i, l] += steps * h }
          return try draw(moved).z
        }
      }
      for i in 0..<4 {
        func d(_ a: Int, _ l: Int) -> Double {
          let f = columns[l].map { $0[i, a] }
          return (8 * (f[2] - f[1]) - (f[3] - f[0])) / (12 * h)
        }
        let determinant = d(0, 0) * d(1, 1) - d(0, 1) * d(1, 0)
        let ofNoise = -0.5 * (ε[i, 0] * ε[i, 0] + ε[i, 1] * ε[i, 1]) - Double.log(2 * .pi)
        let expected = ofNoise - Double.log(determinant.magnitude)
        #expect((density[i, 0] - expected).magnitude < 1e-6 * (1 + expected.magnitude))
      }
    }
    #expect(one.map(0) == nil, "the maps do not bend")
  }

  /// The published formulas of a precision D + u uᵀ: R Rᵀ is its inverse, C = D⁻¹ − η D⁻¹ u uᵀ D⁻¹, ln |C| = ln η − ln |D|.
  @Test(arguments: [0.01, 0.5, 2.0]) func rankOne(scale: Double) throws {
    let L = 4
    let one = Case(.rankOne, latent: L, rows: 3, seed: 8, scale: scale)
    for i in 0..<3 {
      let (_, R) = try #require(one.map(i))
      let q = one.on { _, q in q.value.row(i) }
      let d = q[L..<2 * L].map { Double.exp(-$0) }
      let u = Array(q[2 * L..<3 * L])
      var precision = Matrix.diagonal(d)
      for a in 0..<L { for b in 0..<L { precision[a, b] += u[a] * u[b] } }
      let factor = try #require(Cholesky(precision))
      let inverse = factor.inverse()
      let s: Double = zip(u, d).reduce(0) { $0 + $1.0 * $1.0 / $1.1 }
      let η = 1 / (1 + s)
      let logDeterminant: Double = Double.log(η) - d.reduce(0) { $0 + Double.log($1) }
      #expect((logDeterminant + factor.logDeterminant).magnitude < 1e-9)
      for a in 0..<L {
        for b in 0..<L {
          let C: Double = (0..<L).reduce(0) { $0 + R[a, $1] * R[b, $1] }
          let diagonal = a == b ? 1 / d[a] : 0
          let formula: Double = diagonal - η * u[a] * u[b] / (d[a] * d[b])
          #expect((C - inverse[a, b]).magnitude < 1e-9 * (1 + C.magnitude))
          #expect((C - formula).magnitude < 1e-9 * (1 + C.magnitude))
        }
      }
    }
  }
}
