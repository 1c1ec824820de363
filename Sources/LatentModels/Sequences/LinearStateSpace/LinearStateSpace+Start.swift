// T frames of a sequence, L latent dimensions, U controls, D columns, H frames of a window

public import LatentEvidence
public import LatentNumerics

/// Where a linear Gaussian state space starts.
public enum StateSpaceStart: Sendable, Equatable {
  /// Principal axes of windows of neighbouring frames, enough of them that there are L axes, and the regression of each
  /// window's coordinates on those before. Where the sequences hold too few windows, or windows of too few dimensions, for L axes,
  /// as `random`.
  case principalAxes
  /// Random loadings, and states that turn and decay slowly.
  case random
}

extension LinearStateSpace {
  /// Parameters to start from: a sequence of weight w counts as w sequences.
  ///
  /// - Parameters:
  ///   - x: the sequences to be fitted.
  ///   - start: where the states come from.
  ///   - stream: the randomness of the start.
  /// - Throws: `.tooFewRows` without a frame; `.wrongWidth`; `.columnMissing`; `.noVariation`; `.notFinite`.
  public func initialParameters(
    for x: SequenceBatch<Scalar>, start: StateSpaceStart = .principalAxes, using stream: RandomStream
  ) throws(InferenceError) -> LinearStateSpaceParameters {
    guard x.columns == dimensions else { throw .wrongWidth(expected: dimensions, actual: x.columns) }
    guard x.controlColumns == controls else {
      throw .invalidParameter(
        name: "controls", value: "\(x.controlColumns)", requirement: "\(controls) columns, as in the model")
    }
    guard x.count > 0 else { throw .tooFewRows(rows: 0, needed: 1) }
    let columns = try ColumnScale.all(of: x)
    let typical = columns.reduce(0) { $0 + $1.variance } / Double(columns.count)
    guard typical > 0 else { throw .noVariation }
    let scales = columns.map { ($0.variance > 0 ? $0.variance : typical).squareRoot() }
    if start == .principalAxes, let found = axes(of: x, columns, scales) { return found }
    return random(columns, scales, using: stream)
  }

  private func random(
    _ columns: [ColumnScale], _ scales: [Double], using stream: RandomStream
  ) -> LinearStateSpaceParameters {
    let (L, D) = (latent, dimensions)
    var stream = stream
    // Pairs of dimensions that turn, one left over that stays; all shrink by a tenth a frame.
    var A = Matrix<Double>(rows: L, columns: L)
    for i in stride(from: 0, to: L, by: 2) {
      let angle = i + 1 < L ? stream.uniform(in: 0..<1.0) : 0
      let (c, s) = (0.9 * Double.cos(angle), 0.9 * Double.sin(angle))
      A[i, i] = c
      if i + 1 < L {
        A[i + 1, i + 1] = c
        A[i, i + 1] = -s
        A[i + 1, i] = s
      }
    }
    let C = Matrix(
      rows: D, columns: L,
      elements: (0..<D * L).map { scales[$0 / L] * stream.normal() * (0.5 / Double(L)).squareRoot() })
    return assembled(A, Matrix(rows: L, columns: controls), C, columns, scales.map { 0.5 * $0 * $0 })
  }

  /// States of unit variance: Q is what is left of it after A.
  private func assembled(
    _ A: Matrix<Double>, _ B: Matrix<Double>, _ C: Matrix<Double>, _ columns: [ColumnScale],
    _ variances: [Double], transitionNoise: Matrix<Double>? = nil
  ) -> LinearStateSpaceParameters {
    let (L, D) = (latent, dimensions)
    var r = variances
    if noise == .isotropic { r = Array(repeating: r.reduce(0, +) / Double(D), count: D) }
    return LinearStateSpaceParameters(
      initialMean: Array(repeating: 0, count: L), initialCovariance: .identity(L), transition: A, control: B,
      transitionNoise: transitionNoise ?? .diagonal(Array(repeating: 0.2, count: L)), emission: C,
      offset: columns.map(\.mean), emissionNoise: .diagonal(r))
  }

  /// More numbers than these are not looked at.
  private static var largestWindows: Int { 4_000_000 }

