import LatentNumerics

/// Mean, variance and the Monte Carlo standard error of both.
struct RunningMoments {
  private(set) var values: [Double] = []

  mutating func add(_ value: Double) { values.append(value) }

  var mean: Double { values.reduce(0, +) / Double(values.count) }

  /// The mean of (x − m)ᵏ.
  private func central(_ power: Int) -> Double {
    let m = mean
    return values.reduce(0) { $0 + Double.pow($1 - m, power) } / Double(values.count)
  }

  var variance: Double { central(2) }

  /// Whether the mean is within five standard errors.
  func agrees(mean expected: Double) -> Bool {
    let error = Double.sqrt(variance / Double(values.count))
    return abs(mean - expected) <= 5 * error
  }

  /// Whether the variance is within five standard errors, from the fourth moment.
  func agrees(variance expected: Double) -> Bool {
    let error = Double.sqrt((central(4) - variance * variance) / Double(values.count))
    return abs(variance - expected) <= 5 * error
  }
}

/// √N times the Kolmogorov–Smirnov distance; above 2.5 with probability 7e-6 (2 exp(−2·2.5²)).
func kolmogorovSmirnov(_ sample: [Double], _ distribution: (Double) -> Double) -> Double {
  let n = Double(sample.count)
  var distance = 0.0
  for (i, x) in sample.sorted().enumerated() {
    let F = distribution(x)
    distance = Swift.max(distance, F - Double(i) / n, Double(i + 1) / n - F)
  }
  return distance * Double.sqrt(n)
}

/// (χ² − ν)/√(2ν) for observed counts and their probabilities, ν = K − 1.
func chiSquareDeviation(_ counts: [Int], _ probabilities: [Double]) -> Double {
  let n = Double(counts.reduce(0, +))
  var statistic = 0.0
  for (count, p) in zip(counts, probabilities) where p > 0 {
    statistic += (Double(count) - n * p) * (Double(count) - n * p) / (n * p)
  }
  let freedom = Double(probabilities.count { $0 > 0 } - 1)
  return (statistic - freedom) / Double.sqrt(2 * freedom)
}

/// Φ(x)
func normalDistribution(_ x: Double) -> Double { Double.erfc(-x / Double.sqrt(2)) / 2 }

/// The logarithm of the regularised lower incomplete gamma function P(a, x), by its series
/// xᵃ e⁻ˣ/Γ(a + 1) · Σ xⁿ/((a+1)…(a+n)) (DLMF 8.11.4), given ln x.
func gammaDistribution(shape a: Double, logarithm y: Double) -> Double {
  let x = Double.exp(y)
  if x > a + 40 + 10 * Double.sqrt(a) { return 1 }
  var (term, sum, n) = (1.0, 1.0, 0.0)
  while term > 1e-17 * sum {
    n += 1
    term *= x / (a + n)
    sum += term
  }
  return Swift.min(1, Double.exp(a * y - x - logGamma(a + 1)) * sum)
}
