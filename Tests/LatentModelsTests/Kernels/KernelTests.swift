// N rows, D columns, K components, W lanes

import CLatentKernels
import Foundation
import LatentModels
import LatentNumerics
import Testing

/// Every kernel against plain sums, for all widths and both precisions, with blocks that end in padding.
@Suite struct KernelTests {
  static let rows = [1, 7, 8, 9, 16, 33, 250, 256]

  /// Random input of one block: rows, a mean, a lower triangular matrix, responsibilities.
  struct Input<S: LatentScalar> {
    let N: Int
    let D: Int
    let stride: Int
    let x: AlignedStorage<S>
    let packed: AlignedStorage<S>
    let mean: [S]
    let triangle: [S]
    let diagonal: [S]
    let weights: AlignedStorage<S>
    let active: [UInt8]
    let lanes = Kernels.lanes(S.self)

    init(N: Int, D: Int, seed: UInt64) {
      var stream = RandomStream(seed: seed)
      self.N = N
      self.D = D
      let stride = (N + Kernels.group - 1) / Kernels.group * Kernels.group
      self.stride = stride
      x = AlignedStorage(count: N * D)
      for i in 0..<N * D { x.base[i] = S(3 + stream.normal()) }
      packed = AlignedStorage(count: stride * D, repeating: .nan)
      Kernels.pack(x.base, stride: D, rows: N, columns: D, origin: nil, block: stride, into: packed.base)
      mean = (0..<D).map { _ in S(3 + stream.normal()) }
      triangle = (0..<D * (D + 1) / 2).map { _ in S(stream.normal()) }
      diagonal = (0..<D).map { _ in S(0.5 + stream.uniform()) }
      weights = AlignedStorage(count: stride, repeating: 0)
      // Whole groups without weight, as negligible components leave them.
      for i in 0..<N where i / lanes % 3 != 1 { weights.base[i] = S(stream.uniform()) }
      let (base, lanes) = (weights.base, lanes)
      active = (0..<stride / lanes).map { g in (0..<lanes).contains { base[g * lanes + $0] > 0 } ? 1 : 0 }
    }

    func value(_ i: Int, _ j: Int) -> Double { i < N ? Double(x.base[i * D + j]) : 0 }
    func d(_ i: Int, _ j: Int) -> Double { value(i, j) - Double(mean[j]) }

    /// y[i] = Σⱼ≤ᵢ W[i, j] v[j]
    func whitened(_ v: (Int) -> Double) -> [Double] {
      (0..<D).map { i in (0...i).reduce(0) { $0 + Double(triangle[i * (i + 1) / 2 + $1]) * v($1) } }
    }

    /// The sum of a quantity's lanes.
    func reduced(_ sums: AlignedStorage<S>, _ index: Int) -> Double {
      (0..<lanes).reduce(0) { $0 + Double(sums.base[index * lanes + $1]) }
    }
  }

  func expectClose<S: LatentScalar>(
    _ value: S, _ expected: Double, scale: Double, _ name: @autoclosure () -> String,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let error = (Double(value) - expected).magnitude
    if !(error <= 16 * Double(S.ulpOfOne) * (scale + expected.magnitude)) {
      Issue.record("\(name()): \(value), expected \(expected)", sourceLocation: location)
    }
  }

  func eachInput(_ D: Int, _ body: (Input<Double>) -> Void, _ single: (Input<Float>) -> Void) {
    for N in Self.rows {
      body(Input(N: N, D: D, seed: UInt64(D)))
      single(Input(N: N, D: D, seed: UInt64(D)))
    }
  }

