import LatentNumerics

/// All of a hidden Markov model's answers about one short sequence, by going through every path.
struct PathEnumeration {
  var evidence = -Double.infinity
  var reconstruction = 0.0
  /// γ and p(z[t] | x[1…t]), `[T][K]`; Ξ, `[K][K]`.
  var smoothed: [[Double]]
  var filtered: [[Double]]
  var transitions: [[Double]]
  var best: (states: [Int], logJoint: Double)
  /// Every path with its posterior probability.
  var paths: [(states: [Int], probability: Double)] = []

  /// - Parameter l: ln p(x[t] | k), `[T][K]`.
  init(initial: [Double], transitions A: Matrix<Double>, log l: [[Double]]) {
    let (T, K) = (l.count, initial.count)
    func logJoint(_ z: [Int]) -> Double {
      z.indices.reduce(0) {
        $0 + l[$1][z[$1]] + Double.log($1 == 0 ? initial[z[0]] : A[z[$1 - 1], z[$1]])
      }
    }
    func paths(_ T: Int) -> [[Int]] {
      T == 0 ? [[]] : paths(T - 1).flatMap { head in (0..<K).map { head + [$0] } }
    }
    let all = paths(T)
    let joints = all.map(logJoint)
    evidence = logSumExp(joints)
    smoothed = Array(repeating: Array(repeating: 0, count: K), count: T)
    filtered = smoothed
    transitions = Array(repeating: Array(repeating: 0, count: K), count: K)
    let top = joints.indices.max { joints[$0] < joints[$1] }!
    best = (all[top], joints[top])
    for (z, joint) in zip(all, joints) {
      let p = Double.exp(joint - evidence)
      self.paths.append((z, p))
      for t in 0..<T {
        smoothed[t][z[t]] += p
        if p > 0 { reconstruction += p * l[t][z[t]] }
        if t > 0 { transitions[z[t - 1]][z[t]] += p }
      }
    }
    for t in 0..<T {
      let heads = paths(t + 1)
      let joints = heads.map(logJoint)
      let total = logSumExp(joints)
      for (z, joint) in zip(heads, joints) { filtered[t][z[t]] += Double.exp(joint - total) }
    }
  }
}
