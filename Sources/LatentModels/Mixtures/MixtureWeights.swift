// D dimensions, K components; self holds the means μ, `[K, D]`

import LatentNumerics
import RealModule

extension Matrix<Double> {
  /// The variances of a mixture with these means and weights, `[D]`: Σₖ π[k] (Σ[k]ⱼⱼ + (μ[k]ⱼ − μ̄ⱼ)²).
  ///
  /// - Parameter variances: the diagonal of Σ[k], `[D]`.
  func totalVariances(weights π: [Double], within variances: (_ k: Int) -> [Double]) -> [Double] {
    let (K, D) = (rows, columns)
    var mean = [Double](repeating: 0, count: D)
    for k in 0..<K { for j in 0..<D { mean[j] += π[k] * self[k, j] } }
    var total = [Double](repeating: 0, count: D)
    for k in 0..<K {
      for (j, variance) in variances(k).enumerated() {
        let offset = self[k, j] - mean[j]
        total[j] += π[k] * (variance + offset * offset)
      }
    }
    return total
  }
}

/// The weights whose logarithms, up to a constant, are these.
func normalizedWeights(_ logWeights: [Double]) -> [Double] {
  let total = logSumExp(logWeights)
  return logWeights.map { Double.exp($0 - total) }
}
