// K components, J features

import LatentEvidence
import LatentFiles
import LatentNumerics

/// A mixture of exponential families, written plainly, for the tests of the ascents:
///
///     E[ln p(x, z = k)] = w[k] + c[k] + Σⱼ η[k, j] t(x)[j] + h(x).
struct ExponentialMixtureOracle: Oracle {
  typealias Observations = Rows<Double>
  typealias Statistics = Totals

  let logWeights: [Double]
  let offsets: [Double]
  let slopes: [[Double]]
  var parameterKL = 0.0
  let features: @Sendable ([Double]) -> [Double]
  let base: @Sendable ([Double]) -> Double

  /// R, `[K]`, then Σ r t, `[K, J]`.
  var zero: Totals { Totals(values: Array(repeating: 0, count: logWeights.count * (1 + slopes[0].count))) }

  func accumulate(_ x: Rows<Double>, into s: inout Totals) throws(InferenceError) -> Bound {
    let (K, J) = (logWeights.count, slopes[0].count)
    var bound = Bound.zero
    for n in 0..<x.rows {
      let (row, weight) = (x.values.row(n), x.weight(of: n))
      let (t, h) = (features(row), base(row))
      let densities = (0..<K).map { k in
        (0..<J).reduce(offsets[k] + h) { $0 + slopes[k][$1] * t[$1] }
      }
      let normaliser = logSumExp((0..<K).map { logWeights[$0] + densities[$0] })
      guard normaliser.isFinite else { throw .notFinite(quantity: "density", row: n) }
      for k in 0..<K {
        let ln = logWeights[k] + densities[k] - normaliser
        let r = weight * Double.exp(ln)
        guard r > 0 else { continue }
        s.values[k] += r
        for j in 0..<J { s.values[K + k * J + j] += r * t[j] }
        bound.reconstruction += r * densities[k]
        bound.latentKL += r * (ln - logWeights[k])
      }
      bound.roundoff +=
        weight * 32 * .ulpOfOne
        * (1 + normaliser.magnitude + densities.reduce(0) { Swift.max($0, $1.magnitude) })
    }
    bound.count = x.totalWeight
    return bound
  }

  func expectedLogJoint(of s: Totals) -> ExpectedLogJoint {
    let (K, J) = (logWeights.count, slopes[0].count)
    var result = ExpectedLogJoint(observed: 0, latent: 0)
    for k in 0..<K {
      result.latent += s.values[k] * logWeights[k]
      result.observed += s.values[k] * offsets[k]
      for j in 0..<J { result.observed += s.values[K + k * J + j] * slopes[k][j] }
    }
    return result
  }
}

/// Statistics that are a list of sums.
struct Totals: SufficientStatistics, Archivable, Equatable {
  var values: [Double]

  var scalarCount: Int { values.count }

  static func += (a: inout Totals, b: Totals) {
    for i in a.values.indices { a.values[i] += b.values[i] }
  }

  mutating func scale(by factor: Double) {
    for i in values.indices { values[i] *= factor }
  }

  func write(to archive: inout Archive, at path: String) { archive.set(path, values) }

  init(values: [Double]) { self.values = values }

  init(from archive: Archive, at path: String) throws(FileError) { values = try archive.vector(path) }
}

/// Parameters that are a matrix of numbers; what they are is the model's to say.
struct Table: VectorParameters, Archivable, Equatable {
  var rows: [[Double]]

  init(_ rows: [[Double]]) { self.rows = rows }

  var vector: [Double] { rows.flatMap { $0 } }

  func replacing(vector: [Double]) -> Table? {
    guard vector.allSatisfy({ $0.isFinite && $0.magnitude < 100 }) else { return nil }
    var (result, next) = (self, 0)
    for i in rows.indices {
      for j in rows[i].indices {
        result.rows[i][j] = vector[next]
        next += 1
      }
    }
    return result
  }

  func write(to archive: inout Archive, at path: String) {
    for (i, row) in rows.enumerated() { archive.set("\(path)/\(i)", row) }
  }

  init(from archive: Archive, at path: String) throws(FileError) {
    rows = []
    while archive.contains("\(path)/\(rows.count)") {
      rows.append(try archive.vector("\(path)/\(rows.count)"))
    }
    guard !rows.isEmpty else { throw .missingTensor(path: archive.path, name: path) }
  }
}
