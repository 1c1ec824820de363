// N rows, D columns, K centres

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct KMeansTests {
  func data<S: LatentScalar>(_ N: Int, _ D: Int, clusters: Int = 4, as _: S.Type = S.self) -> Matrix<S> {
    var stream = RandomStream(seed: 6)
    return Matrix(
      rows: N, columns: D,
      elements: (0..<N).flatMap { n in
        (0..<D).map { j in S(8 * Double((n % clusters) * (j + 1)) + stream.normal()) }
      })
  }

  /// Half the weighted squared distances, by plain sums.
  func plainDistortion<S: LatentScalar>(_ x: Matrix<S>, _ means: KMeans<S>, weights: [Double]) -> Double {
    (0..<x.rows).reduce(0) { total, n in
      let distances = (0..<means.centres.rows).map { k in
        (0..<x.columns).reduce(0.0) { sum, j in
          let d = (Double(x[n, j]) - Double(means.centres[k, j])) * weights[j]
          return sum + d * d
        }
      }
      let nearest = distances.min() ?? 0
      let own = distances[Int(means.assignments[n])]
      #expect(
        own <= nearest * (1 + 100 * Double(S.ulpOfOne)) + 1e-12, "row \(n) is not with its nearest centre")
      return total + nearest / 2
    }
  }

  @Test(arguments: [1, 2, 4, 9], [1, 3, 40]) func distortionFalls(K: Int, D: Int) {
    func check<S: LatentScalar>(_: S.Type) {
      let x = data(700, D, as: S.self)
      let weights = (0..<D).map { S(1 + $0 % 3) }
      var before = Double.infinity
      for steps in 0..<8 {
        let means = KMeans(
          Rows(x), components: K, columnWeights: weights, lloydSteps: steps, using: RandomStream(seed: 2))
        #expect(means.distortion <= before * (1 + 1e3 * Double(S.ulpOfOne)), "after \(steps) steps")
        let plain = plainDistortion(x, means, weights: weights.map { Double($0) })
        #expect((means.distortion - plain).magnitude <= 1e3 * Double(S.ulpOfOne) * plain)
        before = means.distortion
      }
    }
    check(Double.self)
    check(Float.self)
  }

  /// Well separated clusters are found, and centres are the means of their rows.
  @Test func findsClusters() {
    let x = data(400, 2, as: Double.self)
    let means = KMeans(Rows(x), components: 4, using: RandomStream(seed: 1))
    for k in 0..<4 {
      let members = (0..<400).filter { means.assignments[$0] == means.assignments[k] }
      #expect(members == Array(stride(from: k, to: 400, by: 4)))
      for j in 0..<2 {
        let mean = members.reduce(0) { $0 + x[$1, j] } / 100
        #expect((means.centres[Int(means.assignments[k]), j] - mean).magnitude < 1e-12 * (1 + mean))
      }
    }
  }

  @Test func threadsDoNotMatter() {
    let x = data(5000, 3, as: Float.self)
    let results = [1, 2, 4].map { KMeans(Rows(x), components: 7, using: RandomStream(seed: 3), threads: $0) }
    for other in results.dropFirst() {
      #expect(other.centres == results[0].centres && other.assignments == results[0].assignments)
      #expect(other.distortion.bitPattern == results[0].distortion.bitPattern)
    }
  }

  @Test func asManyCentresAsRows() {
    let x = data(9, 2, as: Double.self)
    let means = KMeans(Rows(x), components: 9, using: RandomStream(seed: 3))
    #expect(means.distortion == 0 && Set(means.assignments).count == 9)
    let one = KMeans(Rows(x[rows: 0..<1]), components: 1, using: RandomStream(seed: 3))
    #expect(one.centres == x[rows: 0..<1] && one.assignments == [0])
  }

  /// More centres than distinct rows: some stay without rows, all are rows.
  @Test(arguments: [2, 5, 30]) func duplicates(K: Int) {
    let x = Matrix<Double>(rows: 30, columns: 2, elements: (0..<60).map { Double($0 / 2 % 2) })
    let means = KMeans(Rows(x), components: K, using: RandomStream(seed: 3))
    #expect(means.distortion == 0 && means.centres.rows == K)
    #expect(means.centres.elements.allSatisfy { $0 == 0 || $0 == 1 })
    let same = KMeans(
      Rows(Matrix<Float>(rows: 30, columns: 2, repeating: 5)), components: K, using: RandomStream(seed: 3))
    #expect(same.distortion == 0 && same.centres.elements.allSatisfy { $0 == 5 })
  }

  /// Distances that overflow still give K centres among the rows.
  @Test func overflow() {
    var x = data(50, 2, as: Float.self)
    for n in 0..<50 { x[n, 0] *= 1e30 }
    let means = KMeans(Rows(x), components: 6, using: RandomStream(seed: 3))
    #expect(means.centres.rows == 6 && means.centres.elements.allSatisfy { $0.isFinite })
    #expect(means.assignments.allSatisfy { (0..<6).contains($0) })
  }
}

