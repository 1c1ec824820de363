import Latent

/// Every m-th row among those that count, spread over data whose rows come one after the other.
///
/// No more than `limit` rows are held: when there would be more, every second is dropped and m doubled. Which rows are taken
/// depends on the data and m alone, not on the batches they come in.
struct RowSample<Scalar: LatentScalar>: Sendable {
  /// The rows, `[n, D]`, row by row, and the weight of each.
  private(set) var values: [Scalar] = []
  private(set) var weights: [Double] = []
  /// Where each stands in the data, from 0.
  private(set) var numbers: [Int] = []
  /// m.
  private(set) var stride: Int
  private let limit: Int
  /// Rows so far, and those of positive weight among them.
  private var seen = 0
  private var counted = 0

  /// - Parameters:
  ///   - rows: how many rows there are, where all of them count; nil where that is not known.
  ///   - limit: the most rows that are taken, at least 1.
  init(of rows: Int?, limit: Int) {
    let most = Swift.max(limit, 1)
    self.limit = most
    stride = rows.map { Swift.max(($0 - 1) / most + 1, 1) } ?? 1
  }

  /// Takes the row that comes next, or does not.
  mutating func add(_ row: UnsafeBufferPointer<Scalar>, weight: Double) {
    defer { seen += 1 }
    guard weight > 0 else { return }
    defer { counted += 1 }
    guard counted % stride == 0 else { return }
    values.append(contentsOf: row)
    weights.append(weight)
    numbers.append(seen)
    guard weights.count > limit else { return }
    let D = row.count
    let kept = Swift.stride(from: 0, to: weights.count, by: 2)
    values = kept.flatMap { values[$0 * D..<($0 + 1) * D] }
    weights = kept.map { weights[$0] }
    numbers = kept.map { numbers[$0] }
    stride *= 2
  }
}
