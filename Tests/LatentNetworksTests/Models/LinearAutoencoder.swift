// x[n] an observation of D columns, z[n] of K dimensions
// W, b, σ² decoder; A, v encoder; m = A (x − b)

import LatentEvidence
import LatentNumerics

/// The linear Gaussian auto-encoder: p(z) = 𝒩(0, I), p(x | z) = 𝒩(W z + b, σ² I), q(z | x) = 𝒩(A (x − b), diag(v)), its gradient
/// by hand, its expectation in closed form or by one draw an observation.
///
/// - Source: Lucas, Tucker, Grosse & Norouzi (2019), NeurIPS: its maxima are those of probabilistic PCA.
struct LinearAutoencoder<Scalar: LatentScalar>: DifferentiableModel {
  let D: Int
  let K: Int
  let isSampled: Bool
  let layout: ParameterLayout
  let W, b, s, A, t: ParameterReference

  init(columns D: Int, latent K: Int, sampled: Bool = false) {
    self.D = D
    self.K = K
    isSampled = sampled
    var layout = ParameterLayout()
    W = layout.add("decoder/weight", D, K)
    b = layout.add("decoder/mean", D)
    s = layout.add("decoder/logVariance", 1)
    A = layout.add("encoder/weight", K, D)
    t = layout.add("encoder/logVariance", K)
    self.layout = layout
  }

  /// Small random weights.
  func start(_ seed: Int) -> ParameterVector<Scalar> {
    var random = RandomStream(seed: UInt64(seed) + 100)
    var θ = ParameterVector<Scalar>(layout)
    for place in [W, A] {
      θ[place] = Matrix(
        rows: place.rows, columns: place.columns,
        elements: (0..<place.count).map { _ in Scalar(0.3 * random.normal()) })
    }
    return θ
  }

  /// The parameters and the gradient in double precision, and scratch vectors.
  final class Memory {
    let p, g, m, z, q, ε, dm, r, c: UnsafeMutablePointer<Double>
    private let base: UnsafeMutablePointer<Double>

    init(_ count: Int, D: Int, K: Int) {
      base = .allocate(capacity: 2 * count + 5 * K + 2 * D)
      base.initialize(repeating: 0, count: 2 * count + 5 * K + 2 * D)
      (p, g) = (base, base + count)
      (m, z, q) = (g + count, g + count + K, g + count + 2 * K)
      (ε, dm) = (q + K, q + 2 * K)
      (r, c) = (dm + K, dm + K + D)
    }

    deinit { base.deallocate() }
  }

  func makeWorkspace() -> Memory { Memory(layout.count, D: D, K: K) }

  func boundAndGradient(
    of rows: ArraySlice<Int>, in x: Rows<Scalar>, at point: ParameterPoint<Scalar>, noise: RandomStream,
    objective: ObjectiveWeights, workspace: inout Memory, into gradient: UnsafeMutablePointer<Scalar>?
  ) throws(InferenceError) -> Bound {
    let w = workspace
    guard objective.freeBits == nil, objective.joint == 1, objective.masking == 0 else {
      throw .invalidParameter(name: "objective", value: "\(objective)", requirement: "a weight β alone")
    }
    let β = objective.latentKL
    for i in 0..<layout.count {
      w.p[i] = Double(point.values[i])
      w.g[i] = 0
    }
    let logVariance = w.p[s.offset]
    let precision = Double.exp(-logVariance)
    var total = Bound.zero
    x.values.withUnsafeElements { values in
      for n in rows {
        var draws = noise.substream(n)
        for j in 0..<D { w.c[j] = Double(values[n * D + j]) - w.p[b.offset + j] }
        for k in 0..<K {
          w.m[k] = (0..<D).reduce(0) { $0 + w.p[A.offset + k * D + $1] * w.c[$1] }
          w.ε[k] = isSampled ? draws.normal() : 0
          w.z[k] = w.m[k] + Double.exp(w.p[t.offset + k] / 2) * w.ε[k]
        }
        var squares = 0.0
        for j in 0..<D {
          w.r[j] = w.c[j] - (0..<K).reduce(0) { $0 + w.p[W.offset + j * K + $1] * w.z[$1] }
          squares += w.r[j] * w.r[j]
        }
        var divergence = 0.0
        for k in 0..<K {
          let v = Double.exp(w.p[t.offset + k])
          divergence += (w.m[k] * w.m[k] + v - 1 - w.p[t.offset + k]) / 2
          let columnSquares = (0..<D).reduce(0) {
            $0 + w.p[W.offset + $1 * K + k] * w.p[W.offset + $1 * K + k]
          }
          if !isSampled { squares += v * columnSquares }
          w.q[k] = precision * (0..<D).reduce(0) { $0 + w.p[W.offset + $1 * K + k] * w.r[$1] }
          w.dm[k] = w.q[k] - β * w.m[k]
          w.g[t.offset + k] +=
            (isSampled ? w.q[k] * w.ε[k] * v.squareRoot() / 2 : -precision * v * columnSquares / 2)
            - β * (v - 1) / 2
          for j in 0..<D {
            w.g[A.offset + k * D + j] += w.dm[k] * w.c[j]
            w.g[W.offset + j * K + k] +=
              precision * (w.r[j] * w.z[k] - (isSampled ? 0 : w.p[W.offset + j * K + k] * v))
          }
        }
        for j in 0..<D {
          w.g[b.offset + j] +=
            precision * w.r[j] - (0..<K).reduce(0) { $0 + w.p[A.offset + $1 * D + j] * w.dm[$1] }
        }
        w.g[s.offset] += (precision * squares - Double(D)) / 2
        total.reconstruction -= (Double(D) * (Double.log(2 * .pi) + logVariance) + precision * squares) / 2
        total.latentKL += divergence
        total.count += 1
      }
    }
    if let gradient {
      for i in 0..<layout.count { gradient[i] = Scalar(w.g[i]) }
    }
    return total
  }

  /// N(x | b, W Wᵀ + σ² I) data.
  static func rows(_ N: Int, columns D: Int, latent K: Int, seed: UInt64) -> Rows<Scalar> {
    var random = RandomStream(seed: seed)
    let W = (0..<D * K).map { _ in 1.5 * random.normal() }
    return Rows(
      Matrix(rows: N, columns: D) { x in
        for n in 0..<N {
          let z = (0..<K).map { _ in random.normal() }
          for j in 0..<D {
            let mean = Double(j) + (0..<K).reduce(0) { $0 + W[j * K + $1] * z[$1] }
            x.initializeElement(at: n * D + j, to: Scalar(mean + 0.5 * random.normal()))
          }
        }
      })
  }
}
