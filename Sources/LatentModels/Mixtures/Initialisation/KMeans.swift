// N rows, D columns, K centres

public import LatentEvidence
public import LatentNumerics

/// Hard clusters by squared distance: k-means++ seeding, then Lloyd's steps. Used to start mixtures.
///
/// Columns may be weighted (by the reciprocals of their standard deviations, say). The result depends on the data and
/// the stream alone, not on the number of threads.
///
/// A row of weight w counts as w rows. A missing cell is taken from the row's centre before each of Lloyd's steps (for
/// the seeding from the column's mean), which lets the sum of squares over the observed cells fall from step to step.
///
/// - Source: Arthur & Vassilvitskii (2007), k-means++: the advantages of careful seeding, with 2 + ⌊ln K⌋ candidates
///   for each centre, the best kept; Lloyd (1982); Chi, Chi & Baraniuk (2016), k-POD: a method for k-means clustering of
///   missing data.
public struct KMeans<Scalar: LatentScalar>: Sendable {
  /// The centres, `[K, D]`, in the data's units.
  public private(set) var centres: Matrix<Scalar>
  /// The nearest centre of each row, `[N]`.
  public private(set) var assignments: [Int32]
  /// Half the weighted sum of squared distances to the nearest centres, where missing cells have none.
  public private(set) var distortion: Double

  private let columnWeights: [Scalar]
  /// The rows' weights, `[N]`; nil where every row counts once.
  private let weights: [Double]?
  private let threads: Int

  /// - Parameters:
  ///   - rows: the rows, `[N, D]`, K or more.
  ///   - K: the number of centres.
  ///   - columnWeights: what each column's difference is multiplied by, `[D]`; nil for 1.
  ///   - lloydSteps: the largest number of Lloyd's steps.
  ///   - stream: the randomness of the seeding.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Complexity: O(N·K·D·(ln K + lloydSteps)).
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public init(
    _ rows: Rows<Scalar>, components K: Int, columnWeights: [Scalar]? = nil, lloydSteps: Int = 10,
    using stream: RandomStream, threads: Int = Lanes.availableThreads
  ) {
    precondition(K > 0 && rows.rows >= K, "at least as many rows as centres")
    self.columnWeights = columnWeights ?? Array(repeating: 1, count: rows.columns)
    self.threads = threads
    weights = rows.weights?.elements
    centres = Matrix(rows: 0, columns: rows.columns)
    assignments = []
    distortion = .infinity
    var x = rows.values
    let missing = rows.missing == nil ? [] : Self.missingCells(of: x)
    if !missing.isEmpty {
      let means = SampleMoments.observedMeans(of: rows, threads: threads).map { Scalar($0) }
      fill(&x, missing) { _, j in means[j] }
    }
    seed(x, K, stream)
    for _ in 0..<lloydSteps {
      let before = assignments
      refill(&x, missing)
      recentre(x, K)
      assign(x)
      if assignments == before { break }
    }
    if !missing.isEmpty { measure(&x, missing) }
  }

