import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Every contract of a conjugate model, over scale matrices × priors × missing cells × weights × precisions.
@Suite struct StudentContracts {
  @Test(arguments: CovarianceStructure.allCases, Defects.allCases)
  func contracts(_ covariance: CovarianceStructure, _ defects: Defects) async throws {
    for dimensions in [2, 5, 40] {
      for hasPrior in [false, true] {
        // 431 rows leave a full scale matrix of 40 columns, one of three, to the prior.
        if dimensions == 40, covariance == .full { continue }
        try await check(covariance, defects, dimensions, hasPrior, Double.self)
        try await check(covariance, defects, dimensions, hasPrior, Float.self)
      }
    }
  }

  func check<S: LatentScalar>(
    _ covariance: CovarianceStructure, _ defects: Defects, _ D: Int, _ hasPrior: Bool, _: S.Type
  ) async throws {
    let gaussian = MixtureCase(covariance: covariance, dimensions: D).parameters
    let θ = StudentMixtureParameters(
      mixing: gaussian.mixing,
      emission: StudentParameters(
        means: gaussian.means, scales: gaussian.covariances, degreesOfFreedom: [3, 0.9, 60]))
    let x = try StudentMixture<Double>(
      components: 3, dimensions: D, covariance: covariance, degreesOfFreedom: .estimated()
    ).sample(431, at: clipped(θ), using: RandomStream(seed: 3)).values
    let rows = defects.rows(of: x, S.self)
    let prior = hasPrior ? try GaussianPrior.scaled(to: Rows(x), components: 3, covariance: covariance) : nil
    let model = try StudentMixture<S>(
      components: 3, dimensions: D, covariance: covariance, prior: prior, degreesOfFreedom: .estimated())
    let plain = PlainStudent(θ: θ.emission)
    try await EmissionCase(
      name: "\(covariance), \(defects.testDescription), D = \(D), prior \(hasPrior), \(S.precisionName)",
      model: model, rows: rows, parameters: θ, logDensity: { plain.row($0, $1).logDensity },
      split: \.parts,
      add: { x, k, r, zero, numbers in
        plain.add(x, k, r, origins: zero.moments.origins, to: &numbers)
      }, startsAtParameters: !hasPrior
    ).checkContracts()
  }

  /// The same with tails that do not leave the range of single precision.
  private func clipped(_ θ: StudentMixtureParameters) -> StudentMixtureParameters {
    var θ = θ
    θ.emission.degreesOfFreedom = [5, 4, 60]
    return θ
  }
}
