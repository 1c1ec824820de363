// D dimensions, K components, L factors, B rows of a block
// y = Ψ^-½ (x − μ) = V z + ε, z̃ = (z, 1); see FactorPattern

import LatentNumerics

/// Gathers the moments of whitened rows for one lane, in double.
///
///     A = Σ r E[z̃ z̃ᵀ],   B = Σ r E[y z̃ᵀ],   C = Σ r E[y²]
///
/// A missing cell is as latent as the factors: E[yⱼ z̃ᵀ] = vⱼᵀ E[z z̃ᵀ] and E[yⱼ²] = vⱼᵀ E[z zᵀ] vⱼ + 1.
struct FactorMoments {
  private let D: Int
  private let L: Int
  /// A, K times `[L + 1, L + 1]`.
  private let latent: AlignedStorage<Double>
  /// B, K times `[D, L + 1]`.
  private let cross: AlignedStorage<Double>
  /// C, `[K, D]`.
  private let squares: AlignedStorage<Double>
  /// z̃ and r z̃ of a block's rows, `[B, L + 1]`.
  private let factors: AlignedStorage<Double>
  private let weighted: AlignedStorage<Double>
  /// A of one run.
  private let run: AlignedStorage<Double>

  init(components K: Int, dimensions D: Int, factors L: Int, blockRows B: Int) {
    self.D = D
    self.L = L
    let n = L + 1
    latent = AlignedStorage(count: K * n * n, repeating: 0)
    cross = AlignedStorage(count: K * D * n, repeating: 0)
    squares = AlignedStorage(count: K * D, repeating: 0)
    factors = AlignedStorage(count: B * n)
    weighted = AlignedStorage(count: B * n)
    run = AlignedStorage(count: n * n)
  }

  /// Adds a block's rows under component k.
  ///
  /// - Parameters:
  ///   - runs: the block's rows by pattern.
  ///   - y: the whitened rows with positive responsibility, `[active, D]`, 0 where a cell is missing.
  ///   - projections: u of all rows of the block.
  ///   - active: the rows with positive responsibility, ascending.
  ///   - r: their responsibilities.
  func add<Scalar>(
    _ component: FactorComponent, _ k: Int, runs: [FactorLane<Scalar>.Run], rows y: UnsafePointer<Double>,
    projections: UnsafePointer<Double>, active: [Int], responsibilities r: [Double]
  ) {
    defer { withExtendedLifetime((latent, cross, squares, factors, weighted, run)) {} }
    let (n, count) = (L + 1, active.count)
    let (z, rz) = (factors.base, weighted.base)
    var next = 0
    for run in runs {
      let first = next
      while next < count, active[next] < run.rows.upperBound {
        let zᵢ = z + next * n
        run.patterns[k].mean(of: projections + active[next] * L, into: zᵢ)
        zᵢ[L] = 1
        for l in 0..<n { rz[next * n + l] = r[next] * zᵢ[l] }
        next += 1
      }
      if next > first { addLatent(component, k, run.patterns[k], missing: run.missing, first..<next, r) }
    }
    let (B, C) = (cross.base + k * D * n, squares.base + k * D)
    BLAS.multiply(
      m: D, n: n, k: count, y, stride: D, transposingFirst: true, by: rz, stride: n, beta: 1, into: B,
      stride: n)
    for i in 0..<count {
      let (row, weight) = (y + i * D, r[i])
      for j in 0..<D { C[j] += weight * row[j] * row[j] }
    }
  }

  /// Adds A of rows with one pattern, and what it says of the cells that they lack.
  private func addLatent(
    _ component: FactorComponent, _ k: Int, _ pattern: FactorPattern, missing: [Int], _ rows: Range<Int>,
    _ r: [Double]
  ) {
    let (n, A) = (L + 1, run.base)
    let (z, rz) = (factors.base + rows.lowerBound * n, weighted.base + rows.lowerBound * n)
    // A product call costs more than a small product.
    if rows.count * n * n < 1 << 12 {
      A.update(repeating: 0, count: n * n)
      for i in 0..<rows.count {
        for a in 0..<n { for b in 0..<n { A[a * n + b] += rz[i * n + a] * z[i * n + b] } }
      }
    } else {
      BLAS.multiply(
        m: n, n: n, k: rows.count, rz, stride: n, transposingFirst: true, by: z, stride: n, into: A, stride: n
      )
    }
    var count = 0.0
    for i in rows { count += r[i] }
    pattern.covariance.withUnsafeElements { S in
      for a in 0..<L { for b in 0..<L { A[a * n + b] += count * S[a * L + b] } }
    }
    let total = latent.base + k * n * n
    for i in 0..<n * n { total[i] += A[i] }

    component.loadings.withUnsafeElements { V in
      for j in missing {
        let (v, b) = (V.baseAddress! + j * L, cross.base + (k * D + j) * n)
        var square = count
        for a in 0..<L {
          var second = 0.0
          for c in 0..<L { second += A[a * n + c] * v[c] }
          square += v[a] * second
          b[a] += second  // A is symmetric
          b[L] += v[a] * A[a * n + L]
        }
        squares.base[k * D + j] += square
      }
    }
  }

  /// Hands everything to the statistics, in the columns' units, and begins anew.
  func finish(_ components: [FactorComponent], into statistics: inout FactorStatistics) {
    defer { withExtendedLifetime((latent, cross, squares)) {} }
    let n = L + 1
    for (k, component) in components.enumerated() {
      let (A, B, C) = (latent.base + k * n * n, cross.base + k * D * n, squares.base + k * D)
      statistics.latent[k].withUnsafeMutableElements { for i in 0..<n * n { $0[i] += A[i] } }
      statistics.cross[k].withUnsafeMutableElements { target in
        for j in 0..<D {
          let unit = 1 / component.scales[j]
          for l in 0..<n { target[j * n + l] += unit * B[j * n + l] }
        }
      }
      for j in 0..<D {
        let unit = 1 / component.scales[j]
        statistics.squares[k, j] += unit * unit * C[j]
      }
    }
    for part in [latent, cross, squares] { part.base.update(repeating: 0, count: part.count) }
  }
}
