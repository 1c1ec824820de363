import Latent

/// Rows whose density under a model is 0, or too small to be a number: they have no posterior, and come first among those explained
/// worst.
struct ImpossibleRows: Sendable {
  /// Where each stands in the source, from 0.
  var numbers: [Int]
  /// `[n, D]`, in the units of the fit.
  var values: Matrix<Double>
  var labels: [String]?
}

extension ReportRows {
  /// As many rows are asked about together, once one of them is known to be impossible.
  private static var part: Int { 200 }

  /// The rows that have a density, with the others beside them; and where each stands among all of these.
  ///
  /// - Parameter score: throws `.notFinite` of a density with the first row that has none.
  /// - Throws: what `score` throws besides, and where no row has a density.
  func possible(
    _ score: (Rows<Scalar>) throws(InferenceError) -> Void
  ) throws(InferenceError) -> (rows: ReportRows, places: [Int]) {
    let failure: InferenceError
    do throws(InferenceError) {
      try score(rows)
      return (self, Array(0..<rows.rows))
    } catch {
      guard case .notFinite("density", _?) = error else { throw error }
      failure = error
    }
    let values = rows.inSourceOrder(rows.values)
    var (kept, dropped): ([Int], [Int]) = ([], [])
    for start in stride(from: 0, to: values.rows, by: Self.part) {
      var rest = Array(start..<min(start + Self.part, values.rows))
      while !rest.isEmpty {
        do throws(InferenceError) {
          try score(Rows(values.selecting(rows: rest)))
          kept += rest
          rest = []
        } catch .notFinite("density", let place?) {
          // Another order of evaluation may find another row first.
          dropped.append(rest.remove(at: place))
        }
      }
    }
    guard !kept.isEmpty else { throw failure }
    dropped.sort()
    var result = self
    let weights = rows.weightsInSourceOrder
    result.rows = Rows(values.selecting(rows: kept), weights: weights.map { all in kept.map { all[$0] } })
    result.labels = labels.map { all in kept.map { all[$0] } }
    result.numbers = kept.map { numbers[$0] }
    result.impossible = ImpossibleRows(
      numbers: dropped.map { numbers[$0] },
      values: values.selecting(rows: dropped).converted(to: Double.self),
      labels: labels.map { all in dropped.map { all[$0] } })
    return (result, kept)
  }
}
