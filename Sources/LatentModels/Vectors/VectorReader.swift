import LatentNumerics

/// Takes coordinates of a vector one group after the other.
struct VectorReader {
  private var rest: ArraySlice<Double>

  init(_ vector: [Double]) { rest = vector[...] }

  mutating func next(_ count: Int) -> [Double] {
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func matrix(rows: Int, columns: Int) -> Matrix<Double> {
    Matrix(rows: rows, columns: columns, elements: next(rows * columns))
  }

  /// The rest.
  var remaining: [Double] { Array(rest) }
}

extension [Double] {
  /// Whether all are finite and positive.
  var areProper: Bool { allSatisfy { $0 > 0 && $0.isFinite } }
}
