// T frames of one sequence, K states; l[t, k] = ln p(x[t] | k)

import LatentNumerics

extension ChainTables {
  /// The path of highest probability, argmax over z of ln p(x, z | θ), by Viterbi's recursion; of equals the one with the
  /// lowest states at the end.
  ///
  /// - Parameter log: l, `[T, K]`.
  /// - Returns: the states, `[T]`, and ln p(x, z | θ), in nats; −∞ where no path can have produced the sequence.
  /// - Complexity: O(T·K²).
  /// - Source: Bishop (2006), §13.2.5.
  func mostLikelyPath(_ log: UnsafePointer<Double>, frames T: Int) -> (states: [Int], logJoint: Double) {
    let K = states
    var best = (0..<K).map { logInitial[$0] + log[$0] }
    var next = best
    var origins = [Int32](repeating: 0, count: T * K)
    logTransitions.withUnsafeElements { A in
      for t in 1..<Swift.max(T, 1) {
        for k in 0..<K {
          var (value, origin) = (-Double.infinity, 0)
          for j in 0..<K where best[j] + A[j * K + k] > value {
            (value, origin) = (best[j] + A[j * K + k], j)
          }
          next[k] = value + log[t * K + k]
          origins[t * K + k] = Int32(origin)
        }
        swap(&best, &next)
      }
    }
    var path = [Int](repeating: 0, count: T)
    var state = best.indices.reduce(0) { best[$1] > best[$0] ? $1 : $0 }
    let logJoint = best[state]
    for t in (0..<T).reversed() {
      path[t] = state
      state = Int(origins[t * K + state])
    }
    return (path, logJoint)
  }
}
