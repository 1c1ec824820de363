import LatentEvidence
import LatentModels
import LatentNumerics
import Testing

/// What the prior and the starts take from the sample where its covariance is singular.
struct SampleScaleTests {
  /// Two balls of unit variance in D columns, `distance` apart in the first.
  private func balls(_ N: Int, _ D: Int, distance: Double, seed: UInt64) -> Matrix<Double> {
    var stream = RandomStream(seed: seed)
    var x = Matrix<Double>(rows: N, columns: D)
    x.withUnsafeMutableElements { x in
      stream.fill(normal: x)
      for n in 0..<N where n % 2 == 0 { x[n * D] += distance }
    }
    return x
  }

  private func fit<S: LatentScalar>(
    _ x: Matrix<S>, _ covariance: CovarianceStructure, prior: Bool
  ) async throws -> GaussianMixtureParameters {
    let scaled = prior ? try GaussianPrior.scaled(to: Rows(x), components: 2, covariance: covariance) : nil
    let model = try GaussianMixture<S>(
      components: 2, dimensions: x.columns, covariance: covariance, prior: scaled)
    // Near the truth, so that only the prior can make a difference.
    let centre = SampleMoments.mean(of: x)
    let means = Matrix(
      [centre, centre].enumerated().map { k, mean in
        [mean[0] + (k == 0 ? -1 : 1) * mean[0]] + mean.dropFirst()
      })
    let start = try model.initialParameters(
      for: Rows(x), start: .means(means), using: RandomStream(seed: 1))
    return try await Fit(CoordinateAscent(model), on: Rows(x)) { _ in .init(parameters: start) }.run()
      .state.parameters
  }

  /// Structures that never look at dependences between columns must not be moved by one.
  @Test(arguments: [CovarianceStructure.diagonal, .spherical])
  func aDuplicateColumnLeavesTheOthersAlone(_ covariance: CovarianceStructure) async throws {
    let x = balls(200, 8, distance: 12, seed: 3)
    let doubled = x.selecting(columns: Array(0..<8) + [7])
    let before = try await fit(x, covariance, prior: true)
    let after = try await fit(doubled, covariance, prior: true)
    for j in 1..<8 {
      let (a, b) = (before.covariance(of: 0)[j, j], after.covariance(of: 0)[j, j])
      #expect(abs(a / b - 1) < 0.1, "column \(j): \(a) and \(b)")
    }
  }

  @Test func aConstantColumnLeavesADiagonalFitAlone() async throws {
    let x = balls(200, 5, distance: 12, seed: 4)
    var padded = Matrix<Double>(rows: 200, columns: 6, repeating: 2.5)
    for n in 0..<200 { for j in 0..<5 { padded[n, j] = x[n, j] } }
    let before = try await fit(x, .diagonal, prior: true)
    let after = try await fit(padded, .diagonal, prior: true)
    for j in 1..<5 {
      #expect(abs(before.covariance(of: 0)[j, j] / after.covariance(of: 0)[j, j] - 1) < 0.1)
    }
    #expect(after.means[0, 5] == 2.5)
  }

  /// Images with blank pixels: the prior's scale is many times the spread of the data, the starts must not be.
  @Test(arguments: [CovarianceStructure.full, .tied, .diagonal, .spherical])
  func randomStartsAreAsWideAsTheData(_ covariance: CovarianceStructure) throws {
    var x = balls(300, 40, distance: 6, seed: 5)
    for n in 0..<300 { for j in 30..<40 { x[n, j] = 0 } }
    let prior = try GaussianPrior.scaled(
      to: Rows(x), components: 2, covariance: covariance, sharesUnits: true)
    let model = try GaussianMixture<Double>(
      components: 2, dimensions: 40, covariance: covariance, prior: prior)
    let total = SampleMoments.meanAndCovariance(of: x).covariance.diagonal.reduce(0, +)
    for start in [MixtureStart.randomRows, .kMeans] {
      let θ = try model.initialParameters(
        for: Rows(x), start: start, sharesUnits: true, using: RandomStream(seed: 2))
      for k in 0..<2 {
        let trace = θ.covariance(of: k).diagonal.reduce(0, +)
        #expect((0.1...1.2).contains(trace / total), "\(start) component \(k): \(trace) of \(total)")
      }
    }
  }

  /// Clusters far apart against their size are no collapse, also in single precision.
  @Test(arguments: CovarianceStructure.allCases)
  func distantClustersAreNotCollapsed(_ covariance: CovarianceStructure) async throws {
    let x = balls(2000, 2, distance: 1e4, seed: 6)
    let single = try await fit(x.converted(to: Float.self), covariance, prior: false)
    for k in 0..<2 { #expect(abs(single.covariance(of: k)[1, 1] - 1) < 0.2) }
  }

  /// Very many rows: k-means sees a part of them, the same part at any number of threads.
  @Test func startsFromManyRowsFindTheClusters() throws {
    let x = balls(140_000, 2, distance: 20, seed: 7)
    let model = try GaussianMixture<Double>(components: 2, dimensions: 2)
    let one = try model.initialParameters(for: Rows(x), using: RandomStream(seed: 1), threads: 1)
    let two = try model.initialParameters(for: Rows(x), using: RandomStream(seed: 1), threads: 2)
    #expect(one == two)
    let first = one.means.column(0).sorted()
    #expect(abs(first[0]) < 0.1 && abs(first[1] - 20) < 0.1)
  }
}
