import LatentNumerics

/// An NPY or IDX file cut into batches of rows.
struct ArrayBatches: Sendable {
  let layout: ArrayLayout
  /// The number of columns that are read.
  let columns: Int
  /// The shape of the image that each row is, where all columns are read.
  let imageShape: ImageShape?
  private let file: BatchFile
  private let batchRows: Int
  private let options: ReadOptions

  init(
    _ file: BatchFile, layout: ArrayLayout, batchRows: Int, options: ReadOptions
  ) throws(DataError) {
    try layout.checkSize(file.size - layout.dataOffset, source: file.source)
    self.file = file
    self.layout = layout
    self.batchRows = batchRows
    self.options = options
    let lookup = ColumnLookup(source: file.source, count: layout.columns, names: nil)
    let choice = try ColumnChoice(options, lookup)
    columns = choice.values.count
    imageShape = choice.values == Array(0..<layout.columns) ? layout.imageShape : nil
    if let levels = options.levels, levels.count != columns {
      throw .columnCountMismatch(source: file.source, expected: levels.count, actual: columns)
    }
  }

  /// The rows of a batch; nil after the last.
  ///
  /// - Parameter levels: the levels that categories must be of, in place of those of the options.
  func table<Scalar: LatentScalar>(
    at batch: Int, levels: [[String]]?, as _: Scalar.Type = Scalar.self
  ) throws(DataError) -> Table<Scalar>? {
    let (first, overflow) = batch.multipliedReportingOverflow(by: batchRows)
    guard !overflow, first < layout.rows else { return nil }
    let rows = first..<min(first + batchRows, layout.rows)
    var options = options
    options.levels = levels ?? options.levels
    var part = layout
    part.shape[0] = rows.count
    do throws(DataError) {
      return try file.withBytes(ranges(of: rows)) { bytes throws(DataError) in
        try StoredArray(layout: part, bytes: UnsafeRawBufferPointer(bytes))
          .table(source: file.source, options: options)
      }
    } catch {
      throw error.moved(byRows: first)
    }
  }

  /// Where the elements of the rows are: in one piece, or in one a column.
  private func ranges(of rows: Range<Int>) -> [Range<Int>] {
    let size = layout.element.size
    func range(from element: Int, count: Int) -> Range<Int> {
      let start = layout.dataOffset + element * size
      return start..<start + count * size
    }
    guard layout.isColumnMajor else {
      return [range(from: rows.lowerBound * layout.columns, count: rows.count * layout.columns)]
    }
    return (0..<layout.columns).map { range(from: $0 * layout.rows + rows.lowerBound, count: rows.count) }
  }
}

extension DataError {
  /// The error of a part of an array, with rows counted from the start of the whole.
  func moved(byRows rows: Int) -> DataError {
    func moved(_ place: CellPlace) -> CellPlace {
      guard case .row(let row) = place.position else { return place }
      var place = place
      place.position = .row(row + rows)
      return place
    }
    return switch self {
    case .infiniteCell(let place, let text): .infiniteCell(at: moved(place), text: text)
    case .invalidLabel(let source, let row): .invalidLabel(source: source, row: row + rows)
    case .invalidWeight(let place, let text, let fault):
      .invalidWeight(at: moved(place), text: text, fault: fault)
    case .invalidCategory(let place, let text): .invalidCategory(at: moved(place), text: text)
    case .unknownCategory(let place, let text, let known, let count):
      .unknownCategory(at: moved(place), text: text, known: known, count: count)
    default: self
    }
  }
}
