// K components, r[n, k] the responsibilities, u[n, k] the expected precisions

import LatentEvidence
import LatentNumerics

/// The expected statistics of Student components. With u = E[τ | x, k] of the scale latent τ:
///
///     R[k] = Σₙ r[n,k],   T[k] = Σₙ r[n,k] (E[ln τ | x[n], k] − u[n,k]),
///
/// and the statistics of Gaussian components under the weights r[n,k] u[n,k].
public struct StudentStatistics: EmissionStatistics {
  /// R, `[K]`.
  public var counts: [Double]
  /// T, `[K]`: what the degrees of freedom depend on.
  public var logPrecisions: [Double]
  /// Σ r u and the moments under it.
  public var moments: GaussianStatistics

  /// Statistics of no observations.
  init(moments: GaussianStatistics) {
    counts = Array(repeating: 0, count: moments.counts.count)
    logPrecisions = counts
    self.moments = moments
  }

  public var scalarCount: Int { 2 * counts.count + moments.scalarCount }

  public static func += (a: inout Self, b: Self) {
    for k in a.counts.indices {
      a.counts[k] += b.counts[k]
      a.logPrecisions[k] += b.logPrecisions[k]
    }
    a.moments += b.moments
  }

  public mutating func scale(by factor: Double) {
    for k in counts.indices {
      counts[k] *= factor
      logPrecisions[k] *= factor
    }
    moments.scale(by: factor)
  }
}