  /// The positions of the missing cells among the elements.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func missingCells(of x: Matrix<Scalar>) -> [Int] {
    x.withUnsafeElements { x in x.indices.filter { x[$0].isNaN } }
  }

  private func fill(_ x: inout Matrix<Scalar>, _ missing: [Int], _ value: (Int, Int) -> Scalar) {
    let D = x.columns
    x.withUnsafeMutableElements { x in
      for i in missing { x[i] = value(i / D, i % D) }
    }
  }

  /// Takes missing cells from the rows' centres.
  private func refill(_ x: inout Matrix<Scalar>, _ missing: [Int]) {
    guard !missing.isEmpty else { return }
    let D = centres.columns
    centres.withUnsafeElements { centres in
      fill(&x, missing) { n, j in centres[Int(assignments[n]) * D + j] }
    }
  }

  /// The distortion over the observed cells.
  private mutating func measure(_ x: inout Matrix<Scalar>, _ missing: [Int]) {
    refill(&x, missing)
    let D = x.columns
    distortion = 0
    x.withUnsafeElements { x in
      centres.withUnsafeElements { centres in
        for n in assignments.indices {
          var sum = 0.0
          for j in 0..<D {
            let d = Double((x[n * D + j] - centres[Int(assignments[n]) * D + j]) * columnWeights[j])
            sum += d * d
          }
          distortion += 0.5 * (weights?[n] ?? 1) * sum
        }
      }
    }
  }

  /// Chooses K rows, each with a probability that grows with its weight and its squared distance to those chosen before.
  private mutating func seed(_ x: Matrix<Scalar>, _ K: Int, _ stream: RandomStream) {
    var stream = stream
    func anyRow() -> Int {
      if let weights, weights.contains(where: { $0 > 0 }) {
        stream.categorical(weights: weights)
      } else {
        stream.integer(below: x.rows)
      }
    }
    func weighted(_ distances: [Scalar], at n: Int) -> Double { (weights?[n] ?? 1) * Double(distances[n]) }
    func total(_ distances: [Scalar]) -> Double {
      distances.indices.reduce(0) { $0 + weighted(distances, at: $1) }
    }
    var chosen = [anyRow()]
    var nearest = Self.halfDistances(x, x[rows: chosen[0]..<chosen[0] + 1], columnWeights, threads)
    let candidates = 2 + Int(Double.log(Double(K)))
    while chosen.count < K {
      let sum = total(nearest)
      var best: (row: Int, distances: [Scalar], total: Double)?
      for _ in 0..<candidates {
        let row: Int
        if sum > 0, sum.isFinite {
          var target = stream.uniform() * sum
          row =
            nearest.indices.first {
              target -= weighted(nearest, at: $0); return target < 0
            } ?? x.rows - 1
        } else {
          row = anyRow()  // all rows coincide with a centre, or distances overflow
        }
        let distances = Self.halfDistances(x, x[rows: row..<row + 1], columnWeights, threads)
        let merged = zip(nearest, distances).map { Swift.min($0, $1) }
        let rest = total(merged)
        if best.map({ rest < $0.total }) ?? true { best = (row, merged, rest) }
      }
      guard let best else { break }
      chosen.append(best.row)
      nearest = best.distances
    }
    centres = x.selecting(rows: chosen)
    assign(x)
  }

  /// Half the squared distances of all rows to one centre.
  private static func halfDistances(
    _ x: Matrix<Scalar>, _ centre: Matrix<Scalar>, _ columnWeights: [Scalar], _ threads: Int
  ) -> [Scalar] {
    nearestCentres(x, centre, columnWeights, threads).flatMap { $0.halfDistances }
  }

  private mutating func assign(_ x: Matrix<Scalar>) {
    let parts = Self.nearestCentres(x, centres, columnWeights, threads)
    assignments = parts.flatMap { $0.nearest }
    guard let weights else {
      distortion = parts.reduce(0) { $0 + $1.halfDistances.reduce(0) { $0 + Double($1) } }
      return
    }
    let distances = parts.flatMap { $0.halfDistances }
    distortion = distances.indices.reduce(0) { $0 + weights[$1] * Double(distances[$1]) }
  }

  private typealias Nearest = (nearest: [Int32], halfDistances: [Scalar])

  private static func nearestCentres(
    _ x: Matrix<Scalar>, _ centres: Matrix<Scalar>, _ columnWeights: [Scalar], _ threads: Int
  ) -> [Nearest] {
    let (D, K) = (x.columns, centres.rows)
    let lanes = Lanes.ofRows(x.rows)
    let B = Swift.min(Swift.max((128 << 10) / (D * MemoryLayout<Scalar>.stride) / 32 * 32, 32), Kernels.block)
    return Lanes.map(lanes.count, threads: threads) { lane -> Nearest in
      let packed = AlignedStorage<Scalar>(count: D * B)
      let best = AlignedStorage<Scalar>(count: B)
      let values = AlignedStorage<Scalar>(count: B)
      defer { withExtendedLifetime((packed, best, values)) {} }
      var nearest = [Int32](repeating: 0, count: lanes[lane].count)
      var distances = [Scalar](repeating: 0, count: lanes[lane].count)
      x[rows: lanes[lane]].withUnsafeElements { x in
        centres.withUnsafeElements { centres in
          for start in stride(from: 0, to: nearest.count, by: B) {
            let rows = Swift.min(B, nearest.count - start)
            let block = (rows + Kernels.group - 1) / Kernels.group * Kernels.group
            Kernels.pack(
              x.baseAddress! + start * D, stride: D, rows: rows, columns: D, origin: nil, block: block,
              into: packed.base)
            best.base.update(repeating: -.infinity, count: block)
            for k in 0..<K {
              Kernels.logDensityDiagonal(
                packed.base, block: block, columns: D, mean: centres.baseAddress! + k * D,
                whitener: columnWeights, constant: 0, best: best.base, into: values.base)
              for i in 0..<rows where values.base[i] == best.base[i] {
                if k == 0 || -values.base[i] < distances[start + i] {
                  nearest[start + i] = Int32(k)
                  distances[start + i] = -values.base[i]
                }
              }
            }
          }
        }
      }
      return (nearest, distances)
    }
  }

  /// Moves each centre to the mean of its rows; a centre without rows to the row farthest from its own.
  private mutating func recentre(_ x: Matrix<Scalar>, _ K: Int) {
    let D = x.columns
    let lanes = Lanes.ranges(count: x.rows, lanes: Swift.max(1, Swift.min(64, x.rows / 1024)))
    let (assignments, weights) = (assignments, weights)
    let parts = Lanes.map(lanes.count, threads: threads) { lane in
      var sums = [Double](repeating: 0, count: K * (D + 1))
      x.withUnsafeElements { x in
        for n in lanes[lane] {
          let k = Int(assignments[n])
          let w = weights?[n] ?? 1
          guard w > 0 else { continue }
          sums[K * D + k] += w
          for j in 0..<D { sums[k * D + j] += w * Double(x[n * D + j]) }
        }
      }
      return sums
    }
    var sums = [Double](repeating: 0, count: K * (D + 1))
    for part in parts { for i in sums.indices { sums[i] += part[i] } }
    for k in 0..<K where sums[K * D + k] > 0 {
      for j in 0..<D { centres[k, j] = Scalar(sums[k * D + j] / sums[K * D + k]) }
    }
    for k in 0..<K where sums[K * D + k] == 0 {
      var distances = Self.nearestCentres(x, centres, columnWeights, threads).flatMap { $0.halfDistances }
      if let weights { for n in distances.indices where !(weights[n] > 0) { distances[n] = -1 } }
      guard let farthest = distances.indices.max(by: { distances[$0] < distances[$1] }) else { continue }
      for j in 0..<D { centres[k, j] = x[farthest, j] }
    }
  }
}
