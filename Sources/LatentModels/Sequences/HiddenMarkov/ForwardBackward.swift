// T frames of one sequence, K states; l[t, k] = ln p(x[t] | k), m[t] = maxₖ l[t, k], b[t, k] = exp(l[t, k] − m[t])

import LatentEvidence
import LatentNumerics
import RealModule

/// The posterior of the states of one sequence at a time, by scaled recursions:
///
///     α̂[t] = (α̂[t−1] A) ∘ b[t] / c[t],   c[t] = Σₖ …,   ln p(x) = Σₜ (ln c[t] + m[t])
///     β̂[t−1] = A (b[t] ∘ β̂[t]) / c[t],   γ[t] = α̂[t] ∘ β̂[t],   Ξ = A ∘ Σₜ α̂[t−1] (b[t] ∘ β̂[t])ᵀ / c[t]
///
/// A number that underflows here may belong to the one path that is left when frames rule out all others. What it would have
/// become is at most itself times β̂ / c, so the result is exact while no β̂ / c is large; otherwise the sequence is done again with
/// logarithms, of which each frame's sum is taken out as c[t] is. Negligible is what could not reach 1e-60 of the posterior.
///
/// - Source: Rabiner (1989), §V.A; Bishop (2006), §13.2.4.
struct ForwardBackward {
  let chain: ChainTables
  /// l, `[T, K]`, of the sequences at hand, one after the other.
  private(set) var log: AlignedStorage<Double>
  /// γ, `[T, K]`, after `smooth`; α̂ after `filter`.
  private(set) var posterior: AlignedStorage<Double>
  private var scaled: AlignedStorage<Double>
  private var forward: AlignedStorage<Double>
  private var scales: AlignedStorage<Double>
  private let row: AlignedStorage<Double>
  /// Σ α̂[t−1] (b ∘ β̂)[t]ᵀ / c[t], which A multiplies, and what logarithms gave, which it does not.
  private var pairs: Matrix<Double>
  private var exactPairs: Matrix<Double>
  private var capacity = 0

  private static var negligible: Double { -600 }
  private static var largest: Double { 1e200 }

  init(_ chain: ChainTables) {
    self.chain = chain
    let K = chain.states
    (log, posterior, scaled, forward) = (.init(count: 0), .init(count: 0), .init(count: 0), .init(count: 0))
    scales = .init(count: 0)
    row = AlignedStorage(count: 2 * K)
    pairs = Matrix(rows: K, columns: K)
    exactPairs = pairs
  }

  /// Makes room for so many frames; what was there is lost.
  mutating func reserve(frames: Int) {
    guard frames > capacity else { return }
    let K = chain.states
    capacity = frames
    log = AlignedStorage(count: frames * K)
    posterior = AlignedStorage(count: frames * K)
    scaled = AlignedStorage(count: frames * K)
    forward = AlignedStorage(count: frames * K)
    scales = AlignedStorage(count: frames)
  }

  /// What a sequence gave, in nats.
  struct Terms {
    /// ln p(x); −∞ where no path can have produced the sequence.
    var evidence: Double
    /// Σ γ l.
    var reconstruction: Double
  }

  /// Takes γ of a sequence whose l are in `log`, and adds its transitions times `weight`.
  mutating func smooth(_ frames: Range<Int>, weight: Double) -> Terms {
    defer { withExtendedLifetime((log, posterior, scaled, forward, scales, row)) {} }
    if let evidence = scaledForward(frames), let reconstruction = scaledBackward(frames, weight: weight) {
      return Terms(evidence: evidence, reconstruction: reconstruction)
    }
    return smoothByLogarithms(frames, weight: weight)
  }

  /// Takes α̂ of a sequence, the posterior of each frame's state given the frames up to it. By logarithms: whether the scaled
  /// recursion is exact only later frames tell.
  ///
  /// - Returns: ln p(x).
  mutating func filter(_ frames: Range<Int>) -> Double {
    defer { withExtendedLifetime((log, posterior, forward, scales)) {} }
    let K = chain.states
    let evidence = logForward(frames)
    guard evidence.isFinite else { return evidence }
    for i in frames.lowerBound * K..<frames.upperBound * K { posterior.base[i] = .exp(forward.base[i]) }
    return evidence
  }

