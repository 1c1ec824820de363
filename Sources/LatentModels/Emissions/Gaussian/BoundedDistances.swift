// D dimensions, K components, L kept; W[k] = L[k]⁻¹ whitens, P leading columns

import LatentNumerics

/// Log densities under dense covariances where few of many components matter to a row: branch and bound.
///
/// Of the whitened row W[k] d, whose columns come in the order of `GaussianDensities`, those that tell components apart
/// first, the first P elements need only the first P columns, and
///
///     c[k] − ½ Σ_{j<P} (W[k] d)ⱼ² ≥ c[k] − ½ ‖W[k] d‖²
///
/// bounds a log density from above at a fraction of its cost. The component of the highest bound is computed in full, then
/// those next in rank, if only L count, and then every other whose bound is neither below the L-th best density that the
/// row has by then, nor so far below its best that its responsibility is 0: first by more columns, and in full if it is
/// still in question. What matters of each row is exact, and the same as if all had been computed.
struct BoundedDistances<Scalar: LatentScalar> {
  private let factors: [Matrix<Scalar>]
  private let means: Matrix<Scalar>
  private let constants: [Scalar]
  private let margin: Scalar
  private let first: LeadingColumns<Scalar>
  private let second: LeadingColumns<Scalar>

  /// Columns that few panels hold; with more, `DenseDistances` drops components between panels.
  private static var columns: ClosedRange<Int> { Kernels.smallDimension + 1...192 }

  /// nil where it would not pay, or where every density counts.
  init?(_ densities: GaussianDensities<Scalar>, kept: Int?) {
    guard case .factors(let factors, let means, _) = densities.whitening, densities.margin.isFinite,
      Self.columns.contains(means.columns), factors.count >= (kept == nil ? 16 : 4)
    else { return nil }
    self.factors = factors
    self.means = means
    constants = densities.constants
    margin = densities.margin
    // As many columns as loops are unrolled for, and as there are loops for.
    first = LeadingColumns(12, of: factors, means)
    second = LeadingColumns(Kernels.smallDimension, of: factors, means)
  }

