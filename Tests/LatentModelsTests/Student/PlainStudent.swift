// D columns; o the observed ones, m the missing ones

import LatentModels
import LatentNumerics

/// Student components by plain code: Gauss–Jordan elimination on the marginal's scale matrix.
struct PlainStudent: Sendable {
  let θ: StudentParameters

  /// What a row says of component k: ln p(x_o), u, E[ln τ], and x with its missing cells' conditional means and
  /// covariances.
  struct Row {
    var logDensity: Double
    var u: Double
    var logPrecision: Double
    var filled: [Double]
    var covariance: [[Double]]
  }

  func row(_ x: [Double], _ k: Int) -> Row {
    let D = x.count
    let (μ, Σ, ν) = (θ.means.row(k), θ.scales.dense(k, D), θ.degreesOfFreedom[k])
    let o = (0..<D).filter { !x[$0].isNaN }
    let m = (0..<D).filter { x[$0].isNaN }
    let d = Double(o.count)
    var row = Row(logDensity: 0, u: 1, logPrecision: 0, filled: x, covariance: [])
    var (inverse, logDeterminant, δ): ([[Double]], Double, Double) = ([], 0, 0)
    if !o.isEmpty {
      (inverse, logDeterminant) = Plain.inverse(Σ.selecting(rows: o).selecting(columns: o))
      for (a, i) in o.enumerated() {
        for (b, j) in o.enumerated() { δ += (x[i] - μ[i]) * inverse[a][b] * (x[j] - μ[j]) }
      }
      row.logDensity =
        logGamma((ν + d) / 2) - logGamma(ν / 2) - d / 2 * Double.log(ν * .pi) - logDeterminant / 2
        - (ν + d) / 2 * Double.log(1 + δ / ν)
    }
    row.u = (ν + d) / (ν + δ)
    row.logPrecision = digamma((ν + d) / 2) - Double.log((ν + δ) / 2)
    // Σ_mo Σ_oo⁻¹
    let regression = m.map { i in
      o.indices.map { b in o.indices.reduce(0) { $0 + Σ[i, o[$1]] * inverse[$1][b] } }
    }
    for (a, i) in m.enumerated() {
      row.filled[i] = μ[i] + o.indices.reduce(0) { $0 + regression[a][$1] * (x[o[$1]] - μ[o[$1]]) }
    }
    row.covariance = [[Double]](repeating: [Double](repeating: 0, count: D), count: D)
    for (a, i) in m.enumerated() {
      for j in m {
        row.covariance[i][j] = Σ[i, j] - o.indices.reduce(0) { $0 + regression[a][$1] * Σ[o[$1], j] }
      }
    }
    return row
  }

  /// Adds a row of responsibility r to statistics split as `StudentStatistics.parts`.
  func add(_ x: [Double], _ k: Int, _ r: Double, origins: Matrix<Double>, to numbers: inout [[Double]]) {
    let D = x.count
    let row = row(x, k)
    let ru = r * row.u
    numbers[0][k] += r
    numbers[1][k] += r * (row.logPrecision - row.u)
    numbers[2][k] += ru
    let d = (0..<D).map { row.filled[$0] - origins[k, $0] }
    for j in 0..<D { numbers[3][k * D + j] += ru * d[j] }
    let structure = θ.scales.structure
    var index = 0
    for i in 0..<D {
      for j in 0...i {
        let moment = ru * d[i] * d[j] + r * row.covariance[i][j]
        switch structure {
        case .full: numbers[4 + k][index] += moment
        case .tied: numbers[4][index] += moment
        case .diagonal: if i == j { numbers[4][k * D + j] += moment }
        case .spherical: if i == j { numbers[4][k] += moment }
        }
        index += 1
      }
    }
  }
}

extension StudentStatistics {
  var parts: [[Double]] { [counts, logPrecisions] + moments.parts }
}

extension GaussianParameters.Covariances {
  fileprivate func dense(_ k: Int, _ D: Int) -> Matrix<Double> {
    switch self {
    case .full(let all): all[k]
    case .tied(let one): one
    case .diagonal(let all): .diagonal(all.row(k))
    case .spherical(let all): .diagonal(Array(repeating: all[k], count: D))
    }
  }
}
