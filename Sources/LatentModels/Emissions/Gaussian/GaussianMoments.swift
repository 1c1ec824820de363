// D dimensions, K components, P = D(D+1)/2

import LatentEvidence
import LatentNumerics

/// Gathers weighted moments block by block, for one lane, and hands them to the statistics in double.
struct GaussianMoments<Scalar: LatentScalar> {
  private let oracle: GaussianDensities<Scalar>
  /// Sums across vector lanes: for each component its count, first and second moments, every one a vector.
  private let sums: AlignedStorage<Scalar>
  /// The scatter about the shared centre, likewise, and the origin 0 that it is taken about.
  private let shared: AlignedStorage<Scalar>
  private let zeros: [Scalar]
  private let everyGroup: [UInt8]
  /// For dense covariances: the rows of each component not yet added, with their responsibilities.
  private var pending: [PendingRows<Scalar>]
  private var rowsSinceFlush = 0

  private var vector: Int { Kernels.lanes(Scalar.self) }
  private var momentsOfComponent: Int {
    let D = oracle.dimensions
    return switch oracle.whitening {
    case .packed: 1 + D + D * (D + 1) / 2
    case .shared: 1 + D
    case .diagonal: 1 + 2 * D
    case .factors: 0
    }
  }

  /// Single precision keeps enough digits in sums of this many rows; then they go to double.
  private static var rowsBetweenFlushes: Int { 8192 }
  /// Rows gathered for one rank-k update: enough for the product to run at full speed.
  private static var rowsOfUpdate: Int { 384 }

  init(_ oracle: GaussianDensities<Scalar>) {
    self.oracle = oracle
    let (D, K) = (oracle.dimensions, oracle.components)
    let lanes = Kernels.lanes(Scalar.self)
    pending = []
    var count = 0
    var sharedCount = 0
    switch oracle.whitening {
    case .packed: count = 1 + D + D * (D + 1) / 2
    case .shared(_, let packed, _, _):
      count = 1 + D
      if packed != nil { sharedCount = 1 + D + D * (D + 1) / 2 }
    case .diagonal: count = 1 + 2 * D
    case .factors: pending = Array(repeating: PendingRows(), count: K)
    }
    sums = AlignedStorage(count: K * count * lanes, repeating: 0)
    shared = AlignedStorage(count: sharedCount * lanes, repeating: 0)
    zeros = Array(repeating: 0, count: D)
    everyGroup = Array(repeating: 1, count: Kernels.block)
  }

  mutating func add(
    _ block: RowBlock<Scalar>, packed: UnsafePointer<Scalar>, centred: UnsafeMutablePointer<Scalar>,
    into s: inout GaussianStatistics
  ) {
    let (D, K, stride) = (oracle.dimensions, oracle.components, block.stride)
    let size = momentsOfComponent * vector
    let groups = stride / vector
    oracle.means.withUnsafeElements { μ in
      for k in 0..<K {
        let r = block.responsibilities + k * stride
        let active = block.active + k * groups
        let target = sums.base + k * size
        switch oracle.whitening {
        case .packed:
          Kernels.momentsFull(
            packed, block: stride, columns: D, origin: μ.baseAddress! + k * D, weight: r,
            active: active,
            into: target)
        case .diagonal:
          Kernels.momentsDiagonal(
            packed, block: stride, columns: D, origin: μ.baseAddress! + k * D, weight: r,
            active: active,
            order: 2, into: target)
        case .shared:
          Kernels.momentsDiagonal(
            packed, block: stride, columns: D, origin: zeros, weight: r, active: active, order: 1,
            into: target)
        case .factors:
          pending[k].append(block, component: k, vector: vector)
        }
      }
    }
    if case .shared(_, let whitener, _, _) = oracle.whitening {
      if whitener != nil {
        Kernels.momentsFull(
          packed, block: stride, columns: D, origin: zeros, weight: block.weights, active: everyGroup,
          into: shared.base)
      } else {
        addGram(weighted(centred, block), rows: block.count, into: &s.second[0])
      }
    }
    countRows(of: block, into: &s)
  }