  /// - Parameters:
  ///   - rows: `count` of them, row-major, D columns.
  ///   - stride: the padded number of rows.
  ///   - kept: how many components of each row matter; nil for all.
  ///   - joint: receives ln (π[k] p(x | k)) at `k * stride + i` of the components that matter to row i, and for others a
  ///     number that is as negligible.
  ///   - best: receives the largest of each row.
  ///   - work: memory for `count * D` elements.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func compute(
    _ rows: UnsafePointer<Scalar>, count: Int, stride: Int, kept: Int?,
    joint: UnsafeMutablePointer<Scalar>, best: UnsafeMutablePointer<Scalar>,
    work: UnsafeMutablePointer<Scalar>
  ) {
    let (K, L) = (factors.count, kept ?? 1)
    let packed = AlignedStorage<Scalar>(count: second.columns * stride)
    let limit = AlignedStorage<Scalar>(count: 2 * stride, repeating: 0)
    let top = AlignedStorage<Scalar>(count: L * stride, repeating: -.infinity)
    let isKnown = AlignedStorage<UInt8>(count: K * stride, repeating: 0)
    let values = AlignedStorage<Scalar>(count: stride)
    defer { withExtendedLifetime((packed, limit, top, isKnown, values)) {} }
    let (bar, ranked) = (limit.base, limit.base + stride)
    first.pack(rows, count: count, of: means.columns, block: stride, into: packed.base)
    for k in 0..<K {
      first.bound(
        k, constants[k], packed.base, block: stride, scratch: values.base, into: joint + k * stride)
    }
    var chosen = [Int32](repeating: 0, count: count)
    let passes: [Pass] = kept == nil ? [.likeliest, .others] : [.likeliest, .nextInRank, .others]
    for pass in passes {
      switch pass {
      case .likeliest: Kernels.kthBest(joint, block: stride, components: K, kept: 1, into: ranked)
      case .nextInRank: Kernels.kthBest(joint, block: stride, components: K, kept: L, into: ranked)
      case .others: ranked.update(repeating: -.infinity, count: stride)
      }
      for i in 0..<count { bar[i] = Swift.max(ranked[i], cut(top.base + i, stride, kept)) }
      for k in 0..<K {
        let (out, known) = (joint + k * stride, isKnown.base + k * stride)
        var found = 0
        for i in 0..<count where out[i] >= bar[i] && known[i] == 0 {
          chosen[found] = Int32(i)
          found += 1
        }
        if pass == .others, found > 0 {
          found = narrow(
            k, &chosen, found, of: rows, bar: bar, out: out, packed: packed.base, values: values.base,
            work: work)
        }
        guard found > 0 else { continue }
        evaluate(k, chosen, found, of: rows, squares: values.base, work: work)
        for n in 0..<found {
          let i = Int(chosen[n])
          out[i] = constants[k] - values.base[n] / 2
          known[i] = 1
          Self.insert(out[i], into: top.base + i, count: L, stride: stride)
          if pass == .others { bar[i] = cut(top.base + i, stride, kept) }
        }
      }
    }
    best.update(from: top.base, count: count)
    for i in count..<stride { best[i] = 0 }
  }

  private enum Pass { case likeliest, nextInRank, others }

  /// Bounds by more columns; returns how many of the chosen rows are still in question.
  private func narrow(
    _ k: Int, _ chosen: inout [Int32], _ found: Int, of rows: UnsafePointer<Scalar>,
    bar: UnsafePointer<Scalar>, out: UnsafeMutablePointer<Scalar>, packed: UnsafeMutablePointer<Scalar>,
    values: UnsafeMutablePointer<Scalar>, work: UnsafeMutablePointer<Scalar>
  ) -> Int {
    let block = (found + Kernels.group - 1) / Kernels.group * Kernels.group
    let Q = second.columns
    second.zeros.withUnsafeBufferPointer { zeros in
      Kernels.gather(
        rows, stride: means.columns, rows: found, columns: Q, row: chosen, origin: zeros.baseAddress!,
        into: work, stride: Q)
    }
    second.pack(work, count: found, of: Q, block: block, into: packed)
    // The rows themselves are no longer needed.
    second.bound(k, constants[k], packed, block: block, scratch: work, into: values)
    var left = 0
    for n in 0..<found {
      let i = Int(chosen[n])
      out[i] = Swift.min(out[i], values[n])
      if out[i] >= bar[i] {
        chosen[left] = chosen[n]
        left += 1
      }
    }
    return left
  }

  /// What a bound must reach: the least density that matters, with what rounding may have taken from the bound.
  private func cut(_ top: UnsafePointer<Scalar>, _ stride: Int, _ kept: Int?) -> Scalar {
    let negligible = top[0] - margin
    let value = kept.map { Swift.max(top[($0 - 1) * stride], negligible) } ?? negligible
    return value.isFinite ? value - 1024 * Scalar.ulpOfOne * (1 + abs(value)) : value
  }

  /// Puts a value in its place among the largest, descending.
  private static func insert(
    _ value: Scalar, into top: UnsafeMutablePointer<Scalar>, count: Int, stride: Int
  ) {
    var l = count - 1
    guard value > top[l * stride] else { return }
    while l > 0, value > top[(l - 1) * stride] {
      top[l * stride] = top[(l - 1) * stride]
      l -= 1
    }
    top[l * stride] = value
  }

  /// ‖W[k] d‖² of some rows.
  private func evaluate(
    _ k: Int, _ chosen: [Int32], _ found: Int, of rows: UnsafePointer<Scalar>,
    squares: UnsafeMutablePointer<Scalar>, work: UnsafeMutablePointer<Scalar>
  ) {
    let D = means.columns
    means.withUnsafeElements { μ in
      Kernels.gather(
        rows, stride: D, rows: found, columns: D, row: chosen, origin: μ.baseAddress! + k * D, into: work,
        stride: D)
    }
    factors[k].withUnsafeElements { L in
      BLAS.solveRows(m: found, n: D, lower: L.baseAddress!, stride: D, into: work, stride: D)
    }
    squares.update(repeating: 0, count: found)
    Kernels.addSquareNorms(work, stride: D, rows: found, columns: D, into: squares)
  }
}

/// The leading columns of components: what bounds are made from.
private struct LeadingColumns<Scalar: LatentScalar> {
  /// P.
  let columns: Int
  /// The leading block of each W, packed by rows; the leading columns of each mean.
  private let whiteners: [Scalar]
  private let means: [Scalar]
  let zeros: [Scalar]

  init(_ P: Int, of factors: [Matrix<Scalar>], _ means: Matrix<Scalar>) {
    columns = P
    zeros = Array(repeating: 0, count: P)
    self.means = factors.indices.flatMap { k in means.row(k)[..<P] }
    whiteners = factors.flatMap { factor in
      let block = factor[rows: 0..<P].selecting(columns: Array(0..<P)).converted(to: Double.self)
      let inverse = Cholesky(lower: block).invertedLower()
      return (0..<P).flatMap { i in (0...i).map { Scalar(inverse[i, $0]) } }
    }
  }

  /// The leading columns of rows of `width` columns, feature by feature.
  func pack(
    _ rows: UnsafePointer<Scalar>, count: Int, of width: Int, block: Int,
    into packed: UnsafeMutablePointer<Scalar>
  ) {
    Kernels.pack(rows, stride: width, rows: count, columns: columns, origin: nil, block: block, into: packed)
  }

  /// The bounds of component k.
  func bound(
    _ k: Int, _ constant: Scalar, _ packed: UnsafePointer<Scalar>, block: Int,
    scratch: UnsafeMutablePointer<Scalar>, into out: UnsafeMutablePointer<Scalar>
  ) {
    let P = columns
    scratch.update(repeating: 0, count: block)
    means.withUnsafeBufferPointer { μ in
      whiteners.withUnsafeBufferPointer { W in
        Kernels.logDensityFull(
          packed, block: block, columns: P, mean: μ.baseAddress! + k * P,
          whitener: W.baseAddress! + k * (P * (P + 1) / 2), constant: constant, best: scratch, into: out)
      }
    }
  }
}
