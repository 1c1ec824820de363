// K components; d observed dimensions of a row, δ its squared distance

public import LatentEvidence
public import LatentNumerics
import RealModule

/// One thread's pass over rows under Student components, in two steps: the Gaussian components' pass for the squared
/// distances, and again, under the weights r u, for the moments. With the scale latent τ ~ Gamma(ν/2, ν/2) of a row:
///
///     u = E[τ | x, k] = (ν + d) / (ν + δ),   E[ln τ | x, k] = ψ((ν + d)/2) − ln ((ν + δ)/2)
///
/// Of missing cells, x_m | x_o, τ has the covariance Λ_mm⁻¹/τ, which counts τ times: so the second moments get r Λ_mm⁻¹
/// without u.
///
/// - Source: Liu & Rubin (1995), Statistica Sinica 5, §3; Peel & McLachlan (2000), Statistics and Computing 10, §4.
public struct StudentLane<Scalar: LatentScalar>: EmissionLane {
  public typealias Statistics = StudentStatistics

  private let densities: StudentDensities<Scalar>
  private var gaussian: GaussianLane<Scalar>
  /// By components: −δ/2, then 1 + δ/ν; its logarithm; and what missing cells add to the log densities, then r.
  private let distances: AlignedStorage<Scalar>
  private let logarithms: AlignedStorage<Scalar>
  private let offsets: AlignedStorage<Scalar>
  /// The largest Gaussian density of each row, which nobody needs; then Σ r u of each row.
  private let perRow: AlignedStorage<Scalar>

  init(_ densities: StudentDensities<Scalar>) {
    self.densities = densities
    gaussian = densities.gaussian.lane()
    let count = densities.degreesOfFreedom.count * densities.blockRows
    distances = AlignedStorage(count: count)
    logarithms = AlignedStorage(count: count)
    offsets = AlignedStorage(count: count)
    perRow = AlignedStorage(count: densities.blockRows)
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func logJoint(of block: RowBlock<Scalar>) {
    defer { withExtendedLifetime((distances, logarithms, offsets, perRow)) {} }
    let (K, stride) = (densities.degreesOfFreedom.count, block.stride)
    perRow.base.update(repeating: -.infinity, count: stride)
    offsets.base.update(repeating: 0, count: K * stride)
    var inner = block
    inner.joint = distances.base
    inner.best = perRow.base
    inner.offsets = offsets.base
    inner.kept = nil
    gaussian.logJoint(of: inner)
    for run in runs(of: block) {
      for k in 0..<K {
        let ν = densities.degreesOfFreedom[k]
        let constant = Scalar(densities.constants[k, run.observed])
        let (half, scale) = (Scalar((ν + Double(run.observed)) / 2), Scalar(-2 / ν))
        let first = k * stride
        let (δ, logs) = (distances.base + first, logarithms.base + first)
        let (offsets, joint) = (offsets.base + first, block.joint + first)
        for i in run.rows {
          let ratio = 1 + Swift.max(δ[i] * scale, 0)
          let logarithm = Scalar.log(ratio)
          δ[i] = ratio
          logs[i] = logarithm
          joint[i] = constant + offsets[i] - half * logarithm
          block.best[i] = joint[i] > block.best[i] ? joint[i] : block.best[i]
        }
      }
    }
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func add(_ block: RowBlock<Scalar>, into statistics: inout StudentStatistics) {
    defer { withExtendedLifetime((distances, logarithms, offsets, perRow)) {} }
    let (K, stride) = (densities.degreesOfFreedom.count, block.stride)
    // The responsibilities make place for r u, and are kept for the conditional covariances.
    offsets.base.update(from: block.responsibilities, count: K * stride)
    perRow.base.update(repeating: 0, count: stride)
    for run in runs(of: block) {
      for k in 0..<K {
        let ν = densities.degreesOfFreedom[k]
        let (observed, base) = (Double(run.observed), densities.logPrecisions[k, run.observed])
        let numerator = Scalar((ν + observed) / ν)
        let first = k * stride
        let (ratios, logs) = (distances.base + first, logarithms.base + first)
        let r = block.responsibilities + first
        var (count, logPrecision) = (0.0, 0.0)
        for i in run.rows where r[i] > 0 {
          let u = numerator / ratios[i]
          count += Double(r[i])
          logPrecision += Double(r[i]) * (base - Double(logs[i]) - Double(u))
          r[i] *= u
          perRow.base[i] += r[i]
        }
        statistics.counts[k] += count
        statistics.logPrecisions[k] += logPrecision
      }
    }
    var inner = block
    inner.weights = perRow.base
    inner.conditionalWeights = offsets.base
    gaussian.add(inner, into: &statistics.moments)
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func finish(_ rows: Rows<Scalar>, into statistics: inout StudentStatistics) {
    gaussian.finish(rows, into: &statistics.moments)
  }

  /// The block's rows, counted within it, by how many of their cells are observed.
  private func runs(of block: RowBlock<Scalar>) -> [(rows: Range<Int>, observed: Int)] {
    let (low, D) = (block.rows.lowerBound, densities.gaussian.dimensions)
    return block.batch.runs(in: block.rows).map { rows, _ in
      (
        rows.lowerBound - low..<rows.upperBound - low,
        D - block.batch.missingColumns(of: rows.lowerBound).count
      )
    }
  }
}
