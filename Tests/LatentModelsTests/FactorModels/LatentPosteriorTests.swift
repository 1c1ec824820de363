// D dimensions, L factors

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Posteriors of factors and missing cells against dense Gaussian conditioning, which knows no Woodbury.
@Suite struct LatentPosteriorTests {
  static let cases = [
    FactorCase(noise: .isotropic), FactorCase(noise: .diagonal, missing: 0.3),
    FactorCase(noise: .sharedDiagonal, components: 2, single: true, missing: 0.2, weighted: true),
  ]

  /// E[z | x] = Wᵀ Σ⁻¹ (x − μ), Cov[z | x] = I − Wᵀ Σ⁻¹ W.
  @Test(arguments: cases) func factors(_ one: FactorCase) throws {
    func check<S: LatentScalar>(_: S.Type, tolerance: Double) throws {
      let rows = try one.observations(S.self)
      let model = try one.model(for: rows)
      let θ = one.parameters
      let k = one.components - 1
      let posterior = try model.latentPosterior(of: rows, at: θ, component: k)
      let rotated = θ.emission.inCanonicalRotation()
      let (W, Σ) = (rotated.loadings[k], PlainFactors.covariance(rotated, k))
      for i in 0..<rows.rows {
        let n = rows.sourceIndex(of: i)
        let row = rows.values.row(i).map { Double($0) }
        let seen = row.indices.filter { !row[$0].isNaN }
        var (mean, variance) = (
          [Double](repeating: 0, count: one.factors), [Double](repeating: 1, count: one.factors)
        )
        if !seen.isEmpty {
          let inverse = Plain.inverse(Matrix(seen.map { a in seen.map { Σ[a][$0] } })).inverse
          for l in 0..<one.factors {
            for (a, i) in seen.enumerated() {
              for (b, j) in seen.enumerated() {
                mean[l] += W[i, l] * inverse[a][b] * (row[j] - θ.emission.means[k, j])
                variance[l] -= W[i, l] * inverse[a][b] * W[j, l]
              }
            }
          }
        }
        expectAgreement("mean", posterior.means.row(n), mean, tolerance: tolerance)
        expectAgreement(
          "deviation", posterior.deviations.row(n), variance.map { $0.squareRoot() }, tolerance: tolerance)
      }
    }
    if one.single { try check(Float.self, tolerance: 1e-9) } else { try check(Double.self, tolerance: 1e-9) }
  }