  /// Ξ of the sequences smoothed since the last call, and forgets it.
  mutating func takeTransitions() -> Matrix<Double> {
    var result = exactPairs
    for j in 0..<chain.states {
      for k in 0..<chain.states {
        result[j, k] += pairs[j, k] * chain.transitions[j, k]
        pairs[j, k] = 0
        exactPairs[j, k] = 0
      }
    }
    return result
  }

  // MARK: Scaled

  /// - Returns: ln p(x); nil where it underflows.
  private func scaledForward(_ frames: Range<Int>) -> Double? {
    let K = chain.states
    let row = row.base
    var (evidence, product) = (0.0, 1.0)
    let isPossible = chain.transitions.withUnsafeElements { A -> Bool in
      let A = A.baseAddress!
      for t in frames {
        let (l, b, α) = (log.base + t * K, scaled.base + t * K, forward.base + t * K)
        var m = -Double.infinity
        for k in 0..<K { m = l[k] > m ? l[k] : m }
        guard m.isFinite else { return false }
        for k in 0..<K { b[k] = l[k] - m }
        if t == frames.lowerBound {
          for k in 0..<K { row[k] = chain.initial[k] }
        } else {
          let last = α - K
          for k in 0..<K { row[k] = last[0] * A[k] }
          for j in 1..<Swift.max(K, 1) {
            let (p, a) = (last[j], A + j * K)
            for k in 0..<K { row[k] += p * a[k] }
          }
        }
        for k in 0..<K { b[k] = b[k] > Self.negligible ? Double.exp(b[k]) : 0 }
        var c = 0.0
        for k in 0..<K {
          α[k] = row[k] * b[k]
          c += α[k]
        }
        guard c > 1e-250 else { return false }
        let inverse = 1 / c
        for k in 0..<K { α[k] *= inverse }
        scales.base[t] = inverse
        evidence += m
        product *= c
        if product < 1e-50 {
          evidence += Double.log(product)
          product = 1
        }
      }
      return true
    }
    return isPossible ? evidence + Double.log(product) : nil
  }

  /// - Returns: Σ γ l; nil where what underflowed may matter.
  private mutating func scaledBackward(_ frames: Range<Int>, weight: Double) -> Double? {
    let K = chain.states
    let (β, next) = (row.base, row.base + K)
    var reconstruction = 0.0
    for k in 0..<K { β[k] = 1 }
    let isExact = chain.transposed.withUnsafeElements { A -> Bool in
      let A = A.baseAddress!
      for t in frames.reversed() {
        let (l, b, α, γ) = (
          log.base + t * K, scaled.base + t * K, forward.base + t * K, posterior.base + t * K
        )
        var (total, largest) = (0.0, 0.0)
        for k in 0..<K {
          γ[k] = α[k] * β[k]
          total += γ[k]
          largest = β[k] > largest ? β[k] : largest
        }
        // Of α̂ as much may be missing as underflowed, over c[t].
        guard largest * Swift.max(scales.base[t], 1) < Self.largest, total > 0.5, total < 2 else {
          return false
        }
        let inverse = 1 / total
        for k in 0..<K {
          γ[k] *= inverse
          reconstruction += γ[k] > 0 ? γ[k] * l[k] : 0
        }
        guard t > frames.lowerBound else { break }
        let scale = scales.base[t] * inverse
        for k in 0..<K { b[k] *= β[k] * scale }
        for j in 0..<K { next[j] = b[0] * A[j] }
        for k in 1..<Swift.max(K, 1) {
          let (p, a) = (b[k], A + k * K)
          for j in 0..<K { next[j] += p * a[j] }
        }
        for j in 0..<K { β[j] = next[j] }
      }
      return true
    }
    guard isExact else { return nil }
    if weight > 0, frames.count > 1 {
      let first = frames.lowerBound * K
      pairs.withUnsafeMutableElements {
        BLAS.multiply(
          m: K, n: K, k: frames.count - 1, alpha: weight, forward.base + first, stride: K,
          transposingFirst: true, by: scaled.base + first + K, stride: K, beta: 1, into: $0.baseAddress!,
          stride: K)
      }
    }
    return reconstruction
  }

