// D dimensions, K components; m the columns that a row lacks, o the others

import LatentEvidence
import LatentNumerics
import RealModule

/// Conditional means in the place of missing cells, one component at a time, in blocks whose rows lie across vector lanes:
///
///     x̂_m = μ_m − Λ_mm⁻¹ Λ_mo (x_o − μ_o)
///
/// minimises the Mahalanobis distance, so that the distance of what is observed is that of the filled row, and
///
///     ln 𝒩(x_o | μ_o, Σ_oo) = ln 𝒩(x̂ | μ, Σ) + ½ (|m| ln 2π − ln |Λ_mm|),   Cov(x_m | x_o) = Λ_mm⁻¹.
///
/// An error of x̂_m moves the distance in second order only.
///
/// - Source: Little & Rubin (2002), §11.2; the block form of Σ⁻¹: Bishop (2006), eqs. 2.73, 2.75.
struct PackedFilling<Scalar: LatentScalar> {
  private let structure: CovarianceStructure
  private let columns: Int
  /// μ as rows have it taken off, `[K, stride]`, filled up with zeros.
  private let means: Matrix<Double>
  /// Λ, one for each component or one for all; none for diagonal covariances.
  private let precisions: [Matrix<Double>]
  /// σ², `[K, D]`, and for diagonal covariances ½ ln 2πσ².
  private let variances: Matrix<Double>
  private let logVolumes: Matrix<Double>
  /// The rows of a block in double, `stride` columns.
  private let rows: AlignedStorage<Double>
  /// What each run's missing cells add to the log density.
  private let offsets: AlignedStorage<Double>
  private var runs: MissingRuns?

  private var stride: Int { means.columns }

  init(_ densities: GaussianDensities<Scalar>) {
    let (K, D) = (densities.components, densities.dimensions)
    structure = densities.structure
    columns = D
    let prepared = densities.precisions
    var padded = Matrix<Double>(rows: K, columns: prepared.stride)
    for k in 0..<K { for j in 0..<D { padded[k, j] = Double(densities.means[k, j]) } }
    means = padded
    let isDense = structure == .full || structure == .tied
    precisions = isDense ? prepared.inverses.matrices : []
    let all = (0..<K).flatMap { prepared.θ.variances(of: $0) }
    variances = Matrix(rows: K, columns: D, elements: all)
    logVolumes = Matrix(
      rows: K, columns: isDense ? 0 : D, elements: isDense ? [] : all.map { 0.5 * Double.log(2 * .pi * $0) })
    rows = AlignedStorage(count: isDense ? densities.blockRows * prepared.stride : 0)
    offsets = AlignedStorage(count: densities.blockRows)
  }

  /// Takes up a block.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  mutating func begin(_ block: RowBlock<Scalar>) {
    defer { withExtendedLifetime(rows) {} }
    runs = MissingRuns(block.rows, of: block.batch)
    guard !precisions.isEmpty else { return }
    let (target, stride, D) = (rows.base, stride, columns)
    for i in 0..<block.count {
      for j in 0..<D { target[i * stride + j] = Double(block.values[i * D + j]) }
      for j in D..<stride { target[i * stride + j] = 0 }
    }
  }

  /// Fills the missing cells of the block, packed feature by feature, for component k.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func fill(_ k: Int, _ packed: UnsafeMutablePointer<Scalar>, block: RowBlock<Scalar>) {
    defer { withExtendedLifetime((rows, offsets)) {} }
    guard let runs else { return }
    if precisions.isEmpty {
      for q in 0..<runs.count {
        offsets.base[q] = 0
        for j in runs.columns(of: q) {
          offsets.base[q] += logVolumes[k, j]
          let mean = Scalar(means[k, j])
          for i in runs.rows(of: q) { packed[j * block.stride + i] = mean }
        }
      }
    } else {
      solve(k, packed, block: block, weight: nil, scatter: nil)
    }
  }

  /// Adds what the missing cells' volume adds to the log densities of component k.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func addOffsets(_ joint: UnsafeMutablePointer<Scalar>) {
    defer { withExtendedLifetime(offsets) {} }
    guard let runs else { return }
    for q in 0..<runs.count {
      let offset = Scalar(offsets.base[q])
      for i in runs.rows(of: q) { joint[i] += offset }
    }
  }

  /// Fills the cells of rows of positive responsibility anew, and adds the conditional variances to the second moments.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func refill(
    _ k: Int, _ packed: UnsafeMutablePointer<Scalar>, block: RowBlock<Scalar>,
    into s: inout GaussianStatistics
  ) {
    guard let runs else { return }
    let r = (block.conditionalWeights ?? block.responsibilities) + k * block.stride
    guard precisions.isEmpty else {
      let target = structure == .tied ? 0 : k
      s.second[target].withUnsafeMutableElements {
        solve(k, packed, block: block, weight: r, scatter: $0.baseAddress!)
      }
      return
    }
    for q in 0..<runs.count {
      let missing = runs.columns(of: q)
      guard !missing.isEmpty else { continue }
      var total = 0.0
      for i in runs.rows(of: q) { total += Double(r[i]) }
      guard total > 0 else { continue }
      for j in missing {
        let mean = Scalar(means[k, j])
        for i in runs.rows(of: q) { packed[j * block.stride + i] = mean }
        s.second[0][k, structure == .spherical ? 0 : j] += total * variances[k, j]
      }
    }
  }

  private func solve(
    _ k: Int, _ packed: UnsafeMutablePointer<Scalar>, block: RowBlock<Scalar>,
    weight: UnsafePointer<Scalar>?, scatter: UnsafeMutablePointer<Double>?
  ) {
    defer { withExtendedLifetime((rows, offsets)) {} }
    guard let runs else { return }
    means.withUnsafeElements { μ in
      precisions[precisions.count == 1 ? 0 : k].withUnsafeElements { Λ in
        variances.withUnsafeElements { variances in
          Kernels.fill(
            rows.base, stride: stride, runs: runs, mean: μ.baseAddress! + k * stride,
            precision: Λ.baseAddress!, variance: variances.baseAddress! + k * columns, weight: weight,
            into: packed, block: block.stride, offset: offsets.base, scatter: scatter, columns: columns)
        }
      }
    }
  }
}