  /// Adds the block for component k alone, under covariances that are not dense: its rows, packed, are not the same for
  /// all components where cells are missing. They are not taken about a shared centre.
  mutating func add(
    _ block: RowBlock<Scalar>, component k: Int, packed: UnsafePointer<Scalar>
  ) {
    let (D, stride) = (oracle.dimensions, block.stride)
    let r = block.responsibilities + k * stride
    let active = block.active + k * (stride / vector)
    let target = sums.base + k * momentsOfComponent * vector
    oracle.means.withUnsafeElements { μ in
      let μ = μ.baseAddress! + k * D
      switch oracle.whitening {
      case .packed:
        Kernels.momentsFull(
          packed, block: stride, columns: D, origin: μ, weight: r, active: active, into: target)
      case .diagonal:
        Kernels.momentsDiagonal(
          packed, block: stride, columns: D, origin: μ, weight: r, active: active, order: 2, into: target)
      case .shared(let centre, _, _, _):
        Kernels.momentsDiagonal(
          packed, block: stride, columns: D, origin: centre, weight: r, active: active, order: 1, into: target
        )
        Kernels.momentsFull(
          packed, block: stride, columns: D, origin: centre, weight: r, active: active, into: shared.base)
      case .factors: break
      }
    }
  }

  /// Hands the sums to the statistics when they hold as many rows as their precision allows.
  mutating func countRows(of block: RowBlock<Scalar>, into s: inout GaussianStatistics) {
    rowsSinceFlush += block.rows.count
    if rowsSinceFlush >= Self.rowsBetweenFlushes { flush(into: &s) }
  }

  /// The rows times the roots of their weights, in place.
  private func weighted(
    _ rows: UnsafeMutablePointer<Scalar>, _ block: RowBlock<Scalar>
  ) -> UnsafeMutablePointer<Scalar> {
    // A lane may weigh rows that the batch does not.
    guard (0..<block.count).contains(where: { block.weights[$0] != 1 }) else { return rows }
    let D = oracle.dimensions
    for i in 0..<block.count {
      let root = block.weights[i].squareRoot()
      for j in 0..<D { rows[i * D + j] *= root }
    }
    return rows
  }

  /// Adds what is still held back and begins anew. `rows` are the observations the blocks were cut from.
  mutating func finish(_ rows: Rows<Scalar>, into s: inout GaussianStatistics) {
    flush(into: &s)
    s.rows += Double(rows.countedRows)
    let x = rows.values
    for k in pending.indices {
      for start in stride(from: 0, to: pending[k].rows.count, by: Self.rowsOfUpdate) {
        update(k, start..<Swift.min(start + Self.rowsOfUpdate, pending[k].rows.count), of: x, into: &s)
      }
      // Row numbers mean nothing in the next table.
      pending[k].removeAll()
    }
  }

  /// Adds some of component `k`'s rows by one rank-k update of A = (√r (x − μ))ᵀ.
  private func update(
    _ k: Int, _ range: Range<Int>, of x: Matrix<Scalar>, into s: inout GaussianStatistics
  ) {
    let D = oracle.dimensions
    let work = AlignedStorage<Scalar>(count: range.count * D)
    defer { withExtendedLifetime(work) {} }
    pending[k].rows.withUnsafeBufferPointer { rows in
      pending[k].roots.withUnsafeBufferPointer { roots in
        let (rows, roots) = (rows.baseAddress! + range.lowerBound, roots.baseAddress! + range.lowerBound)
        x.withUnsafeElements { x in
          oracle.means.withUnsafeElements { μ in
            Kernels.gather(
              x.baseAddress!, stride: D, rows: range.count, columns: D, row: rows, scale: roots,
              origin: μ.baseAddress! + k * D, into: work.base, stride: D)
          }
        }
      }
    }
    add(work.base, roots: pending[k].roots[range], component: k, into: &s)
  }

