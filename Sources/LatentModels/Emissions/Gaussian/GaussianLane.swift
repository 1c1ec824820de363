// D dimensions, K components

public import LatentEvidence
public import LatentNumerics

/// One thread's pass over rows under Gaussian components.
public struct GaussianLane<Scalar: LatentScalar>: EmissionLane {
  public typealias Statistics = GaussianStatistics

  private let densities: GaussianDensities<Scalar>
  private var moments: GaussianMoments<Scalar>
  private let work: AlignedStorage<Scalar>
  /// The rows of a block feature by feature, `packed[j * stride + i]`; about the shared centre where there is one. Not
  /// used for dense factors.
  private let packed: AlignedStorage<Scalar>
  /// The rows of a block about the shared centre, row by row; used only where one dense factor is shared.
  private let centred: AlignedStorage<Scalar>
  /// What blocks with missing cells need besides; made for the first of them.
  private var packedFilling: PackedFilling<Scalar>?
  private var denseFilling: DenseFilling<Scalar>?
  /// What blocks need where few components of a row matter; made for the first of them, where it pays.
  private var bounded: BoundedDistances<Scalar>?
  private var isBoundedKnown = false

  init(_ densities: GaussianDensities<Scalar>) {
    self.densities = densities
    moments = GaussianMoments(densities)
    let cells = densities.dimensions * densities.blockRows
    let isDense = if case .factors = densities.whitening { true } else { false }
    work = AlignedStorage(count: cells)
    packed = AlignedStorage(count: isDense ? 0 : cells)
    centred = AlignedStorage(count: densities.sharesDenseFactor ? cells : 0)
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func add(_ block: RowBlock<Scalar>, into statistics: inout GaussianStatistics) {
    defer { withExtendedLifetime((packed, centred)) {} }
    guard !block.batch.hasMissingCells(in: block.rows) else { return addFilled(block, into: &statistics) }
    moments.add(block, packed: packed.base, centred: centred.base, into: &statistics)
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func finish(_ rows: Rows<Scalar>, into statistics: inout GaussianStatistics) {
    moments.finish(rows, into: &statistics)
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func logJoint(of block: RowBlock<Scalar>) {
    defer { withExtendedLifetime((work, packed, centred)) {} }
    guard !block.batch.hasMissingCells(in: block.rows) else { return logJointFilled(of: block) }
    let (D, K, stride, rows) = (densities.dimensions, densities.components, block.stride, block.count)
    let (x, constants) = (block.values, densities.constants)
    let (work, packed, centred) = (work.base, packed.base, centred.base)
    densities.means.withUnsafeElements { μ in
      let μ = μ.baseAddress!
      switch densities.whitening {
      case .packed(let W):
        Kernels.pack(x, stride: D, rows: rows, columns: D, origin: nil, block: stride, into: packed)
        W.withUnsafeBufferPointer { W in
          for k in 0..<K {
            Kernels.logDensityFull(
              packed, block: stride, columns: D, mean: μ + k * D,
              whitener: W.baseAddress! + k * (D * (D + 1) / 2), constant: constants[k], best: block.best,
              into: block.joint + k * stride)
          }
        }
      case .diagonal(let W):
        Kernels.pack(x, stride: D, rows: rows, columns: D, origin: nil, block: stride, into: packed)
        W.withUnsafeElements { W in
          for k in 0..<K {
            Kernels.logDensityDiagonal(
              packed, block: stride, columns: D, mean: μ + k * D, whitener: W.baseAddress! + k * D,
              constant: constants[k], best: block.best, into: block.joint + k * stride)
          }
        }
      case .shared(let centre, let W, let L, let whiteMeans):
        Kernels.pack(x, stride: D, rows: rows, columns: D, origin: centre, block: stride, into: packed)
        if let W {
          Kernels.whiten(packed, block: stride, columns: D, whitener: W, into: work)
        } else {
          Kernels.gather(x, stride: D, rows: rows, columns: D, origin: centre, into: centred, stride: D)
          let white = AlignedStorage<Scalar>(count: rows * D)
          defer { withExtendedLifetime(white) {} }
          white.base.initialize(from: centred, count: rows * D)
          L.withUnsafeElements { L in
            BLAS.solveRows(m: rows, n: D, lower: L.baseAddress!, stride: D, into: white.base, stride: D)
          }
          Kernels.pack(
            white.base, stride: D, rows: rows, columns: D, origin: nil, block: stride, into: work)
        }
        let ones = [Scalar](repeating: 1, count: D)
        whiteMeans.withUnsafeElements { m in
          for k in 0..<K {
            Kernels.logDensityDiagonal(
              work, block: stride, columns: D, mean: m.baseAddress! + k * D, whitener: ones,
              constant: constants[k], best: block.best, into: block.joint + k * stride)
          }
        }
      case .factors(let factors, let means, let order):
        let ordered = AlignedStorage<Scalar>(count: rows * D)
        defer { withExtendedLifetime(ordered) {} }
        let zeros = [Scalar](repeating: 0, count: D)
        Kernels.gather(
          x, stride: D, rows: rows, columns: D, column: order, origin: zeros, into: ordered.base, stride: D)
        if !isBoundedKnown {
          bounded = BoundedDistances(densities, kept: block.kept)
          isBoundedKnown = true
        }
        if let bounded {
          bounded.compute(
            ordered.base, count: rows, stride: stride, kept: block.kept, joint: block.joint, best: block.best,
            work: work)
          return
        }
        let distances = DenseDistances(
          factors: factors, means: means, constants: constants, rows: ordered.base, count: rows,
          stride: stride, margin: densities.margin)
        distances.compute(joint: block.joint, best: block.best, work: work)
      }
    }
  }

  // MARK: Missing cells

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private mutating func logJointFilled(of block: RowBlock<Scalar>) {
    guard !densities.isDense else {
      if denseFilling == nil { denseFilling = DenseFilling(densities) }
      denseFilling?.logJoint(of: block)
      return
    }
    defer { withExtendedLifetime((work, packed)) {} }
    if packedFilling == nil { packedFilling = PackedFilling(densities) }
    packedFilling?.begin(block)
    guard let filling = packedFilling else { return }
    let (D, K, stride) = (densities.dimensions, densities.components, block.stride)
    let (work, packed, constants) = (work.base, packed.base, densities.constants)
    Kernels.pack(
      block.values, stride: D, rows: block.count, columns: D, origin: nil, block: stride, into: packed)
    // Kernels keep the best of what they compute, which lacks the offsets: theirs goes nowhere.
    work.update(repeating: 0, count: stride)
    block.best.update(repeating: -.infinity, count: stride)
    densities.means.withUnsafeElements { μ in
      for k in 0..<K {
        let (μ, out) = (μ.baseAddress! + k * D, block.joint + k * stride)
        filling.fill(k, packed, block: block)
        switch densities.whitening {
        case .packed(let W):
          W.withUnsafeBufferPointer { W in
            Kernels.logDensityFull(
              packed, block: stride, columns: D, mean: μ, whitener: W.baseAddress! + k * (D * (D + 1) / 2),
              constant: constants[k], best: work, into: out)
          }
        case .shared(_, let W, _, _):
          Kernels.logDensityFull(
            packed, block: stride, columns: D, mean: μ, whitener: W ?? [], constant: constants[k], best: work,
            into: out)
        case .diagonal(let W):
          W.withUnsafeElements { W in
            Kernels.logDensityDiagonal(
              packed, block: stride, columns: D, mean: μ, whitener: W.baseAddress! + k * D,
              constant: constants[k], best: work, into: out)
          }
        case .factors: break
        }
        filling.addOffsets(block.offsets.map { $0 + k * stride } ?? out)
        for i in 0..<stride { block.best[i] = out[i] > block.best[i] ? out[i] : block.best[i] }
      }
    }
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private mutating func addFilled(_ block: RowBlock<Scalar>, into statistics: inout GaussianStatistics) {
    defer { withExtendedLifetime(packed) {} }
    if let denseFilling { return denseFilling.add(block, moments, into: &statistics) }
    guard let packedFilling else { return }
    let groups = block.stride / Kernels.lanes(Scalar.self)
    for k in 0..<densities.components {
      let active = UnsafeBufferPointer(start: block.active + k * groups, count: groups)
      guard active.contains(1) else { continue }
      packedFilling.refill(k, packed.base, block: block, into: &statistics)
      moments.add(block, component: k, packed: packed.base)
    }
    moments.countRows(of: block, into: &statistics)
  }
}

extension GaussianDensities {
  public var blockRows: Int {
    if case .factors = whitening { return 512 }
    let fitting = (256 << 10) / ((dimensions + components) * MemoryLayout<Scalar>.stride)
    return Swift.min(Swift.max(fitting / 32 * 32, 32), Kernels.block)
  }

  fileprivate var sharesDenseFactor: Bool {
    if case .shared(_, .none, _, _) = whitening { true } else { false }
  }

  /// Whether rows are whitened by dense products.
  fileprivate var isDense: Bool {
    if case .factors = whitening { true } else { sharesDenseFactor }
  }
}
