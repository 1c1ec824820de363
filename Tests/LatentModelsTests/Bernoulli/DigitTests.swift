import LatentData
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Bishop's example: 600 images of the digits 2, 3 and 4, binarised at ½, three components (§9.3.3, figure 9.10).
@Suite struct DigitTests {
  let rows: Rows<Float>
  let labels: [String]

  init() throws {
    let table = try DataCatalogue().load("mnist-sample", as: Float.self)
    let all = try #require(table.labels)
    let chosen = Array(all.indices.filter { ["2", "3", "4"].contains(all[$0]) }.prefix(600))
    let images = table.values.selecting(rows: chosen)
    rows = Rows(
      Matrix(rows: images.rows, columns: images.columns, elements: images.elements.map { $0 > 0.5 ? 1 : 0 }))
    labels = chosen.map { all[$0] }
  }

  /// The best of fits from these starts: how well its clusters are the digits, and its bound per image.
  func best<F: Emission>(
    _ model: Mixture<F>, starts: [MixtureStart], steps: Int = 200
  ) async throws -> (agreement: Agreement, bound: Double) where F.Scalar == Float {
    let rows = rows
    let result = try await Fit(
      CoordinateAscent(model), on: rows, stopping: StoppingRule(tolerance: 1e-5, maximumIterations: steps),
      restarts: starts.count
    ) { (restart) throws(InferenceError) in
      .init(
        parameters: try model.initialParameters(
          for: rows, start: starts[restart], sharesUnits: true,
          using: RandomStream(seed: 1).substream(restart)))
    }.run()
    let r = try model.posterior(of: rows, at: result.state.parameters).responsibilities
    let clusters = (0..<rows.rows).map { n in (0..<3).max { r[n, $0] < r[n, $1] } ?? 0 }
    return (Agreement(of: clusters, with: labels), result.bound.value / Double(rows.rows))
  }

  @Test func enoughDigits() { #expect(rows.rows == 600 && Set(labels).count == 3) }

  /// From k-means. Other starts end in maxima that are not higher (`Tests/Reference/generate_bernoulli.py`).
  @Test func maximumLikelihood() async throws {
    let model = try BernoulliMixture<Float>(components: 3, dimensions: 784)
    let (agreement, bound) = try await best(model, starts: [.kMeans])
    #expect(agreement.majorityAccuracy > 0.84, "\(agreement)")
    #expect(agreement.adjustedRandIndex > 0.61, "\(agreement)")
    #expect((bound + 184.5975).magnitude < 1e-3, "\(bound)")
    let random: [String: Double] = try reference("bernoulli-digits.json")
    #expect(bound > random["bound per image"] ?? 0)
  }

  /// The book's starts, probabilities uniform between ¼ and ¾ that know nothing of the data.
  @Test func randomProbabilities() async throws {
    let starts = (0..<6).map { seed in
      var stream = RandomStream(seed: 3).substream(seed)
      return MixtureStart.means(
        Matrix(rows: 3, columns: 784, elements: (0..<3 * 784).map { _ in 0.25 + 0.5 * stream.uniform() }))
    }
    let model = try BernoulliMixture<Float>(components: 3, dimensions: 784)
    let (agreement, bound) = try await best(model, starts: starts)
    #expect(agreement.majorityAccuracy > 0.7, "\(agreement)")
    #expect(bound < -184.5975 && bound > -195, "\(bound)")
  }

  @Test func variational() async throws {
    let model = try Mixture(components: 3, of: VariationalBernoulliEmission<Float>(dimensions: 784))
    let (agreement, bound) = try await best(model, starts: [.kMeans, .randomRows])
    #expect(agreement.majorityAccuracy > 0.84, "\(agreement)")
    #expect(agreement.adjustedRandIndex > 0.61, "\(agreement)")
    #expect((bound + 199.99).magnitude < 5e-3, "\(bound)")
  }
}