  /// Adds rows of component k about its origin, each times √r, under dense covariances.
  func add(
    _ rows: UnsafePointer<Scalar>, roots: some RandomAccessCollection<Scalar>, component k: Int,
    into s: inout GaussianStatistics
  ) {
    let D = oracle.dimensions
    let roots = Array(roots)
    s.first.withUnsafeMutableElements { first in
      Kernels.addRows(
        rows, stride: D, rows: roots.count, columns: D, scale: roots, into: first.baseAddress! + k * D)
    }
    for root in roots { s.counts[k] += Double(root) * Double(root) }
    addGram(rows, rows: roots.count, into: &s.second[oracle.structure == .tied ? 0 : k])
  }

  /// The lower triangle of `target` grows by AᵀA, taken in double: what single precision would round off is more than
  /// the smallest variances of nearly dependent columns.
  private func addGram(_ a: UnsafePointer<Scalar>, rows: Int, into target: inout Matrix<Double>) {
    let D = oracle.dimensions
    target.withUnsafeMutableElements { target in
      if let a = a as? UnsafePointer<Double> {
        BLAS.accumulateGram(n: D, k: rows, a, stride: D, into: target.baseAddress!, stride: D)
      } else {
        let widened = AlignedStorage<Double>(count: rows * D)
        defer { withExtendedLifetime(widened) {} }
        for i in 0..<rows * D { widened.base[i] = Double(a[i]) }
        BLAS.accumulateGram(
          n: D, k: rows, widened.base, stride: D, into: target.baseAddress!, stride: D)
      }
    }
  }

  /// Reduces the vector sums to the statistics and clears them.
  private mutating func flush(into s: inout GaussianStatistics) {
    rowsSinceFlush = 0
    let (D, K) = (oracle.dimensions, oracle.components)
    let size = momentsOfComponent
    func reduced(_ storage: AlignedStorage<Scalar>, _ index: Int) -> Double {
      (0..<vector).reduce(0) { $0 + Double(storage.base[index * vector + $1]) }
    }
    guard size > 0 else { return }
    for k in 0..<K {
      s.counts[k] += reduced(sums, k * size)
      s.first.withUnsafeMutableElements { first in
        for j in 0..<D { first[k * D + j] += reduced(sums, k * size + 1 + j) }
      }
      let second = k * size + 1 + D
      switch oracle.structure {
      case .full: addTriangle(sums, at: second, into: &s.second[k])
      case .tied: break
      case .diagonal:
        s.second[0].withUnsafeMutableElements { target in
          for j in 0..<D { target[k * D + j] += reduced(sums, second + j) }
        }
      case .spherical: s.second[0][k, 0] += (0..<D).reduce(0) { $0 + reduced(sums, second + $1) }
      }
    }
    if shared.count > 0 { addTriangle(shared, at: 1 + D, into: &s.second[0]) }
    sums.base.update(repeating: 0, count: sums.count)
    shared.base.update(repeating: 0, count: shared.count)
  }

  private func addTriangle(
    _ storage: AlignedStorage<Scalar>, at start: Int, into target: inout Matrix<Double>
  ) {
    let D = oracle.dimensions
    target.withUnsafeMutableElements { target in
      var index = start
      for i in 0..<D {
        for j in 0...i {
          var sum = 0.0
          for lane in 0..<vector { sum += Double(storage.base[index * vector + lane]) }
          target[i * D + j] += sum
          index += 1
        }
      }
    }
  }
}

/// Rows of one component waiting for a rank-k update.
private struct PendingRows<Scalar: LatentScalar> {
  var rows: [Int32] = []
  /// √r.
  var roots: [Scalar] = []

  mutating func removeAll() {
    rows.removeAll(keepingCapacity: true)
    roots.removeAll(keepingCapacity: true)
  }

  mutating func append(_ block: RowBlock<Scalar>, component k: Int, vector: Int) {
    let r = block.responsibilities + k * block.stride
    let active = block.active + k * (block.stride / vector)
    for group in 0..<block.stride / vector where active[group] != 0 {
      // In the last group there may be padding, whose responsibilities are 0.
      for i in group * vector..<(group + 1) * vector where r[i] > 0 {
        rows.append(Int32(block.rows.lowerBound + i))
        roots.append(r[i].squareRoot())
      }
    }
  }
}
