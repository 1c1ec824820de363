import LatentData
import LatentNumerics

/// All batches of a file put together again.
func joined<Scalar: LatentScalar>(_ batches: TableBatches<Scalar>) throws(DataError) -> Table<Scalar> {
  var parts: [Table<Scalar>] = []
  var iterator = batches.makeIterator()
  while let part = try iterator.next() { parts.append(part) }
  return joined(parts, source: batches.source)
}

func joined<Scalar: LatentScalar>(_ parts: [Table<Scalar>], source: String) -> Table<Scalar> {
  let columns = parts.first?.columns ?? 0
  let values = parts.flatMap(\.values.elements)
  let rows = parts.reduce(0) { $0 + $1.rows }
  return Table(
    source: source, values: Matrix(rows: rows, columns: columns, elements: values),
    columnNames: parts.first?.columnNames, imageShape: parts.first?.imageShape,
    labels: parts.first?.labels == nil ? nil : parts.flatMap { $0.labels ?? [] },
    weights: parts.first?.weights == nil ? nil : parts.flatMap { $0.weights ?? [] },
    levels: parts.first?.levels)
}

/// Whether two tables are the same in all that they hold, NaN equal to NaN.
func isSame(_ a: Table<Double>, _ b: Table<Double>) -> Bool {
  a.rows == b.rows && a.columns == b.columns && bits(a.values.elements) == bits(b.values.elements)
    && a.columnNames == b.columnNames && a.imageShape == b.imageShape && a.labels == b.labels
    && a.weights == b.weights && a.levels == b.levels && a.source == b.source
}
