// N rows, D columns

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The kernel that fills missing cells, against conditional means and variances by elimination, for all widths.
@Suite struct FillKernelTests {
  @Test(arguments: Array(1...32)) func conditionalMeans(D: Int) {
    check(D, Double.self, tolerance: 1e-10)
    check(D, Float.self, tolerance: 1e-5)
  }

  private func check<S: LatentScalar>(_ D: Int, _: S.Type, tolerance: Double) {
    let N = 21
    var stream = RandomStream(seed: UInt64(D))
    let Σ = stream.covariance(D)
    let ld = (D + 7) / 8 * 8
    let inverse = Plain.solve((0..<D).map { Σ.row($0) }, (0..<D).map { i in (0..<D).map { $0 == i ? 1 : 0 } })
      .solution
    var (precision, mean) = (Matrix<Double>(rows: D, columns: ld), [Double](repeating: 0, count: ld))
    for i in 0..<D {
      mean[i] = 2 + stream.normal()
      for j in 0..<D { precision[i, j] = inverse[i][j] }
    }
    var x = Matrix<Double>(rows: N, columns: D)
    for n in 0..<N {
      for j in 0..<D { x[n, j] = n % 3 > 0 && stream.uniform() < 0.4 || n == 4 ? .nan : 2 + stream.normal() }
    }
    let batch = Rows(x)
    guard batch.hasMissingCells(in: 0..<N) else { return }
    let runs = MissingRuns(0..<N, of: batch)
    let (stride, rows) = (32, AlignedStorage<Double>(count: N * ld, repeating: 0))
    let (packed, weights) = (
      AlignedStorage<S>(count: D * stride, repeating: 7), AlignedStorage<S>(count: stride, repeating: 0)
    )
    let (offsets, scatter) = (
      AlignedStorage<Double>(count: N), AlignedStorage<Double>(count: D * D, repeating: 0)
    )
    defer { withExtendedLifetime((rows, packed, weights, offsets, scatter)) {} }
    for n in 0..<N {
      for j in 0..<D { rows.base[n * ld + j] = batch.values[n, j] }
      weights.base[n] = n % 4 == 0 ? 0 : S(stream.uniform())
    }
    func fill(_ weight: UnsafePointer<S>?) {
      precision.withUnsafeElements { precision in
        Kernels.fill(
          rows.base, stride: ld, runs: runs, mean: mean, precision: precision.baseAddress!,
          variance: Σ.diagonal,
          weight: weight, into: packed.base, block: stride, offset: offsets.base, scatter: scatter.base,
          columns: D)
      }
    }
    var expected = [Double](repeating: 0, count: D * D)
    func compare(filled: (Int) -> Bool) {
      for q in 0..<runs.count {
        for n in runs.rows(of: q) {
          let part = Plain.conditional(batch.values.row(n), mean: Array(mean[..<D]), covariance: Σ)
          for (i, j) in part.missing.enumerated() {
            let value = Double(packed.base[j * stride + n])
            #expect(abs(value - (filled(n) ? part.means[i] : 7)) < tolerance * 10, "D = \(D), row \(n)")
          }
        }
      }
    }
    fill(nil)
    compare { _ in true }
    for q in 0..<runs.count {
      let n = runs.rows(of: q).lowerBound
      let observed = batch.values.row(n)
      let own = Plain.conditional(observed, mean: Array(mean[..<D]), covariance: Σ).logDensity
      // The filled row's density, and the offset.
      let full = observed.indices.map { j in
        observed[j].isNaN ? Double(packed.base[j * stride + n]) : observed[j]
      }
      let joint = Plain.conditional(full, mean: Array(mean[..<D]), covariance: Σ).logDensity
      #expect(abs(joint + offsets.base[q] - own) < tolerance * 100, "D = \(D), run \(q)")
    }
    packed.base.update(repeating: 7, count: D * stride)
    fill(weights.base)
    compare { weights.base[$0] > 0 }
    for n in 0..<N where weights.base[n] > 0 {
      let part = Plain.conditional(batch.values.row(n), mean: Array(mean[..<D]), covariance: Σ)
      for (a, i) in part.missing.enumerated() {
        for (b, j) in part.missing.enumerated() where j <= i {
          expected[i * D + j] += Double(weights.base[n]) * part.covariance[a][b]
        }
      }
    }
    for i in 0..<D * D {
      #expect(abs(scatter.base[i] - expected[i]) < tolerance * 10, "D = \(D), moment \(i)")
    }
  }
}