  /// nil where there are too few windows for as many axes.
  private func axes(
    of x: SequenceBatch<Scalar>, _ columns: [ColumnScale], _ scales: [Double]
  ) -> LinearStateSpaceParameters? {
    let (L, D, U) = (latent, dimensions, controls)
    let H = (L - 1) / D + 1
    let width = H * D
    // Windows of standardised frames, missing entries 0; where there are very many, two neighbours of every so many.
    let counted = (0..<x.count).filter { x.weight(of: $0) > 0 && x.frameRange(of: $0).count >= H }
    let all = counted.reduce(0) { $0 + x.frameRange(of: $1).count - H + 1 }
    let every = all * width > Self.largestWindows ? 2 * all * width / Self.largestWindows + 1 : 1
    var windows: [Double] = []
    var weights: [Double] = []
    var pairs: [(earlier: Int, control: [Double])] = []
    let (frames, u) = (x.frames, x.controls)
    var place = 0
    for n in counted {
      let range = x.frameRange(of: n)
      var hasEarlier = false
      for t in range.lowerBound...range.upperBound - H {
        defer { place += 1 }
        guard place % every < 2 else {
          hasEarlier = false
          continue
        }
        if hasEarlier { pairs.append((weights.count - 1, (0..<U).map { Double(u?[t - 1, $0] ?? 0) })) }
        hasEarlier = true
        weights.append(x.weight(of: n))
        for h in 0..<H {
          for j in 0..<D {
            let value = Double(frames[t + h, j])
            windows.append(value.isNaN ? 0 : (value - columns[j].mean) / scales[j])
          }
        }
      }
    }
    let count = weights.count
    guard count > L + 1, pairs.count > L + U + 1 else { return nil }
    let y = Matrix(rows: count, columns: width, elements: windows)
    let total = weights.reduce(0, +)
    var gram = y.multiplied(by: y.scalingRows(by: weights), transposingFirst: true)
    gram.scale(by: 1 / total)
    guard let eigen = SymmetricEigen(gram) else { return nil }
    let chosen = (0..<L).map { width - 1 - $0 }
    let values = chosen.map { eigen.values[$0] }
    guard values.allSatisfy({ $0 > 1e-10 * values[0] }) else { return nil }
    // z of unit variance.
    let axes = eigen.vectors.selecting(rows: chosen).scalingRows(by: values.map { 1 / $0.squareRoot() })
    let z = y.multiplied(by: axes, transposingSecond: true)
    let loadings = eigen.vectors.selecting(rows: chosen).scalingRows(by: values.map { $0.squareRoot() })
    var C = Matrix<Double>(rows: D, columns: L)
    for j in 0..<D { for l in 0..<L { C[j, l] = scales[j] * loadings[l, j] } }
    // What the axes leave over of a column's variance, and a twentieth of it at least.
    let left = (0..<D).map { j in
      let kept = (0..<L).reduce(0) { $0 + loadings[$1, j] * loadings[$1, j] }
      return scales[j] * scales[j] * Swift.max(gram[j, j] - kept, 0.05)
    }
    // z[t+1] on (z[t], u[t]), a little shrunk.
    let k = L + U
    var (G, E, S) = (
      Matrix<Double>(rows: k, columns: k), Matrix<Double>(rows: L, columns: k),
      Matrix<Double>(rows: L, columns: L)
    )
    var pairWeight = 0.0
    for pair in pairs {
      let (g, w) = (z.row(pair.earlier) + pair.control, weights[pair.earlier])
      let next = z.row(pair.earlier + 1)
      pairWeight += w
      for i in 0..<k { for j in 0..<k { G[i, j] += w * g[i] * g[j] } }
      for i in 0..<L { for j in 0..<k { E[i, j] += w * next[i] * g[j] } }
      for i in 0..<L { for j in 0..<L { S[i, j] += w * next[i] * next[j] } }
    }
    for i in 0..<k { G[i, i] += 0.01 * (i < L ? pairWeight : Swift.max(G[i, i], 1e-9 * pairWeight)) }
    guard let factor = Cholesky(G) else { return nil }
    let W = E.solvingRows(factor.lower).solvingRows(factor.lower, transposing: true)
    var Q = S.adding(W.multiplied(by: E, transposingSecond: true), times: -1).symmetric
    Q.scale(by: 1 / pairWeight)
    for i in 0..<L { Q[i, i] += 0.05 }
    guard Cholesky(Q) != nil else { return nil }
    return assembled(
      W.part(rows: 0..<L, columns: 0..<L), W.part(rows: 0..<L, columns: L..<k), C, columns, left,
      transitionNoise: Q)
  }
}
