// n rows of one pattern, o observed columns, D dimensions, K components, L factors
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
  /// z̃ and r z̃ of n rows, `[n, L + 1]`; the gathered projections, `[n, L]`.
  private let factors: AlignedStorage<Double>
  private let weighted: AlignedStorage<Double>
  private let gathered: AlignedStorage<Double>
  /// A of one run.
  private let run: AlignedStorage<Double>
  /// B of one run, `[D, L + 1]`.
  private let runCross: AlignedStorage<Double>

  init(components K: Int, dimensions D: Int, factors L: Int, blockRows B: Int) {
    self.D = D
    self.L = L
    let n = L + 1
    latent = AlignedStorage(count: K * n * n, repeating: 0)
    cross = AlignedStorage(count: K * D * n, repeating: 0)
    squares = AlignedStorage(count: K * D, repeating: 0)
    factors = AlignedStorage(count: B * n)
    weighted = AlignedStorage(count: B * n)
    gathered = AlignedStorage(count: B * L)
    run = AlignedStorage(count: n * n)
    runCross = AlignedStorage(count: D * n)
  }

  /// Adds rows of one pattern under component k.
  ///
  /// - Parameters:
  ///   - y: the whitened rows with positive responsibility, `[active, o]`.
  ///   - projections: u of all rows of the run.
  ///   - active: the rows with positive responsibility.
  ///   - r: their responsibilities.
  func add(
    component: FactorComponent, _ k: Int, pattern: FactorPattern, observed: [Int]?, missing: [Int],
    rows y: UnsafePointer<Double>, projections: UnsafePointer<Double>, active: [Int],
    responsibilities r: [Double]
  ) {
    defer { withExtendedLifetime((latent, cross, squares, factors, weighted, gathered, run, runCross)) {} }
    let (rows, n, width) = (active.count, L + 1, observed?.count ?? D)
    let (z, rz, A) = (factors.base, weighted.base, run.base)

    // E[z] = H⁻ᵀ u.
    for (i, row) in active.enumerated() {
      (gathered.base + i * L).update(from: projections + row * L, count: L)
    }
    pattern.inverseFactor.withUnsafeElements { H in
      BLAS.multiply(
        m: rows, n: L, k: L, gathered.base, stride: L, by: H.baseAddress!, stride: L, into: z, stride: n)
    }
    var count = 0.0
    for i in 0..<rows {
      z[i * n + L] = 1
      for l in 0..<n { rz[i * n + l] = r[i] * z[i * n + l] }
      count += r[i]
    }

    BLAS.multiply(
      m: n, n: n, k: rows, rz, stride: n, transposingFirst: true, by: z, stride: n, into: A, stride: n)
    pattern.covariance.withUnsafeElements { S in
      for a in 0..<L { for b in 0..<L { A[a * n + b] += count * S[a * L + b] } }
    }
    let total = latent.base + k * n * n
    for i in 0..<n * n { total[i] += A[i] }

    let (B, C) = (cross.base + k * D * n, squares.base + k * D)
    guard let observed else {
      BLAS.multiply(
        m: D, n: n, k: rows, y, stride: D, transposingFirst: true, by: rz, stride: n, beta: 1, into: B,
        stride: n)
      for i in 0..<rows {
        let (row, weight) = (y + i * D, r[i])
        for j in 0..<D { C[j] += weight * row[j] * row[j] }
      }
      return
    }

    if width > 0 {
      let part = runCross.base
      BLAS.multiply(
        m: width, n: n, k: rows, y, stride: width, transposingFirst: true, by: rz, stride: n, into: part,
        stride: n)
      for (a, j) in observed.enumerated() {
        for l in 0..<n { B[j * n + l] += part[a * n + l] }
      }
      for i in 0..<rows {
        let row = y + i * width
        for (a, j) in observed.enumerated() { C[j] += r[i] * row[a] * row[a] }
      }
    }
    component.loadings.withUnsafeElements { V in
      for j in missing {
        let (v, b) = (V.baseAddress! + j * L, B + j * n)
        var square = count
        for a in 0..<L {
          var second = 0.0
          for c in 0..<L { second += A[a * n + c] * v[c] }
          square += v[a] * second
          b[a] += second  // A is symmetric
          b[L] += v[a] * A[a * n + L]
        }
        C[j] += square
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
