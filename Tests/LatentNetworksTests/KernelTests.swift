import CLatentKernels
import Foundation
import LatentNumerics
import Testing

/// The tape's kernels against plain loops: every length around the width of a vector, rows with gaps between them that
/// must stay as they are, writing and adding.
@Suite struct NetworkKernelTests {
  static let widths = [1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 40]

  /// A matrix in memory with rows further apart than they are long; the gaps hold NaN.
  struct Strided<S: LatentScalar> {
    let rows: Int
    let columns: Int
    let stride: Int
    var elements: [S]

    init(_ rows: Int, _ columns: Int, gap: Int = 3, _ value: () -> Double) {
      self.rows = rows
      self.columns = columns
      stride = columns + gap
      elements = [S](repeating: .nan, count: rows * stride)
      for i in 0..<rows { for j in 0..<columns { elements[i * stride + j] = S(value()) } }
    }

    subscript(i: Int, j: Int) -> Double { Double(elements[i * stride + j]) }

    func hasCleanGaps() -> Bool {
      (0..<rows).allSatisfy { i in (columns..<stride).allSatisfy { elements[i * stride + $0].isNaN } }
    }
  }

  func kernels<S>(_: S.Type) -> latent_network_kernels {
    S.self == Float.self ? latent_networks_f : latent_networks_d
  }

  func expect<S: LatentScalar>(
    _ out: Strided<S>, _ name: String, scale: Double = 1, _ location: SourceLocation = #_sourceLocation,
    _ expected: (Int, Int) -> Double
  ) {
    for i in 0..<out.rows {
      for j in 0..<out.columns {
        let e = expected(i, j)
        if !((out[i, j] - e).magnitude <= 30 * Double(S.ulpOfOne) * (e.magnitude + scale)) {
          Issue.record("\(name) [\(i), \(j)]: \(out[i, j]), not \(e)", sourceLocation: location)
          return
        }
      }
    }
    if !out.hasCleanGaps() { Issue.record("\(name) wrote past a row's end", sourceLocation: location) }
  }

