// n coordinates, m differences remembered

import LatentNumerics

/// What Anderson's method remembers of a fixed-point iteration v ← G(v), and the point it extrapolates.
///
/// With residuals f(v) = G(v) − v and the last m differences Δv[j], Δf[j] of points visited, the next point is
///
///     G(v) − Σⱼ γ[j] (Δv[j] + Δf[j]),   γ = argmin ‖f − Σⱼ γ[j] Δf[j]‖² + λ ‖γ‖²,
///
/// the secant step of a linear model of f where λ is 0, and the plain step where λ is large. The columns of Δf are taken
/// at unit length. λ is set by how far the norm of γ is to shrink against that of λ = 0:
///
///     ‖γ(λ)‖² = δ ‖γ(0)‖²,   δ = 1 / (1 + α^(κ − s))
///
/// where s counts the points that were worth taking, so that extrapolation is careful at first.
///
/// Near a saddle of the bound the residuals grow along the climb, and the secant step goes back to the saddle. Where it
/// makes less way along f than the plain step does, the next point is one further along f instead,
///
///     v + α f,   α = ‖Δv‖ / ‖Δf‖ of the last difference, at most a limit that doubles and halves with success.
///
/// - Source: Anderson (1965), Journal of the ACM 12; damping and restarts: Henderson & Varadhan (2019), Journal of
///   Computational and Graphical Statistics 28 (DAAREM); α: Varadhan & Roland (2008),
///   Scandinavian Journal of Statistics 35, §4 (their third step length).
package struct AndersonExtrapolation: Sendable {
  /// The largest m.
  let memory: Int
  /// The point before, and its residual; empty at first.
  private(set) var point: [Double] = []
  private(set) var residual: [Double] = []
  /// Δv and Δf, oldest first.
  private(set) var pointDifferences: [[Double]] = []
  private(set) var residualDifferences: [[Double]] = []
  /// s.
  private(set) var successes = 0

  /// The largest α of a step along f.
  private(set) var reach = 4.0

  /// α and κ of the damping.
  private static let growth = 1.2
  private static let patience = 25.0
  /// Directions in which Δf is shorter than this, relative to the longest, squared, are noise.
  private static let resolution = 1e-14

  package init(memory: Int) { self.memory = memory }

  /// A memory as it was.
  init(
    memory: Int, point: [Double], residual: [Double], pointDifferences: [[Double]],
    residualDifferences: [[Double]], successes: Int, reach: Double
  ) {
    self.memory = memory
    self.point = point
    self.residual = residual
    self.pointDifferences = pointDifferences
    self.residualDifferences = residualDifferences
    self.successes = successes
    self.reach = reach
  }

  /// Takes in a point and its image G(v).
  ///
  /// - Returns: the extrapolated point; nil when there is nothing to extrapolate from.
  package mutating func extrapolate(from v: [Double], image: [Double]) -> [Double]? {
    let f = zip(image, v).map { $0 - $1 }
    if !point.isEmpty {
      // A new cycle begins with the newest difference alone.
      if pointDifferences.count == memory {
        pointDifferences.removeAll()
        residualDifferences.removeAll()
      }
      pointDifferences.append(zip(v, point).map { $0 - $1 })
      residualDifferences.append(zip(f, residual).map { $0 - $1 })
    }
    point = v
    residual = f
    guard let Δv = pointDifferences.last, let Δf = residualDifferences.last else { return nil }
    if let γ = coefficients() {
      var result = image
      for (j, γ) in γ.enumerated() {
        for i in result.indices { result[i] -= γ * (pointDifferences[j][i] + residualDifferences[j][i]) }
      }
      if dot(result, f) - dot(v, f) >= dot(f, f) { return result }
    }
    let α = Swift.min((dot(Δv, Δv) / dot(Δf, Δf)).squareRoot(), reach)
    guard α > 1 else { return nil }
    return zip(v, f).map { $0 + α * $1 }
  }

  /// Says whether the last extrapolated point was worth taking.
  package mutating func learn(wasKept: Bool) {
    if wasKept {
      successes += 1
      reach = Swift.min(2 * reach, 1e6)
    } else {
      reach = Swift.max(reach / 2, 2)
    }
  }

  /// γ.
  private func coefficients() -> [Double]? {
    let m = residualDifferences.count
    guard m > 0 else { return nil }
    let lengths = residualDifferences.map { dot($0, $0).squareRoot() }
    guard lengths.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    var gram = Matrix<Double>(rows: m, columns: m)
    for i in 0..<m {
      for j in 0...i {
        gram[i, j] = dot(residualDifferences[i], residualDifferences[j]) / (lengths[i] * lengths[j])
        gram[j, i] = gram[i, j]
      }
    }
    guard let eigen = SymmetricEigen(gram), let largest = eigen.values.last, largest > 0 else { return nil }
    let right = (0..<m).map { dot(residualDifferences[$0], residual) / lengths[$0] }
    let kept = (0..<m).filter { eigen.values[$0] > Self.resolution * largest }
    let values = kept.map { eigen.values[$0] }
    let projections = kept.map { dot(eigen.vectors.row($0), right) }
    let λ = damping(values, projections)
    var γ = [Double](repeating: 0, count: m)
    for (l, index) in kept.enumerated() {
      let step = projections[l] / (values[l] + λ)
      for j in 0..<m { γ[j] += step * eigen.vectors[index, j] }
    }
    for j in 0..<m { γ[j] /= lengths[j] }
    return γ.allSatisfy(\.isFinite) ? γ : nil
  }

  /// λ, by bisection of Σ (b / (d + λ))² = δ Σ (b / d)², which falls in λ.
  private func damping(_ d: [Double], _ b: [Double]) -> Double {
    func norm(_ λ: Double) -> Double {
      zip(d, b).reduce(0) { $0 + ($1.1 / ($1.0 + λ)) * ($1.1 / ($1.0 + λ)) }
    }
    let target = norm(0) / (1 + Double.pow(Self.growth, Self.patience - Double(successes)))
    guard target > 0, target.isFinite else { return 0 }
    var (low, high) = (0.0, 1.0)
    while norm(high) > target, high < 1e30 { high *= 10 }
    for _ in 0..<60 {
      let middle = 0.5 * (low + high)
      if norm(middle) > target { low = middle } else { high = middle }
    }
    return high
  }
}

/// aᵀb.
private func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}