  /// The rotation changes no density, makes the posterior's precision diagonal and falling, and is its own fixed point.
  @Test func rotation() throws {
    for noise in [NoiseStructure.isotropic, .diagonal] {
      let θ = FactorCase(noise: noise, components: 2, dimensions: 8, factors: 3).parameters.emission
      let turned = θ.inCanonicalRotation()
      for k in 0..<2 {
        expectAgreement(
          "covariance", turned.covariance(of: k).elements, θ.covariance(of: k).elements, tolerance: 1e-12)
        let (W, ψ) = (turned.loadings[k], θ.noiseVariances(of: k))
        let M = (0..<3).map { a in (0..<3).map { b in (0..<8).reduce(0) { $0 + W[$1, a] * W[$1, b] / ψ[$1] } }
        }
        for a in 0..<3 { for b in 0..<3 where a != b { #expect(M[a][b].magnitude < 1e-10 * M[0][0]) } }
        #expect(M[0][0] > M[1][1] && M[1][1] > M[2][2])
        for l in 0..<3 { #expect((W.column(l).max { $0.magnitude < $1.magnitude } ?? 0) > 0) }
      }
      let again = turned.inCanonicalRotation()
      for k in 0..<2 {
        expectAgreement("again", again.loadings[k].elements, turned.loadings[k].elements, tolerance: 1e-10)
      }
    }
  }

  /// A row on the plane of the factors comes back, as the noise vanishes.
  @Test func reconstruction() throws {
    let one = FactorCase(noise: .isotropic, dimensions: 7, factors: 3)
    var θ = one.parameters
    θ.emission.noise = Matrix(rows: 1, columns: 1, repeating: 1e-8)
    let model = try FactorMixture<Double>(components: 1, dimensions: 7, factors: 3, noise: .isotropic)
    let z = Matrix<Double>([[1, -2, 0.5], [0, 0, 0], [3, 1, -1]])
    let x = try model.reconstruction(of: z, at: θ)
    let back = try model.latentPosterior(of: Rows(x), at: θ)
    expectAgreement("factors", back.means.elements, z.elements, tolerance: 1e-6)
    #expect(back.deviations.elements.allSatisfy { $0 < 1e-3 })
    #expect(throws: InferenceError.self) { try model.reconstruction(of: Matrix([[1.0]]), at: θ) }
  }

  /// p(x_m | x_o) = 𝒩(μ_m + Σ_mo Σ_oo⁻¹ (x_o − μ_o), Σ_mm − Σ_mo Σ_oo⁻¹ Σ_om).
  @Test(arguments: [NoiseStructure.isotropic, .diagonal]) func imputation(_ noise: NoiseStructure) throws {
    let one = FactorCase(noise: noise, components: 2)
    let θ = one.parameters.emission
    let family = try FactorAnalyserEmission<Double>(dimensions: 6, factors: 2, noise: noise)
    let row = [1.0, .nan, 2.5, .nan, -1, 0.5]
    for (k, missing) in [(0, [1, 3]), (1, [1, 3]), (1, [0, 1, 2, 3, 4, 5])] {
      let conditional = try family.imputer(at: θ).conditional(missing: missing)
      let seen = (0..<6).filter { !missing.contains($0) }
      let Σ = PlainFactors.covariance(θ, k)
      let inverse = seen.isEmpty ? [] : Plain.inverse(Matrix(seen.map { a in seen.map { Σ[a][$0] } })).inverse
      let gains = missing.map { m in
        seen.indices.map { b in seen.indices.reduce(0) { $0 + Σ[m][seen[$1]] * inverse[$1][b] } }
      }
      func covariance(_ a: Int, _ b: Int) -> Double {
        Σ[missing[a]][missing[b]] - seen.indices.reduce(0) { $0 + gains[a][$1] * Σ[seen[$1]][missing[b]] }
      }
      let means = missing.indices.map { a in
        seen.indices.reduce(θ.means[k, missing[a]]) {
          $0 + gains[a][$1] * (row[seen[$1]] - θ.means[k, seen[$1]])
        }
      }
      for (a, cell) in conditional.cells(of: row, component: k).enumerated() {
        guard case .number(let mean, let variance) = cell else {
          Issue.record("a number is no category")
          continue
        }
        #expect((mean - means[a]).magnitude < 1e-10 && (variance - covariance(a, a)).magnitude < 1e-10)
      }
      var stream = RandomStream(seed: 5)
      let draws = (0..<4000).map { _ in conditional.draw(of: row, component: k, using: &stream) }
      #expect(MonteCarloMean(draws.map { $0[0] }).agrees(with: means[0]))
      #expect(
        MonteCarloMean(draws.map { ($0[0] - means[0]) * ($0[1] - means[1]) }).agrees(with: covariance(0, 1)))
    }
  }

  @Test func sampling() throws {
    let one = FactorCase(noise: .diagonal, dimensions: 4)
    let θ = one.parameters
    let model = try FactorMixture<Double>(components: 1, dimensions: 4, factors: 2)
    let (x, _) = try model.sample(6000, at: θ, using: RandomStream(seed: 2))
    let Σ = PlainFactors.covariance(θ.emission, 0)
    for i in 0..<4 {
      #expect(MonteCarloMean(x.column(i)).agrees(with: θ.emission.means[0, i]))
      for j in 0..<4 {
        let products = (0..<x.rows).map {
          (x[$0, i] - θ.emission.means[0, i]) * (x[$0, j] - θ.emission.means[0, j])
        }
        #expect(MonteCarloMean(products).agrees(with: Σ[i][j]), "\(i), \(j)")
      }
    }
  }
}