  @Test(arguments: widths) func combineWithRepetition(columns n: Int) {
    func check<S: LatentScalar>(_: S.Type) {
      var stream = RandomStream(seed: 1)
      let k = kernels(S.self)
      let m = 3
      for (rowsA, columnsA, rowsB, columnsB) in [
        (m, n, m, n), (1, n, m, n), (m, 1, m, n), (m, n, 1, n), (m, n, m, 1), (m, n, 1, 1), (1, n, m, 1),
        (1, 1, 1, 1),
      ] {
        let a = Strided<S>(rowsA, columnsA) { 1 + stream.uniform() }
        let b = Strided<S>(rowsB, columnsB) { 1 + stream.uniform() }
        let (rows, columns) = (Swift.max(rowsA, rowsB), Swift.max(columnsA, columnsB))
        for (code, f) in [
          (LATENT_ADD, { $0 + $1 }), (LATENT_SUBTRACT, { $0 - $1 }), (LATENT_MULTIPLY, { $0 * $1 }),
          (LATENT_DIVIDE, { $0 / $1 }),
        ] as [(Int, (Double, Double) -> Double)] {
          for add in [0, 1] {
            var out = Strided<S>(rows, columns) { 0.25 }
            k.combine(
              code, add, rows, columns, a.elements, rowsA == rows ? a.stride : 0, columnsA == columns ? 1 : 0,
              b.elements, rowsB == rows ? b.stride : 0, columnsB == columns ? 1 : 0, &out.elements,
              out.stride,
              -0.5)
            expect(out, "combine \(code)") { i, j in
              let x = a[rowsA == 1 ? 0 : i, columnsA == 1 ? 0 : j]
              let y = b[rowsB == 1 ? 0 : i, columnsB == 1 ? 0 : j]
              return -0.5 * f(x, y) + (add == 1 ? 0.25 : 0)
            }
          }
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: widths) func sumsAndCopies(columns n: Int) {
    func check<S: LatentScalar>(_: S.Type) {
      var stream = RandomStream(seed: 2)
      let k = kernels(S.self)
      for m in [1, 2, 5] {
        let x = Strided<S>(m, n) { stream.normal() }
        let w = Strided<S>(1, m, gap: 0) { stream.normal() }
        let old = 0.25
        for add in [0, 1] {
          let before = add == 1 ? old : 0
          var row = Strided<S>(1, n) { old }
          k.sum_rows(add, m, n, x.elements, x.stride, nil, &row.elements, 0.5)
          expect(row, "sum of rows", scale: 4) { _, j in (0..<m).reduce(before) { $0 + 0.5 * x[$1, j] } }
          row = Strided<S>(1, n) { old }
          k.sum_rows(add, m, n, x.elements, x.stride, w.elements, &row.elements, 1)
          expect(row, "weighted sum", scale: 4) { _, j in (0..<m).reduce(before) { $0 + w[0, $1] * x[$1, j] }
          }
          var column = Strided<S>(m, 1) { old }
          k.sum_columns(add, m, n, x.elements, x.stride, &column.elements, column.stride, 0.5)
          expect(column, "sum of columns", scale: 10) { i, _ in (0..<n).reduce(before) { $0 + 0.5 * x[i, $1] }
          }
          var out = Strided<S>(m, n) { old }
          k.copy(add, m, n, x.elements, x.stride, 1, &out.elements, out.stride, -2)
          expect(out, "copy") { before - 2 * x[$0, $1] }
          out = Strided<S>(m, n) { old }
          k.copy(add, m, n, x.elements, x.stride, 0, &out.elements, out.stride, 1)
          expect(out, "repeated column") { i, _ in before + x[i, 0] }
          out = Strided<S>(m, n) { old }
          k.scale_rows(add, m, n, x.elements, x.stride, w.elements, &out.elements, out.stride)
          expect(out, "scaled rows") { before + w[0, $0] * x[$0, $1] }
          var turned = Strided<S>(n, m) { old }
          k.transpose(add, m, n, x.elements, x.stride, &turned.elements, turned.stride)
          expect(turned, "transpose") { before + x[$1, $0] }
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  /// With an offset of 1e4 and −1e4 the exponentials themselves overflow and vanish.
  @Test(arguments: widths) func logSumExp(columns n: Int) {
    func check<S: LatentScalar>(_: S.Type) {
      let k = kernels(S.self)
      for offset in [0, 1e4, -1e4, 100] {
        var stream = RandomStream(seed: 3)
        let x = Strided<S>(4, n) { offset + 3 * stream.normal() }
        var out = Strided<S>(4, 1, gap: 0) { 0 }
        k.log_sum_exp(4, n, x.elements, x.stride, &out.elements)
        expect(out, "log-sum-exp at \(offset)", scale: 1 + offset.magnitude / 8) { i, _ in
          let top = (0..<n).map { x[i, $0] }.max()!
          return top + Foundation.log((0..<n).reduce(0) { $0 + Foundation.exp(x[i, $1] - top) })
        }
        var y = Strided<S>(4, n) { 0 }
        k.softmax(4, n, x.elements, x.stride, &y.elements, y.stride)
        for i in 0..<4 {
          let total = (0..<n).reduce(0) { $0 + y[i, $1] }
          #expect((total - 1).magnitude < 30 * Double(S.ulpOfOne))
          for j in 1..<Swift.max(n, 1) {
            let ratio = Foundation.exp(x[i, j] - x[i, 0])
            #expect((y[i, j] - ratio * y[i, 0]).magnitude < 100 * Double(S.ulpOfOne))
          }
        }
      }
      let nothing = Strided<S>(1, n) { -Double.infinity }
      var out = Strided<S>(1, 1, gap: 0) { 0 }
      k.log_sum_exp(1, n, nothing.elements, nothing.stride, &out.elements)
      #expect(out[0, 0] == -Double.infinity)
      var spoilt = Strided<S>(1, n) { 1 }
      spoilt.elements[n - 1] = .nan
      k.log_sum_exp(1, n, spoilt.elements, spoilt.stride, &out.elements)
      #expect(out[0, 0].isNaN)
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: widths + [784]) func bernoulli(columns n: Int) {
    func check<S: LatentScalar>(_: S.Type) {
      var stream = RandomStream(seed: 4)
      let k = kernels(S.self)
      let l = Strided<S>(3, n) { 8 * stream.normal() }
      let x = Strided<S>(3, n) {
        let u: Double = stream.uniform()
        return u < 0.2 ? .nan : u < 0.5 ? 1 : u < 0.9 ? 0 : 0.3
      }
      var out = Strided<S>(3, 1, gap: 0) { 0 }
      var partial = Strided<S>(3, n, gap: 0) { 7 }
      k.bernoulli(3, n, l.elements, l.stride, x.elements, x.stride, &out.elements, &partial.elements)
      expect(out, "Bernoulli", scale: Double(n)) { i, _ in
        (0..<n).reduce(0) { total, j in
          guard !x[i, j].isNaN else { return total }
          return total + x[i, j] * l[i, j] - Swift.max(l[i, j], 0) - log1p(Foundation.exp(-l[i, j].magnitude))
        }
      }
      expect(partial, "its derivative") { i, j in
        x[i, j].isNaN ? 0 : x[i, j] - 1 / (1 + Foundation.exp(-l[i, j]))
      }
      let without = out.elements
      k.bernoulli(3, n, l.elements, l.stride, x.elements, x.stride, &out.elements, nil)
      #expect(out.elements == without)
      var extreme = Strided<S>(1, n) { 1e4 }
      let ones = Strided<S>(1, n) { 1 }
      k.bernoulli(1, n, extreme.elements, extreme.stride, ones.elements, ones.stride, &out.elements, nil)
      #expect(out[0, 0] == 0)
      extreme.elements[n - 1] = .nan
      k.bernoulli(1, n, extreme.elements, extreme.stride, ones.elements, ones.stride, &out.elements, nil)
      #expect(out[0, 0].isNaN, "logits that are not numbers must show")
      // Factors of 2 whose product overflows unless its logarithm is taken in time.
      let even = Strided<S>(1, 40_000 + n) { 0 }
      var half = Strided<S>(1, 1, gap: 0) { 0 }
      k.bernoulli(
        1, even.columns, even.elements, even.stride, even.elements, even.stride, &half.elements, nil)
      expect(half, "even odds") { _, _ in -Double(even.columns) * Foundation.log(2) }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: widths) func gaussianAndDivergence(columns n: Int) {
    func check<S: LatentScalar>(_: S.Type) {
      var stream = RandomStream(seed: 5)
      let k = kernels(S.self)
      let x = Strided<S>(3, n) { stream.normal() }
      let m = Strided<S>(3, n) { stream.normal() }
      for step in [0, 1] {
        let v = Strided<S>(3, n) { stream.normal() }
        func variance(_ i: Int, _ j: Int) -> Double { Foundation.exp(v[i, step * j]) }
        var out = Strided<S>(3, 1, gap: 0) { 0 }
        var dx = Strided<S>(3, n, gap: 0) { 7 }
        var dm = dx
        var dv = Strided<S>(3, step == 1 ? n : 1, gap: 0) { 7 }
        k.gaussian(
          0, 3, n, x.elements, x.stride, m.elements, m.stride, v.elements, v.stride, step, &out.elements,
          &dx.elements, &dm.elements, &dv.elements)
        func density(_ i: Int, _ j: Int) -> Double {
          let d = x[i, j] - m[i, j]
          return -0.5 * (Foundation.log(2 * Double.pi * variance(i, j)) + d * d / variance(i, j))
        }
        func spread(_ i: Int, _ j: Int) -> Double {
          let d = x[i, j] - m[i, j]
          return 0.5 * (d * d / variance(i, j) - 1)
        }
        expect(out, "Gaussian", scale: 20 * Double(n)) { i, _ in (0..<n).reduce(0) { $0 + density(i, $1) } }
        expect(dm, "by the mean", scale: 10) { i, j in (x[i, j] - m[i, j]) / variance(i, j) }
        expect(dx, "by the value", scale: 10) { i, j in (m[i, j] - x[i, j]) / variance(i, j) }
        expect(dv, "by the variance", scale: 20 * Double(n)) { i, j in
          step == 1 ? spread(i, j) : (0..<n).reduce(0) { $0 + spread(i, $1) }
        }
      }
      let v = Strided<S>(3, n) { stream.normal() }
      var out = Strided<S>(3, 1, gap: 0) { 0 }
      var dm = Strided<S>(3, n, gap: 0) { 7 }
      var dv = dm
      k.standard_divergence(
        3, n, m.elements, m.stride, v.elements, v.stride, &out.elements, &dm.elements, &dv.elements)
      expect(out, "divergence", scale: 4 * Double(n)) { i, _ in
        (0..<n).reduce(0) { $0 + 0.5 * (m[i, $1] * m[i, $1] + Foundation.exp(v[i, $1]) - 1 - v[i, $1]) }
      }
      expect(dm, "by the mean") { m[$0, $1] }
      expect(dv, "by the variance") { 0.5 * (Foundation.exp(v[$0, $1]) - 1) }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: widths) func normalize(columns n: Int) {
    func check<S: LatentScalar>(_: S.Type) {
      var stream = RandomStream(seed: 6)
      let x = Strided<S>(3, n) { 5 + 2 * stream.normal() }
      var y = Strided<S>(3, n, gap: 0) { 0 }
      var inverse = Strided<S>(3, 1, gap: 0) { 0 }
      kernels(S.self).normalize(3, n, x.elements, x.stride, 0.1, &y.elements, &inverse.elements)
      func moments(_ i: Int) -> (mean: Double, deviation: Double) {
        let mean = (0..<n).reduce(0) { $0 + x[i, $1] } / Double(n)
        let variance = (0..<n).reduce(0) { $0 + (x[i, $1] - mean) * (x[i, $1] - mean) } / Double(n)
        return (mean, (variance + 0.1).squareRoot())
      }
      expect(y, "normalised", scale: 4) { (x[$0, $1] - moments($0).mean) / moments($0).deviation }
      expect(inverse, "inverse", scale: 4) { i, _ in 1 / moments(i).deviation }
    }
    check(Float.self)
    check(Double.self)
  }
}
