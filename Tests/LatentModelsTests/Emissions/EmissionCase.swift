// N rows, D columns, K components

import LatentEvidence
import LatentFiles
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// What a table may have besides plain rows.
struct Defects: Sendable, CaseIterable, CustomTestStringConvertible {
  var missing: Bool
  var weighted: Bool

  static let allCases = [false, true].flatMap { missing in
    [false, true].map { Defects(missing: missing, weighted: $0) }
  }

  var testDescription: String {
    "\(missing ? "missing cells" : "complete")\(weighted ? ", weights" : "")"
  }

  /// The table with a fifth of its cells missing, one row without any; with weights, 0 among them.
  func rows<Scalar: LatentScalar>(of x: Matrix<Double>, _: Scalar.Type) -> Rows<Scalar> {
    var stream = RandomStream(seed: 99)
    var x = x
    if missing {
      for n in 0..<x.rows { for j in 0..<x.columns where stream.uniform() < 0.2 { x[n, j] = .nan } }
      for j in 0..<x.columns { x[3, j] = .nan }
    }
    let weights = weighted ? (0..<x.rows).map { Double($0 % 4) * 0.75 } : nil
    return Rows(x.converted(to: Scalar.self), weights: weights)
  }
}

/// A mixture of any family with data and a plain density, to be put through all contracts.
struct EmissionCase<Family: Emission>: Sendable where Family.Parameters: Archivable & VectorParameters {
  let name: String
  let model: Mixture<Family>
  let rows: Rows<Family.Scalar>
  /// θ for the oracle's check.
  let parameters: Mixture<Family>.Parameters
  /// ln p(x | k) at θ by plain code; `NaN` marks a missing cell.
  let logDensity: @Sendable (_ x: [Double], _ k: Int) -> Double
  /// The statistics as vectors.
  let split: @Sendable (Family.Statistics) -> [[Double]]
  /// Adds a row of responsibility r (its weight included) to statistics in that form, by plain code.
  let add:
    @Sendable (_ x: [Double], _ k: Int, _ r: Double, _ zero: Family.Statistics, inout [[Double]]) -> Void

  /// Whether the first ascent starts at `parameters`: by maximum likelihood others may end in a collapse.
  var startsAtParameters = false

  var isSingle: Bool { Family.Scalar.self == Float.self }

  var fixture: ModelFixture<Mixture<Family>> {
    ModelFixture(
      name: name, model: model, observations: rows,
      start: { [model, rows, parameters, startsAtParameters] restart throws(InferenceError) in
        if startsAtParameters, restart == 0 { return parameters }
        return try model.initialParameters(
          for: rows, start: restart % 2 == 0 ? .kMeans : .randomRows,
          using: RandomStream(seed: 5).substream(restart), threads: 1)
      }, numbers: { [split] in split($0).flatMap { $0 } })
  }

  func checkContracts() async throws {
    try await checkAscent(fixture, stopping: StoppingRule(tolerance: 1e-4, maximumIterations: 3000))
    try checkOracle()
    try checkStatistics(fixture, at: parameters, tolerance: isSingle ? 1e-5 : 1e-12)
    try await checkCheckpoint(fixture)
    try await checkThreads(fixture)
    try checkFile(fixture, at: parameters)
    try checkVector(fixture, at: parameters)
    try await checkAccelerated(fixture)
    // By maximum likelihood other starts may end in a collapse.
    if !startsAtParameters { try await checkRace(fixture) }
  }

  private func checkOracle() throws {
    try LatentTestSupport.checkOracle(
      fixture, at: parameters, tolerance: isSingle ? 3e-5 : 1e-11,
      reference: { oracle in
        var numbers = split(oracle.zero).map { $0.map { _ in 0.0 } }
        var bound = Bound(reconstruction: 0, latentKL: 0, count: rows.totalWeight)
        let logWeights = parameters.weights.map { Double.log($0) }
        for n in 0..<rows.rows {
          let (x, w) = (rows.values.row(n).map { Double($0) }, rows.weight(of: n))
          // Variational Bayes leaves rows with nothing observed out.
          if model.emission.isVariational, x.allSatisfy(\.isNaN) { continue }
          let joint = logWeights.indices.map { logWeights[$0] + logDensity(x, $0) }
          let evidence = logSumExp(joint)
          for k in joint.indices where joint[k] > -.infinity {
            let r = w * Double.exp(joint[k] - evidence)
            add(x, k, r, oracle.zero, &numbers)
            bound.reconstruction += r * (joint[k] - logWeights[k])
            bound.latentKL += r * (joint[k] - evidence - logWeights[k])
          }
        }
        return (numbers, bound)
      }, split: split)
  }
}