  @Test(arguments: 1...33) func pack(D: Int) {
    func check<S>(_ one: Input<S>) {
      let out = AlignedStorage<S>(count: one.stride * D, repeating: .nan)
      one.mean.withUnsafeBufferPointer {
        Kernels.pack(
          one.x.base, stride: D, rows: one.N, columns: D, origin: $0.baseAddress, block: one.stride,
          into: out.base)
      }
      for j in 0..<D {
        for i in 0..<one.stride {
          let (plain, centred) =
            i < one.N ? (one.x.base[i * D + j], one.x.base[i * D + j] - one.mean[j]) : (0, 0)
          #expect(one.packed.base[j * one.stride + i] == plain && out.base[j * one.stride + i] == centred)
        }
      }
    }
    for N in [1, 9, 33] {
      check(Input<Double>(N: N, D: D, seed: 1))
      check(Input<Float>(N: N, D: D, seed: 1))
    }
  }

  @Test(arguments: 1...32) func logDensityFull(D: Int) {
    func check<S>(_ one: Input<S>) {
      let out = AlignedStorage<S>(count: one.stride, repeating: .nan)
      // Half the rows have a better component already.
      let best = AlignedStorage<S>(count: one.stride)
      for i in 0..<one.stride { best.base[i] = i / 64 % 2 == 0 ? -.infinity : 100 }
      Kernels.logDensityFull(
        one.packed.base, block: one.stride, columns: D, mean: one.mean, whitener: one.triangle,
        constant: -1.5,
        best: best.base, into: out.base)
      for i in 0..<one.stride {
        let y = one.whitened { one.d(i, $0) }
        // What the sums of absolute values are sets the rounding.
        let size = (0..<D).reduce(0.0) { total, r in
          let sum = (0...r).reduce(0.0) {
            $0 + (Double(one.triangle[r * (r + 1) / 2 + $1]) * one.d(i, $1)).magnitude
          }
          return total + sum * sum
        }
        expectClose(
          out.base[i], -1.5 - 0.5 * y.reduce(0) { $0 + $1 * $1 }, scale: size, "row \(i) of \(one.N)")
        #expect(best.base[i] == Swift.max(i / 64 % 2 == 0 ? -.infinity : 100, out.base[i]))
      }
    }
    eachInput(D, check, check)
  }

  @Test(arguments: 1...33) func logDensityDiagonal(D: Int) {
    func check<S>(_ one: Input<S>) {
      let out = AlignedStorage<S>(count: one.stride, repeating: .nan)
      let best = AlignedStorage<S>(count: one.stride, repeating: -20)
      Kernels.logDensityDiagonal(
        one.packed.base, block: one.stride, columns: D, mean: one.mean, whitener: one.diagonal, constant: 2,
        best: best.base, into: out.base)
      for i in 0..<one.stride {
        let square = (0..<D).reduce(0.0) {
          let y = one.d(i, $1) * Double(one.diagonal[$1])
          return $0 + y * y
        }
        expectClose(out.base[i], 2 - 0.5 * square, scale: 2, "row \(i) of \(one.N)")
        #expect(best.base[i] == Swift.max(-20, out.base[i]))
      }
    }
    eachInput(D, check, check)
  }

  @Test(arguments: 1...32) func whiten(D: Int) {
    func check<S>(_ one: Input<S>) {
      let out = AlignedStorage<S>(count: one.stride * D, repeating: .nan)
      Kernels.whiten(
        one.packed.base, block: one.stride, columns: D, whitener: one.triangle, into: out.base)
      for i in 0..<one.stride {
        for (j, y) in one.whitened({ one.value(i, $0) }).enumerated() {
          expectClose(out.base[j * one.stride + i], y, scale: 10 * Double(D), "row \(i) of \(one.N)")
        }
      }
    }
    eachInput(D, check, check)
  }

