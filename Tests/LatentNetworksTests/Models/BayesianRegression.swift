// y[n] = x[n]ᵀ w + noise; N rows, P weights

import LatentEvidence
import LatentNumerics

/// Linear regression with q(w) = 𝒩(μ, L Lᵀ) for its weights: p(w) = 𝒩(0, τ² I), p(y | x, w) = 𝒩(xᵀ w, σ²). All of q is
/// learned, so that the bound's maximum is the evidence. L is packed by rows, with logarithms on its diagonal.
struct BayesianRegression: DifferentiableModel {
  typealias Scalar = Double

  let P: Int
  let variance: Double
  let priorVariance: Double
  let isSampled: Bool
  let layout: ParameterLayout
  let μ, L: ParameterReference

  init(weights P: Int, variance: Double, priorVariance: Double, sampled: Bool = false) {
    self.P = P
    self.variance = variance
    self.priorVariance = priorVariance
    isSampled = sampled
    var layout = ParameterLayout()
    μ = layout.add("mean", P)
    L = layout.add("factor", P * (P + 1) / 2)
    self.layout = layout
  }

  func makeWorkspace() {}

  func boundAndGradient(
    of rows: ArraySlice<Int>, in data: Rows<Double>, at point: ParameterPoint<Double>, noise: RandomStream,
    objective: ObjectiveWeights, workspace: inout Void, into gradient: UnsafeMutablePointer<Double>?
  ) throws(InferenceError) -> Bound {
    guard objective.isBound else {
      throw .invalidParameter(name: "objective", value: "\(objective)", requirement: "the bound")
    }
    let p = point.values
    // The same draw for every observation and every lane.
    var stream = noise
    let ε = (0..<P).map { _ in isSampled ? stream.normal() : 0 }
    let w = (0..<P).map { i in p[μ.offset + i] + (0...i).reduce(0) { $0 + factor(p, i, $1) * ε[$1] } }
    var total = Bound.zero
    if let gradient { for i in 0..<layout.count { gradient[i] = 0 } }
    for n in rows {
      let x = (0..<P).map { data.values[n, $0] }
      let r = data.values[n, P] - (0..<P).reduce(0) { $0 + x[$1] * w[$1] }
      // Lᵀ x, whose squares are the variance of xᵀ w.
      let u = (0..<P).map { j in isSampled ? 0 : (j..<P).reduce(0) { $0 + factor(p, $1, j) * x[$1] } }
      let squares = r * r + u.reduce(0) { $0 + $1 * $1 }
      total.reconstruction -= (Double.log(2 * .pi * variance) + squares / variance) / 2
      total.count += 1
      guard let gradient else { continue }
      for i in 0..<P {
        gradient[μ.offset + i] += r * x[i] / variance
        for j in 0...i {
          let slope = (r * x[i] * ε[j] - u[j] * x[i]) / variance
          gradient[place(i, j)] += slope * (i == j ? factor(p, i, i) : 1)
        }
      }
    }
    return total
  }

  /// KL(q ‖ p), in closed form.
  func parameterKL(
    at point: ParameterPoint<Double>, noise: RandomStream, subtractingGradientTimes scale: Double,
    from gradient: UnsafeMutablePointer<Double>?
  ) throws(InferenceError) -> Double {
    let p = point.values
    var sum = 0.0
    for i in 0..<P {
      let m = p[μ.offset + i]
      sum += m * m / priorVariance - 1 + Double.log(priorVariance) - 2 * p[place(i, i)]
      gradient?[μ.offset + i] -= scale * m / priorVariance
      for j in 0...i {
        let l = factor(p, i, j)
        sum += l * l / priorVariance
        gradient?[place(i, j)] -= scale * (i == j ? l * l / priorVariance - 1 : l / priorVariance)
      }
    }
    return sum / 2
  }

  private func place(_ i: Int, _ j: Int) -> Int { L.offset + i * (i + 1) / 2 + j }

  /// L[i, j].
  private func factor(_ p: UnsafePointer<Double>, _ i: Int, _ j: Int) -> Double {
    i == j ? Double.exp(p[place(i, i)]) : p[place(i, j)]
  }

  /// ln 𝒩(y | 0, σ² I + τ² X Xᵀ), by a factor of that matrix, `[N, N]`.
  func evidence(of data: Rows<Double>) -> Double {
    let N = data.rows
    var C = Matrix<Double>(rows: N, columns: N)
    for i in 0..<N {
      for j in 0...i {
        let product = (0..<P).reduce(0) { $0 + data.values[i, $1] * data.values[j, $1] }
        var sum = priorVariance * product + (i == j ? variance : 0)
        for k in 0..<j { sum -= C[i, k] * C[j, k] }
        C[i, j] = i == j ? sum.squareRoot() : sum / C[j, j]
      }
    }
    var value = -0.5 * Double(N) * Double.log(2 * .pi)
    var solved = [Double](repeating: 0, count: N)
    for i in 0..<N {
      solved[i] = (data.values[i, P] - (0..<i).reduce(0) { $0 + C[i, $1] * solved[$1] }) / C[i, i]
      value -= Double.log(C[i, i]) + solved[i] * solved[i] / 2
    }
    return value
  }

  func rows(_ N: Int, seed: UInt64) -> Rows<Double> {
    var random = RandomStream(seed: seed)
    let w = (0..<P).map { _ in priorVariance.squareRoot() * random.normal() }
    return Rows(
      Matrix<Double>(
        (0..<N).map { _ in
          let x = (0..<P).map { _ in random.normal() }
          let mean = (0..<P).reduce(0) { $0 + x[$1] * w[$1] }
          return x + [mean + variance.squareRoot() * random.normal()]
        }))
  }
}
