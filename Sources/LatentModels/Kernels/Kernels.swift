package import LatentNumerics
import CLatentKernels

/// The C kernels of `CLatentKernels` for both precisions; what each computes stands in its header.
package enum Kernels {
  /// The rows of a block are a multiple of this.
  package static let group = Int(LATENT_GROUP)
  /// The largest block.
  package static let block = Int(LATENT_BLOCK)
  /// Up to this many columns rows lie across the lanes of a vector; beyond it dense products are faster.
  package static let smallDimension = Int(LATENT_SMALL_D)

  /// The lanes of a 64-byte vector.
  package static func lanes<S>(_: S.Type) -> Int { 64 / MemoryLayout<S>.stride }

  /// A responsibility that lies this many nats below the row's largest is set to 0: it would change the row's
  /// density by less than e⁻⁴⁵ (double) or e⁻²² (single) of itself, below rounding.
  package static func margin<S: LatentScalar>(_: S.Type) -> S { S.self == Double.self ? 45 : 22 }

  @inline(__always) private static func d<S>(_ p: UnsafePointer<S>?) -> UnsafePointer<Double>? {
    UnsafeRawPointer(p)?.assumingMemoryBound(to: Double.self)
  }
  @inline(__always) private static func d<S>(_ p: UnsafeMutablePointer<S>) -> UnsafeMutablePointer<Double> {
    UnsafeMutableRawPointer(p).assumingMemoryBound(to: Double.self)
  }
  @inline(__always) private static func f<S>(_ p: UnsafePointer<S>?) -> UnsafePointer<Float>? {
    UnsafeRawPointer(p)?.assumingMemoryBound(to: Float.self)
  }
  @inline(__always) private static func f<S>(_ p: UnsafeMutablePointer<S>) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(p).assumingMemoryBound(to: Float.self)
  }

  package static func pack<S: LatentScalar>(
    _ x: UnsafePointer<S>, stride ldx: Int, rows: Int, columns: Int, origin: UnsafePointer<S>?,
    block: Int, into out: UnsafeMutablePointer<S>
  ) {
    if S.self == Double.self {
      latent_pack_d(d(x), ldx, rows, columns, d(origin), block, d(out))
    } else {
      latent_pack_f(f(x), ldx, rows, columns, f(origin), block, f(out))
    }
  }

  package static func logDensityFull<S: LatentScalar>(
    _ x: UnsafePointer<S>, block: Int, columns: Int, mean: UnsafePointer<S>, whitener: UnsafePointer<S>,
    constant: S, best: UnsafeMutablePointer<S>, into out: UnsafeMutablePointer<S>
  ) {
    if S.self == Double.self {
      latent_log_density_full_d(
        d(x), block, columns, d(mean), d(whitener), Double(constant), d(best), d(out))
    } else {
      latent_log_density_full_f(
        f(x), block, columns, f(mean), f(whitener), Float(constant), f(best), f(out))
    }
  }

  package static func logDensityDiagonal<S: LatentScalar>(
    _ x: UnsafePointer<S>, block: Int, columns: Int, mean: UnsafePointer<S>, whitener: UnsafePointer<S>,
    constant: S, best: UnsafeMutablePointer<S>, into out: UnsafeMutablePointer<S>
  ) {
    if S.self == Double.self {
      latent_log_density_diagonal_d(
        d(x), block, columns, d(mean), d(whitener), Double(constant), d(best), d(out))
    } else {
      latent_log_density_diagonal_f(
        f(x), block, columns, f(mean), f(whitener), Float(constant), f(best), f(out))
    }
  }

  package static func whiten<S: LatentScalar>(
    _ x: UnsafePointer<S>, block: Int, columns: Int, whitener: UnsafePointer<S>,
    into y: UnsafeMutablePointer<S>
  ) {
    if S.self == Double.self {
      latent_whiten_d(d(x), block, columns, d(whitener), d(y))
    } else {
      latent_whiten_f(f(x), block, columns, f(whitener), f(y))
    }
  }

  package static func responsibilities<S: LatentScalar>(
    _ joint: UnsafeMutablePointer<S>, block: Int, components: Int, logWeights: UnsafePointer<S>,
    weight: UnsafePointer<S>, best: UnsafePointer<S>, sum: UnsafeMutablePointer<S>,
    active: UnsafeMutablePointer<UInt8>, totals: UnsafeMutablePointer<Double>
  ) {
    if S.self == Double.self {
      latent_responsibilities_d(
        d(joint), block, components, d(logWeights), Double(margin(S.self)), d(weight), d(best), d(sum),
        active, totals)
    } else {
      latent_responsibilities_f(
        f(joint), block, components, f(logWeights), Float(margin(S.self)), f(weight), f(best), f(sum),
        active, totals)
    }
  }

  package static func momentsFull<S: LatentScalar>(
    _ x: UnsafePointer<S>, block: Int, columns: Int, origin: UnsafePointer<S>, weight: UnsafePointer<S>,
    active: UnsafePointer<UInt8>, into sums: UnsafeMutablePointer<S>
  ) {
    if S.self == Double.self {
      latent_moments_full_d(d(x), block, columns, d(origin), d(weight), active, d(sums))
    } else {
      latent_moments_full_f(f(x), block, columns, f(origin), f(weight), active, f(sums))
    }
  }

  package static func momentsDiagonal<S: LatentScalar>(
    _ x: UnsafePointer<S>, block: Int, columns: Int, origin: UnsafePointer<S>, weight: UnsafePointer<S>,
    active: UnsafePointer<UInt8>, order: Int, into sums: UnsafeMutablePointer<S>
  ) {
    if S.self == Double.self {
      latent_moments_diagonal_d(d(x), block, columns, d(origin), d(weight), active, order, d(sums))
    } else {
      latent_moments_diagonal_f(f(x), block, columns, f(origin), f(weight), active, order, f(sums))
    }
  }

  package static func gather<S: LatentScalar>(
    _ x: UnsafePointer<S>, stride ldx: Int, rows: Int, columns: Int, row: UnsafePointer<Int32>? = nil,
    column: UnsafePointer<Int32>? = nil, scale: UnsafePointer<S>? = nil, origin: UnsafePointer<S>,
    into out: UnsafeMutablePointer<S>, stride ldo: Int
  ) {
    if S.self == Double.self {
      latent_gather_d(d(x), ldx, rows, columns, row, column, d(scale), d(origin), d(out), ldo)
    } else {
      latent_gather_f(f(x), ldx, rows, columns, row, column, f(scale), f(origin), f(out), ldo)
    }
  }

  package static func addSquareNorms<S: LatentScalar>(
    _ y: UnsafePointer<S>, stride ldy: Int, rows: Int, columns: Int, into q: UnsafeMutablePointer<S>
  ) {
    if S.self == Double.self {
      latent_add_square_norms_d(d(y), ldy, rows, columns, d(q))
    } else {
      latent_add_square_norms_f(f(y), ldy, rows, columns, f(q))
    }
  }

  package static func addRows<S: LatentScalar>(
    _ y: UnsafePointer<S>, stride ldy: Int, rows: Int, columns: Int, scale: UnsafePointer<S>,
    into sum: UnsafeMutablePointer<Double>
  ) {
    if S.self == Double.self {
      latent_add_rows_d(d(y), ldy, rows, columns, d(scale), sum)
    } else {
      latent_add_rows_f(f(y), ldy, rows, columns, f(scale), sum)
    }
  }

  package static func fill<S: LatentScalar>(
    _ x: UnsafePointer<Double>, stride ldx: Int, runs: MissingRuns, mean: UnsafePointer<Double>,
    precision: UnsafePointer<Double>, variance: UnsafePointer<Double>, weight: UnsafePointer<S>?,
    into out: UnsafeMutablePointer<S>, block: Int, offset: UnsafeMutablePointer<Double>?,
    scatter: UnsafeMutablePointer<Double>?, columns: Int
  ) {
    runs.withUnsafePointers { start, first, missing in
      if S.self == Double.self {
        latent_fill_d(
          x, ldx, start, runs.count, first, missing, mean, precision, variance, d(weight), d(out), block,
          offset, scatter, columns)
      } else {
        latent_fill_f(
          x, ldx, start, runs.count, first, missing, mean, precision, variance, f(weight), f(out), block,
          offset, scatter, columns)
      }
    }
  }

  /// The most components that `kthBest` and `keepBest` rank.
  package static let kept = Int(LATENT_KEPT)

  package static func kthBest<S: LatentScalar>(
    _ joint: UnsafePointer<S>, block: Int, components: Int, kept: Int, into out: UnsafeMutablePointer<S>
  ) {
    if S.self == Double.self {
      latent_kth_best_d(d(joint), block, components, kept, d(out))
    } else {
      latent_kth_best_f(f(joint), block, components, kept, f(out))
    }
  }

  package static func keepBest<S: LatentScalar>(
    _ joint: UnsafeMutablePointer<S>, block: Int, components: Int, kept: Int
  ) {
    if S.self == Double.self {
      latent_keep_best_d(d(joint), block, components, kept)
    } else {
      latent_keep_best_f(f(joint), block, components, kept)
    }
  }

  package static func areBinary<S: LatentScalar>(_ x: UnsafePointer<S>, count: Int) -> Bool {
    (S.self == Double.self ? latent_all_binary_d(d(x), count) : latent_all_binary_f(f(x), count)) != 0
  }
}