@Suite struct MixtureStartTests {
  let one = MixtureCase(covariance: .full, dimensions: 3)

  @Test(arguments: CovarianceStructure.allCases, [false, true])
  func starts(_ covariance: CovarianceStructure, prior: Bool) throws {
    let x = try one.observations(Double.self)
    let scaled = try GaussianPrior.scaled(to: Rows(x), components: 3)
    let model = try GaussianMixture<Double>(
      components: 3, dimensions: 3, covariance: covariance, prior: prior ? scaled : nil)
    let stream = RandomStream(seed: 5)

    let random = try model.initialParameters(for: Rows(x), start: .randomRows, using: stream)
    #expect(random.weights == [1, 1, 1].map { $0 / 3.0 })
    let rows = Set((0..<x.rows).map { x.row($0) })
    #expect((0..<3).allSatisfy { rows.contains(random.means.row($0)) })
    #expect(Set((0..<3).map { random.means.row($0) }).count == 3)
    let expected: Matrix<Double> =
      switch covariance {
      case .full, .tied: scaled.scale
      case .diagonal: .diagonal(scaled.scale.diagonal)
      case .spherical: .diagonal(Array(repeating: scaled.scale.diagonal.reduce(0, +) / 3, count: 3))
      }
    expectAgreement("covariance", random.covariance(of: 2).elements, expected.elements, tolerance: 1e-14)

    let means = Matrix<Double>([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    #expect(try model.initialParameters(for: Rows(x), start: .means(means), using: stream).means == means)

    // k-means: reproducible, at any number of threads, and the M-step of its clusters under the prior.
    let start = try model.initialParameters(for: Rows(x), start: .kMeans, using: stream, threads: 1)
    #expect(try model.initialParameters(for: Rows(x), start: .kMeans, using: stream, threads: 4) == start)
    let weights = covariance == .spherical ? nil : scaled.scale.diagonal.map { 1 / $0.squareRoot() }
    let clusters = KMeans(Rows(x), components: 3, columnWeights: weights, using: stream)
    for k in 0..<3 {
      let members = (0..<x.rows).filter { clusters.assignments[$0] == Int32(k) }
      #expect((start.weights[k] - Double(members.count) / Double(x.rows)).magnitude < 1e-14)
      let R = Double(members.count)
      for j in 0..<3 {
        let mean = members.reduce(0) { $0 + x[$1, j] } / R
        let expected = (R * mean + 0.01 * scaled.mean[j]) / (R + 0.01)
        #expect((start.means[k, j] - expected).magnitude < 1e-12)
      }
    }
  }

  /// The scaled prior: the sample mean and the sample covariance over K^(2/D).
  @Test func scaledPrior() throws {
    let x = try one.observations(Double.self)
    let prior = try GaussianPrior.scaled(to: Rows(x), components: 8)
    let N = Double(x.rows)
    let mean = (0..<3).map { x.column($0).reduce(0, +) / N }
    expectAgreement("mean", prior.mean, mean, tolerance: 1e-13)
    for i in 0..<3 {
      for j in 0..<3 {
        let covariance = (0..<x.rows).reduce(0) { $0 + (x[$1, i] - mean[i]) * (x[$1, j] - mean[j]) } / (N - 1)
        #expect((prior.scale[i, j] - covariance / 4).magnitude < 1e-12)  // 8^(2/3) = 4
      }
    }
    #expect(prior.degreesOfFreedom == 5 && prior.meanPrecision == 0.01)
    // The same from single precision, and at any number of threads.
    let single = try GaussianPrior.scaled(to: Rows(x.converted(to: Float.self)), components: 8)
    expectAgreement("scale", single.scale.elements, prior.scale.elements, tolerance: 1e-6)
    #expect(try GaussianPrior.scaled(to: Rows(x), components: 8, threads: 3) == prior)
  }
}