  // MARK: By logarithms

  /// ln α̂[t, k] into `forward`, and ln c[t], with p(x[t]) itself, into `scales`.
  ///
  /// - Returns: ln p(x); −∞ where no path can have produced the sequence, and then the rest is not done.
  private func logForward(_ frames: Range<Int>) -> Double {
    let K = chain.states
    let α = forward.base
    var terms = [Double](repeating: 0, count: K)
    var evidence = 0.0
    for t in frames {
      for k in 0..<K {
        if t == frames.lowerBound {
          terms[k] = chain.logInitial[k]
          α[t * K + k] = chain.logInitial[k] + log.base[t * K + k]
        } else {
          for j in 0..<K { terms[j] = α[(t - 1) * K + j] + chain.logTransitions[j, k] }
          α[t * K + k] = logSumExp(terms) + log.base[t * K + k]
        }
      }
      let c = logSumExp(UnsafeBufferPointer(start: α + t * K, count: K))
      guard c.isFinite else { return c }
      for k in 0..<K { α[t * K + k] -= c }
      scales.base[t] = c
      evidence += c
    }
    return evidence
  }

  private mutating func smoothByLogarithms(_ frames: Range<Int>, weight: Double) -> Terms {
    let K = chain.states
    let evidence = logForward(frames)
    guard evidence.isFinite else { return Terms(evidence: evidence, reconstruction: .nan) }
    var β = [Double](repeating: 0, count: K)
    var next = β
    var terms = β
    var reconstruction = 0.0
    for t in frames.reversed() {
      // Sums to 1 but for what rounding has added up since the last frame.
      for k in 0..<K { terms[k] = forward.base[t * K + k] + β[k] }
      let total = logSumExp(terms)
      for k in 0..<K {
        let γ = Double.exp(terms[k] - total)
        β[k] -= total
        posterior.base[t * K + k] = γ
        if γ > 0 { reconstruction += γ * log.base[t * K + k] }
      }
      guard t > frames.lowerBound else { break }
      for k in 0..<K { terms[k] = log.base[t * K + k] + β[k] - scales.base[t] }
      for j in 0..<K {
        let α = forward.base[(t - 1) * K + j]
        next[j] = logSumExp((0..<K).map { terms[$0] + chain.logTransitions[j, $0] })
        for k in 0..<K {
          exactPairs[j, k] += weight * Double.exp(α + chain.logTransitions[j, k] + terms[k])
        }
      }
      swap(&β, &next)
    }
    return Terms(evidence: evidence, reconstruction: reconstruction)
  }

  /// Paths drawn from the posterior of a sequence whose l are in `log`: the last state given all frames, and backwards each state
  /// given the next one.
  ///
  /// - Returns: the states of each, `[T]`; nil where no path can have produced the sequence.
  /// - Complexity: O(T·K²), and O(T·K) a path.
  /// - Source: Scott (2002), Bayesian methods for hidden Markov models.
  mutating func drawPaths(
    _ count: Int, _ frames: Range<Int>, using stream: inout RandomStream
  ) -> [[Int]]? {
    defer { withExtendedLifetime((log, forward, scales)) {} }
    guard logForward(frames).isFinite else { return nil }
    return (0..<count).map { _ in drawPath(frames, using: &stream) }
  }

  private func drawPath(_ frames: Range<Int>, using stream: inout RandomStream) -> [Int] {
    let K = chain.states
    var path = [Int](repeating: 0, count: frames.count)
    for t in frames.reversed() {
      let i = t - frames.lowerBound
      let logWeights = (0..<K).map { j in
        forward.base[t * K + j] + (t + 1 < frames.upperBound ? chain.logTransitions[j, path[i + 1]] : 0)
      }
      let best = logWeights.reduce(-.infinity, Swift.max)
      path[i] = stream.categorical(weights: logWeights.map { Double.exp($0 - best) })
    }
    return path
  }
}