  /// Counts, first and second moments, added to what is there.
  @Test(arguments: 1...33) func moments(D: Int) {
    func check<S>(_ one: Input<S>) {
      let pairs = D * (D + 1) / 2
      let sums = AlignedStorage<S>(count: (1 + D + pairs) * one.lanes, repeating: 0)
      let diagonal = AlignedStorage<S>(count: (1 + 2 * D) * one.lanes, repeating: 0)
      let first = AlignedStorage<S>(count: (1 + D) * one.lanes, repeating: 0)
      for _ in 0..<2 {
        if D <= Kernels.smallDimension {
          Kernels.momentsFull(
            one.packed.base, block: one.stride, columns: D, origin: one.mean, weight: one.weights.base,
            active: one.active, into: sums.base)
        }
        for (order, target) in [(2, diagonal), (1, first)] {
          Kernels.momentsDiagonal(
            one.packed.base, block: one.stride, columns: D, origin: one.mean, weight: one.weights.base,
            active: one.active, order: order, into: target.base)
        }
      }
      func sum(_ f: (Int) -> Double) -> Double {
        (0..<one.N).reduce(0) { $0 + 2 * Double(one.weights.base[$1]) * f($1) }
      }
      let scale = Double(one.N)
      for target in [sums, diagonal, first] where D <= Kernels.smallDimension || target !== sums {
        expectClose(S(one.reduced(target, 0)), sum { _ in 1 }, scale: scale, "count")
        for j in 0..<D {
          expectClose(S(one.reduced(target, 1 + j)), sum { one.d($0, j) }, scale: scale, "first \(j)")
        }
      }
      for j in 0..<D {
        expectClose(
          S(one.reduced(diagonal, 1 + D + j)), sum { one.d($0, j) * one.d($0, j) }, scale: scale,
          "square \(j)")
        guard D <= Kernels.smallDimension else { continue }
        for l in 0...j {
          expectClose(
            S(one.reduced(sums, 1 + D + j * (j + 1) / 2 + l)), sum { one.d($0, j) * one.d($0, l) },
            scale: scale,
            "second \(j), \(l)")
        }
      }
    }
    eachInput(D, check, check)
  }

