// N observations, D dimensions, K components

import LatentEvidence
import LatentModels
import LatentNumerics
import Testing

/// Small, awkward, random problems: far from zero, rounded, nearly or wholly dependent columns, hardly any rows. Each
/// ends in a finite fit or in an error about the data; none is taken for a defect.
@Suite struct AdversarialTests {
  @Test(arguments: 0..<8) func endsProperly(_ batch: Int) async throws {
    for trial in batch * 400..<(batch + 1) * 400 {
      var stream = RandomStream(seed: 77).substream(trial)
      let N = [2, 3, 4, 6, 10, 20, 50, 200][stream.integer(below: 8)]
      let D = [1, 2, 3, 5, 12, 34][stream.integer(below: 6)]
      let K = Swift.min(N, 1 + stream.integer(below: 5))
      let covariance = CovarianceStructure.allCases[stream.integer(below: 4)]
      let (hasPrior, single) = (stream.integer(below: 2) == 0, stream.integer(below: 2) == 0)
      let offset = [0, 10, 1e3, 1e5, 1e7][stream.integer(below: 5)]
      let isRounded = stream.integer(below: 3) == 0
      var x = Matrix<Double>(rows: N, columns: D)
      for n in 0..<N {
        for j in 0..<D {
          let value = stream.normal() * (stream.integer(below: 20) == 0 ? 10 : 1)
          x[n, j] = offset + (isRounded ? value.rounded() : value)
        }
      }
      if D > 1, stream.integer(below: 4) == 0 {
        let noise = stream.integer(below: 2) == 0 ? 0 : 1e-3
        for n in 0..<N { x[n, 1] = 2 * x[n, 0] + noise * stream.normal() }
      }
      let start: MixtureStart = trial % 2 == 0 ? .kMeans : .randomRows
      let name = "trial \(trial): \(N) × \(D), K = \(K), \(covariance), prior \(hasPrior), offset \(offset)"
      if single {
        await fit(x.converted(to: Float.self), K, covariance, hasPrior, start, name)
      } else {
        await fit(x, K, covariance, hasPrior, start, name)
      }
    }
  }

  func fit<S: LatentScalar>(
    _ x: Matrix<S>, _ K: Int, _ covariance: CovarianceStructure, _ hasPrior: Bool, _ start: MixtureStart,
    _ name: String
  ) async {
    do {
      let prior =
        hasPrior ? try GaussianPrior.scaled(to: Rows(x), components: K, covariance: covariance) : nil
      let model = try GaussianMixture<S>(
        components: K, dimensions: x.columns, covariance: covariance, prior: prior)
      let stopping = StoppingRule(maximumIterations: 200)
      let fit = Fit(CoordinateAscent(model, threads: 1), on: Rows(x), stopping: stopping) {
        (_) throws(InferenceError) in
        .init(
          parameters: try model.initialParameters(
            for: Rows(x), start: start, using: RandomStream(seed: 1), threads: 1))
      }
      let result = try await fit.run()
      #expect(result.bound.isFinite, "\(name)")
    } catch InferenceError.collapsed(let collapse) {
      #expect(collapse.count >= 0 && collapse.count <= Double(x.rows) + 1e-6, "\(name): \(collapse)")
      // A prior is what keeps components from collapsing; only single precision may fail to carry it.
      #expect(!hasPrior || S.self == Float.self, "\(name): \(collapse)")
    } catch InferenceError.noVariation {
    } catch {
      Issue.record("\(name): \(error)")
    }
  }
}
