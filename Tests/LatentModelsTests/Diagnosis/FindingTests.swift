import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// What is said about fits, on fits of which it is known.
@Suite struct FindingTests {
  /// `count` rows about each of some points in the plane.
  static func clouds(_ centres: [[Double]], _ count: Int, spread: Double = 1) -> Matrix<Double> {
    var stream = RandomStream(seed: 3)
    return Matrix(
      centres.flatMap { centre in
        (0..<count).map { _ in centre.map { $0 + spread * stream.normal() } }
      })
  }

  static func parameters(
    _ weights: [Double], _ means: [[Double]], _ variances: [[Double]]
  ) -> GaussianMixtureParameters {
    GaussianMixtureParameters(
      weights: weights, means: Matrix(means), covariances: .diagonal(Matrix(variances)))
  }

  @Test func nothingToSay() throws {
    let x = Rows(Self.clouds([[0, 0], [20, 0]], 50))
    let model = try GaussianMixture<Double>(components: 2, dimensions: 2, covariance: .diagonal)
    let θ = Self.parameters([0.5, 0.5], [[0, 0], [20, 0]], [[1, 1], [1, 1]])
    #expect(try model.findings(in: x, at: θ) == [])
  }

  /// A component where no row is; its count is the sum of its responsibilities.
  @Test func empty() throws {
    let x = Rows(Self.clouds([[0, 0], [20, 0]], 50))
    let model = try GaussianMixture<Double>(components: 3, dimensions: 2, covariance: .diagonal)
    let θ = Self.parameters([0.5, 0.49, 0.01], [[0, 0], [20, 0], [10, 40]], [[1, 1], [1, 1], [1, 1]])
    let findings = try model.findings(in: x, at: θ)
    guard findings.count == 1, case .empty(component: 2, let count) = findings[0] else {
      Issue.record("\(findings)")
      return
    }
    #expect(count >= 0 && count < 1e-9)
  }

  /// From some of the rows, with the numbers that parameters tell of all.
  @Test func ofASample() throws {
    let clouds = Self.clouds([[0, 0], [20, 0]], 50)
    let model = try GaussianMixture<Double>(components: 4, dimensions: 2, covariance: .diagonal)
    let θ = Self.parameters(
      [0.3, 0.4995, 0.2, 0.0005], [[0, 0], [20, 0], [0.01, 0], [10, 40]],
      [[1, 1], [1, 1], [1, 1], [1, 1]])
    let sample = Rows(clouds.selecting(rows: Array(stride(from: 0, to: 100, by: 4))))
    let counts = model.expectedCounts(at: θ, total: 10_000)
    let findings = try model.findings(in: sample, at: θ, expectedCounts: counts)
    // Five of ten thousand rows are in the last, though none of the sample.
    guard findings.count == 1, case .duplicates(0, 2, _) = findings[0] else {
      Issue.record("\(findings)")
      return
    }
    let few = try model.findings(
      in: sample, at: θ, expectedCounts: model.expectedCounts(at: θ, total: 1000))
    #expect(few.contains(.empty(component: 3, count: 0.5)), "\(few)")
  }

  /// Two components over one cloud: the cosine of their responsibilities.
  @Test func duplicates() throws {
    let x = Rows(Self.clouds([[0, 0], [20, 0]], 50))
    let model = try GaussianMixture<Double>(components: 3, dimensions: 2, covariance: .diagonal)
    let θ = Self.parameters([0.3, 0.5, 0.2], [[0, 0], [20, 0], [0.01, 0]], [[1, 1], [1, 1], [1, 1]])
    let findings = try model.findings(in: x, at: θ)
    guard findings.count == 1, case .duplicates(0, 2, let similarity) = findings[0] else {
      Issue.record("\(findings)")
      return
    }
    let r = try model.posterior(of: x, at: θ).responsibilities
    func product(_ a: Int, _ b: Int) -> Double { (0..<100).reduce(0) { $0 + r[$1, a] * r[$1, b] } }
    let cosine = product(0, 2) / (product(0, 0) * product(2, 2)).squareRoot()
    #expect((similarity - cosine).magnitude < 1e-12 && cosine > 0.98)
    // Half as far as they are wide they are two.
    let apart = Self.parameters(
      [0.3, 0.5, 0.2], [[-2, 0], [20, 0], [2, 0]], [[1, 1], [1, 1], [1, 1]])
    #expect(try model.findings(in: x, at: apart) == [])
  }

  /// A component that has drawn itself together about three rows, along the second column.
  @Test func narrow() throws {
    var x = Self.clouds([[0, 0], [20, 0]], 50)
    for n in [7, 60, 3] { (x[n, 0], x[n, 1]) = (40 + Double(n) / 100, 5) }
    let rows = Rows(x, weights: (0..<100).map { $0 == 60 ? 2 : 1 })
    let model = try GaussianMixture<Double>(components: 3, dimensions: 2, covariance: .diagonal)
    let θ = Self.parameters(
      [0.48, 0.48, 0.04], [[0, 0], [20, 0], [40, 5]], [[1, 1], [1, 1], [0.2, 1e-8]])
    let findings = try model.findings(in: rows, at: θ)
    guard findings.count == 1,
      case .narrow(component: 2, column: 1, let variance, let count, let members) = findings[0]
    else {
      Issue.record("\(findings)")
      return
    }
    #expect((count - 4).magnitude < 1e-6 && members.sorted() == [3, 7, 60])
    // Against the mixture's variance of the column: 1 within, and little between.
    let mean = 0.04 * 5
    let total = 0.96 * (1 + mean * mean) + 0.04 * (1e-8 + (5 - mean) * (5 - mean))
    #expect((variance / (1e-8 / total) - 1).magnitude < 1e-12)
  }

