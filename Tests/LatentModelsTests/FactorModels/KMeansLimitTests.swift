// N rows, D columns, K centres

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// k-means is the zero-noise limit of the spherical mixture with equal weights and a common, given σ².
@Suite struct KMeansLimitTests {
  let x: Matrix<Double> = {
    var stream = RandomStream(seed: 8)
    return Matrix(
      rows: 150, columns: 2,
      elements: (0..<150).flatMap { n in [3 * Double(n % 3) + stream.normal(), stream.normal()] })
  }()

  /// With the bound L(σ²), Σ‖x − c‖² − 2σ² N ln K ≤ −2σ² (L + ½ND ln 2πσ² ) − 2σ² N ln K ≤ Σ‖x − c‖², so its limit is
  /// the distortion; responsibilities harden, and the θ-step becomes Lloyd's.
  @Test func limit() throws {
    let clusters = KMeans(Rows(x), components: 3, lloydSteps: 100, using: RandomStream(seed: 1), threads: 1)
    let model = try GaussianMixture<Double>(components: 3, dimensions: 2, covariance: .spherical)
    let (N, squares) = (Double(x.rows), 2 * clusters.distortion)
    var gap = Double.infinity
    for σ² in [1e-1, 1e-2, 1e-3, 1e-4] {
      let θ = GaussianMixtureParameters(
        weights: [1.0 / 3, 1.0 / 3, 1.0 / 3], means: clusters.centres,
        covariances: .spherical([σ², σ², σ²]))
      let oracle = try model.oracle(at: θ, threads: 1)
      var statistics = oracle.zero
      let bound = try oracle.accumulate(Rows(x), into: &statistics)
      let scaled = -2 * σ² * (bound.value + N * Double.log(2 * .pi * σ²) + N * Double.log(3))
      #expect(scaled <= squares + 1e-9 && scaled >= squares - 2 * σ² * N * Double.log(3) - 1e-9)
      #expect(squares - scaled < gap)
      gap = squares - scaled
      guard σ² == 1e-4 else { continue }
      #expect(gap < 1e-6 * squares)
      let r = try model.posterior(of: Rows(x), at: θ).responsibilities
      for n in 0..<x.rows { #expect(r[n, Int(clusters.assignments[n])] > 1 - 1e-6) }
      // k-means has converged: its θ-step moves no centre.
      let next = try model.parameters(maximizing: statistics, threads: 1)
      expectAgreement("centres", next.means.elements, clusters.centres.elements, tolerance: 1e-7)
    }
  }
}