  @Test(arguments: [1, 2, 3, 8, 20]) func responsibilities(K: Int) {
    func check<S: LatentScalar>(_: S.Type, N: Int, weighted: Bool) {
      var stream = RandomStream(seed: UInt64(K))
      let lanes = Kernels.lanes(S.self)
      let stride = (N + Kernels.group - 1) / Kernels.group * Kernels.group
      let joint = AlignedStorage<S>(count: K * stride)
      let best = AlignedStorage<S>(count: stride, repeating: -.infinity)
      let sum = AlignedStorage<S>(count: stride, repeating: .nan)
      let weights = AlignedStorage<S>(count: stride, repeating: 0)
      let active = AlignedStorage<UInt8>(count: K * stride / lanes)
      var logWeights = stream.dirichlet(Array(repeating: 2, count: K)).map { S(Double.log($0)) }
      if K > 2 { logWeights[2] = -.infinity }  // a component without weight
      for i in 0..<stride {
        weights.base[i] = i < N ? (weighted ? S(stream.uniform()) : 1) : 0
        for k in 0..<K {
          let l = logWeights[k] + S(-30 * stream.uniform() * (k % 2 == 0 ? 1 : 4))
          joint.base[k * stride + i] = l
          best.base[i] = Swift.max(best.base[i], l)
        }
      }
      let before = (0..<K * stride).map { Double(joint.base[$0]) }
      let totals = AlignedStorage<Double>(count: 2, repeating: 1)
      Kernels.responsibilities(
        joint.base, block: stride, components: K, logWeights: logWeights, weight: weights.base,
        best: best.base,
        sum: sum.base, active: active.base, totals: totals.base)
      var (evidence, reconstruction, size) = (1.0, 1.0, 1.0)
      for i in 0..<stride {
        let l = (0..<K).map { before[$0 * stride + i] }
        let top = l.max() ?? 0
        let normaliser = l.reduce(0) { $0 + Double.exp($1 - top) }
        let w = Double(weights.base[i])
        expectClose(sum.base[i], normaliser, scale: 0, "normaliser of row \(i)")
        evidence += w * (top + Double.log(normaliser))
        size += w * (top.magnitude + 100)
        for k in 0..<K {
          let r = Double.exp(l[k] - top) / normaliser
          let found = joint.base[k * stride + i]
          let distance = (top - l[k]) / Double(Kernels.margin(S.self))
          if distance > 1.00001 {
            #expect(found == 0)
          } else if distance < 0.99999 {
            expectClose(found, w * r, scale: 0, "responsibility of row \(i), component \(k)")
          }
          if found > 0 { #expect(active.base[k * (stride / lanes) + i / lanes] == 1) }
          if r > 0 { reconstruction += w * r * (l[k] - Double(logWeights[k])) }
        }
      }
      expectClose(S(totals.base[0]), evidence, scale: size, "evidence")
      expectClose(S(totals.base[1]), reconstruction, scale: size, "reconstruction")
    }
    for N in Self.rows {
      for weighted in [false, true] {
        check(Double.self, N: N, weighted: weighted)
        check(Float.self, N: N, weighted: weighted)
      }
    }
  }

  @Test(arguments: [1, 2, 7, 8, 9, 16, 17, 31, 40, 100]) func rowKernels(D: Int) {
    func check<S>(_ one: Input<S>) {
      let (N, ldo) = (one.N, D + 3)
      let rows = (0..<N).map { Int32((7 * $0 + 3) % N) }
      let columns = (0..<D).map { Int32((D - 1) - $0) }
      let scale = (0..<N).map { S(0.5 + Double($0)) }
      for (row, column, factor) in [
        (nil, nil, nil), (rows, nil, scale), (rows, columns, nil), (nil, columns, scale),
      ]
        as [([Int32]?, [Int32]?, [S]?)]
      {
        let out = AlignedStorage<S>(count: N * ldo, repeating: -7)
        Kernels.gather(
          one.x.base, stride: D, rows: N, columns: D, row: row, column: column,
          scale: factor, origin: one.mean, into: out.base, stride: ldo)
        for i in 0..<N {
          for j in 0..<ldo {
            let source = row.map { Int($0[i]) } ?? i
            let expected =
              j < D
              ? (factor?[i] ?? 1) * (one.x.base[source * D + (column.map { Int($0[j]) } ?? j)] - one.mean[j])
              : -7
            expectClose(out.base[i * ldo + j], Double(expected), scale: 0, "row \(i), column \(j)")
          }
        }
      }
      let squares = AlignedStorage<S>(count: N, repeating: 1)
      Kernels.addSquareNorms(one.x.base, stride: D, rows: N, columns: D, into: squares.base)
      let sums = AlignedStorage<Double>(count: D, repeating: 1)
      Kernels.addRows(one.x.base, stride: D, rows: N, columns: D, scale: scale, into: sums.base)
      for i in 0..<N {
        let expected = (0..<D).reduce(1.0) { $0 + one.value(i, $1) * one.value(i, $1) }
        expectClose(squares.base[i], expected, scale: 0, "norm \(i)")
      }
      for j in 0..<D {
        let expected = (0..<N).reduce(1.0) { $0 + Double(scale[$1]) * one.value($1, j) }
        expectClose(S(sums.base[j]), expected, scale: 4 * Double(N) * Double(N), "sum \(j)")
      }
    }
    eachInput(D, check, check)
  }

  /// Within 1.5 units in the last place, and 0 where the result would be below the normal numbers.
  @Test func exponential() {
    var worst = (double: 0.0, single: 0.0)
    var stream = RandomStream(seed: 9)
    for scale in [1e-300, 1e-17, 1e-8, 1e-3, 0.4, 1, 10, 100, 708] {
      let x = AlignedStorage<Double>(count: 4096)
      for i in 0..<4096 { x.base[i] = Swift.max(-scale * stream.uniform(), -707.999) }
      let before = (0..<4096).map { x.base[$0] }
      latent_exp_d(x.base, 4096)
      for i in 0..<4096 {
        let expected = Foundation.exp(before[i])
        worst.double = Swift.max(worst.double, (x.base[i] - expected).magnitude / expected.ulp)
      }
      let y = AlignedStorage<Float>(count: 4096)
      for i in 0..<4096 { y.base[i] = Swift.max(Float(-scale * stream.uniform()), -86.999) }
      let single = (0..<4096).map { y.base[$0] }
      latent_exp_f(y.base, 4096)
      for i in 0..<4096 {
        let expected = Foundation.exp(Double(single[i]))
        worst.single = Swift.max(
          worst.single, (Double(y.base[i]) - expected).magnitude / Double(Float(expected).ulp))
      }
    }
    #expect(worst.double <= 1.5 && worst.single <= 1.5, "\(worst) units in the last place")
    for x in [0.0, -0.0, -708.5, -1e5, -.infinity] {
      let block = AlignedStorage<Double>(count: 8, repeating: x)
      let single = AlignedStorage<Float>(count: 16, repeating: Float(x))
      latent_exp_d(block.base, 8)
      latent_exp_f(single.base, 16)
      #expect(block.base[7] == (x == 0 ? 1 : 0) && single.base[15] == (x == 0 ? 1 : 0), "\(x)")
    }
  }

  @Test(arguments: [1, 2, 5, 32]) func bestComponents(kept: Int) {
    func check<S: LatentScalar>(_: S.Type) {
      let (K, stride) = (40, 48)
      var stream = RandomStream(seed: 3)
      let joint = AlignedStorage<S>(count: K * stride)
      let limit = AlignedStorage<S>(count: stride)
      defer { withExtendedLifetime((joint, limit)) {} }
      // Ties, components of weight 0, a row with hardly another, and a row that is all ties.
      for i in 0..<K * stride {
        joint.base[i] = i % 13 == 0 ? -.infinity : S((4 * stream.normal()).rounded())
        if i % stride == 5, i / stride != 7 { joint.base[i] = -.infinity }
        if i % stride == 6 { joint.base[i] = -2 }
      }
      let rows = (0..<stride).map { i in (0..<K).map { joint.base[$0 * stride + i] } }
      Kernels.kthBest(joint.base, block: stride, components: K, kept: kept, into: limit.base)
      Kernels.keepBest(joint.base, block: stride, components: K, kept: kept)
      for i in 0..<stride {
        #expect(limit.base[i] == rows[i].sorted(by: >)[kept - 1])
        let order = (0..<K).sorted { rows[i][$0] > rows[i][$1] || (rows[i][$0] == rows[i][$1] && $0 < $1) }
        let best = Set(order.prefix(kept))
        for k in 0..<K {
          #expect(
            joint.base[k * stride + i] == (best.contains(k) ? rows[i][k] : -.infinity), "row \(i), \(k)")
        }
      }
      // What is not a number is not hidden.
      joint.base[3 * stride + 1] = .nan
      Kernels.keepBest(joint.base, block: stride, components: K, kept: kept)
      #expect(joint.base[3 * stride + 1].isNaN)
    }
    check(Double.self)
    check(Float.self)
  }

  @Test(arguments: [1, 7, 8, 16, 17, 50]) func areBinary(count: Int) {
    func check<S: LatentScalar>(_: S.Type) {
      let x = AlignedStorage<S>(count: count)
      defer { withExtendedLifetime(x) {} }
      for i in 0..<count { x.base[i] = i % 3 == 0 ? 1 : -0.0 }
      #expect(Kernels.areBinary(x.base, count: count))
      for i in 0..<count {
        let before = x.base[i]
        for other in [S.nan, .infinity, 0.5, 2, -1] {
          x.base[i] = other
          #expect(!Kernels.areBinary(x.base, count: count), "\(other) at \(i)")
        }
        x.base[i] = before
      }
    }
    check(Double.self)
    check(Float.self)
  }
}