  /// Fewer rows than a tenth of the component's parameters: 12 columns have 90, so 9 rows, of the second cloud's 6.
  @Test func small() throws {
    var stream = RandomStream(seed: 9)
    let x = Rows(
      Matrix<Double>((0..<100).map { n in (0..<12).map { _ in (n < 6 ? 30 : 0) + stream.normal() } }))
    let model = try GaussianMixture<Double>(components: 2, dimensions: 12)
    func θ(_ share: Double) -> GaussianMixtureParameters {
      GaussianMixtureParameters(
        weights: [1 - share, share],
        means: Matrix([Array(repeating: 0, count: 12), Array(repeating: 30, count: 12)]),
        covariances: .full([.identity(12), .identity(12)]))
    }
    let findings = try model.findings(in: x, at: θ(0.06))
    guard findings.count == 1, case .small(component: 1, let count, let members) = findings[0] else {
      Issue.record("\(findings)")
      return
    }
    #expect((count - 6).magnitude < 1e-9 && members.sorted() == Array(0..<6))
    // Each counted twice they are twelve.
    #expect(
      try model.findings(in: Rows(x.values, weights: Array(repeating: 2, count: 100)), at: θ(0.06)) == [])
  }

  /// Weights may be shares of the table: what counts is how many rows' worth a component holds.
  @Test func weightsThatSumToLittle() throws {
    let x = Self.clouds([[0, 0], [20, 0]], 50)
    // Powers of two, whose sums are exact.
    let shares = Rows(x, weights: Array(repeating: 1 / 64.0, count: 100))
    let model = try GaussianMixture<Double>(components: 3, dimensions: 2, covariance: .diagonal)
    let θ = Self.parameters([0.5, 0.48, 0.02], [[0, 0], [20, 0], [10, 40]], [[1, 1], [1, 1], [1, 1]])
    let findings = try model.findings(in: shares, at: θ)
    guard findings.count == 1, case .empty(component: 2, _) = findings[0] else {
      Issue.record("\(findings)")
      return
    }
    #expect(shares.weightOfOneRow == 1 / 64.0 && Rows(x).weightOfOneRow == 1)
    #expect(Rows(x, weights: (0..<100).map { Double($0 % 3) }).weightOfOneRow == 1)
    let total = shares.totalWeight
    #expect(model.effectiveComponents(at: θ, total: total, row: shares.weightOfOneRow) == 3)
    #expect(model.effectiveComponents(at: θ, total: total) == 0)
    #expect(model.effectiveComponents(at: θ, total: 40) == 2)
  }

  /// The smallest variance of a column given those before it, against the mixture's own variance.
  @Test func narrowestDirections() {
    // Σ = L Lᵀ with diagonals of L given, so that conditional variances are their squares.
    let L = Matrix<Double>([[2, 0, 0], [1, 0.1, 0], [-1, 3, 1.5]])
    var Σ = Matrix<Double>(rows: 3, columns: 3)
    for i in 0..<3 { for j in 0..<3 { for l in 0..<3 { Σ[i, j] += L[i, l] * L[j, l] } } }
    let means = Matrix<Double>([[0, 0, 0], [4, -2, 1]])
    let full = GaussianParameters(means: means, covariances: .full([Σ, .diagonal([1, 9, 0.04])]))
    let weights = [0.25, 0.75]
    let mean = (0..<3).map { 0.25 * means[0, $0] + 0.75 * means[1, $0] }
    let own = [Σ.diagonal, [1, 9, 0.04]]
    let total = (0..<3).map { j in
      (0..<2).reduce(0.0) { sum, k in
        let offset = means[k, j] - mean[j]
        return sum + weights[k] * (own[k][j] + offset * offset)
      }
    }
    let found = full.narrowestDirections(weights: weights)
    #expect(found.map(\.column) == [1, 2])
    #expect((found[0].relativeVariance * total[1] / 0.01 - 1).magnitude < 1e-10)
    #expect((found[1].relativeVariance * total[2] / 0.04 - 1).magnitude < 1e-12)
    // Of factor analysers the noise alone: loadings may be as long as they like.
    let factors = FactorParameters(
      means: Matrix([[0, 0, 0]]), loadings: [Matrix([[5.0], [1], [0]])], noise: Matrix([[0.5, 0.2, 0.3]]))
    let direction = factors.narrowestDirections(weights: [1])[0]
    #expect(direction.column == 0 && (direction.relativeVariance - 0.5 / 25.5).magnitude < 1e-15)
  }
}
