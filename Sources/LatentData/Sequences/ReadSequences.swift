// N sequences, T frames of one, D columns, U controls

public import LatentNumerics

/// How sequences are read.
public struct SequenceOptions: Sendable {
  /// How the file is read: format, header, columns, array, limits. Labels, weights and categories must not be asked for.
  public var table: ReadOptions
  /// Of a text: the column that says which sequence a row belongs to, by name or by number from 1; it may hold text. nil
  /// makes all rows one sequence.
  public var sequence: String?
  /// Of a text: the columns of controls, by name or by number from 1; they are no columns of the frames.
  public var controls: [String]
  /// Of a text: the columns of ground truth, likewise.
  public var truth: [String]

  public init(
    table: ReadOptions = ReadOptions(), sequence: String? = nil, controls: [String] = [], truth: [String] = []
  ) {
    precondition(
      table.labels == nil && table.weights == nil && !table.isCategorical,
      "frames are numbers, and sequences have neither labels nor weights")
    self.table = table
    self.sequence = sequence
    self.controls = controls
    self.truth = truth
  }
}

/// Reads sequences from a text (CSV, TSV) with a row a frame, or from an array (NPY, NPZ): `[N, T, D]`, or `[T, D]` for one.
///
/// The rows of a sequence in a text come in the order of its frames; rows of others may lie between them. Sequences are in
/// the order of their first rows. Of an array the columns are those of the last axis, by number.
///
/// - Parameters:
///   - path: as for ``readTable(from:options:)``.
///   - options: which columns are what.
/// - Throws: what ``readTable(from:options:)`` throws; `.missingCell` for a control or the name of a sequence that is missing;
///   `.unknownColumn` for the name of a column of an array of three axes, which has none, and for controls, ground truth and
///   sequences of it.
/// - Complexity: O(bytes).
public func readSequences<Scalar: LatentScalar>(
  from path: String, options: SequenceOptions = SequenceOptions()
) throws(DataError) -> SequenceTable<Scalar> {
  var reading = options.table
  reading.labels = options.sequence
  reading.stacksFrames = true
  let special = options.controls + options.truth
  // The frames' columns may have been chosen; the others are read beside them.
  if let columns = reading.columns { reading.columns = columns + special.filter { !columns.contains($0) } }
  let table: Table<Scalar> = try readTable(from: path, options: reading)
  return try table.sequences(controls: options.controls, truth: options.truth)
}

/// Reads controls from an array of their own for sequences that were read without: `[N, T, U]`, sequence by sequence, or a row a frame,
/// `[ΣT, U]`, in the order that the source of the sequences has its frames in.
///
/// - Throws: what ``readSequences(from:options:)`` throws; `.rowCountMismatch` where there are not as many as frames;
///   `.missingCell`.
public func readControls<Scalar: LatentScalar>(
  from path: String, for sequences: SequenceTable<Scalar>, options: ReadOptions = ReadOptions()
) throws(DataError) -> SequenceTable<Scalar> {
  let read: SequenceTable<Scalar> = try readSequences(from: path, options: SequenceOptions(table: options))
  guard read.frames.rows == sequences.frames.rows else {
    throw .rowCountMismatch(
      source: read.source, expected: sequences.frames.rows, actual: read.frames.rows)
  }
  if read.lengths != sequences.lengths, read.count > 1 {
    throw .rowCountMismatch(source: read.source, expected: sequences.count, actual: read.count)
  }
  try read.frames.refuseMissing(source: read.source, columnNames: read.columnNames, columns: nil)
  var result = sequences
  // Rows of one run lie as those of the source do, whichever sequences these belong to.
  result.controls =
    read.count == 1
    ? sequences.sourceRows.map { read.frames.selecting(rows: $0) } ?? read.frames : read.frames
  result.controlNames = read.columnNames
  return result
}

extension Table {
  /// The rows as frames of the sequences that their labels name, of an array's, or of one sequence without either.
  ///
  /// - Parameters:
  ///   - controls: columns of controls, by name or by their number in the source.
  ///   - truth: columns of ground truth, likewise.
  /// - Throws: `.unknownColumn`, `.duplicateColumn`; `.missingCell` for a control, or a label; `.empty` where no column is left.
  public func sequences(
    controls: [String] = [], truth: [String] = []
  ) throws(DataError) -> SequenceTable<Scalar> {
    if let T = framesPerSequence {
      if let name = (controls + truth).first {
        throw .unknownColumn(source: source, name: name, available: [])
      }
      // An array of three axes says itself what its sequences are.
      guard labels == nil else { throw .unsupportedRank(source: source, rank: 3) }
      return SequenceTable(
        source: source, frames: values, lengths: Array(repeating: T, count: rows / T),
        columnNames: columnNames)
    }
    let lookup = ColumnLookup(source: source, count: columns, names: columnNames, numbers: columnNumbers)
    let special = try lookup.indices(of: controls + truth)
    let frameColumns = (0..<columns).filter { !special.contains($0) }
    guard rows > 0, !frameColumns.isEmpty else { throw .empty(source: source) }
    var (order, lengths, names): ([Int], [Int], [String]?) = (Array(0..<rows), [rows], nil)
    if let labels {
      var rowsOfName: [String: [Int]] = [:]
      var found: [String] = []
      for (row, name) in labels.enumerated() {
        guard name.contains(where: { $0 != " " }) else {
          throw .missingCell(at: CellPlace(source: source, position: .row(row + 1), column: labelNumber ?? 1))
        }
        if rowsOfName[name] == nil { found.append(name) }
        rowsOfName[name, default: []].append(row)
      }
      order = found.flatMap { rowsOfName[$0] ?? [] }
      lengths = found.map { rowsOfName[$0]?.count ?? 0 }
      names = found
    }
    func part(_ indices: [Int]) -> Matrix<Scalar>? {
      indices.isEmpty ? nil : values.selecting(columns: indices).selecting(rows: order)
    }
    func headings(of indices: [Int], orNumbers: Bool = false) -> [String]? {
      if let columnNames { return indices.map { columnNames[$0] } }
      return orNumbers ? indices.map { "\(columnNumbers?[$0] ?? $0 + 1)" } : nil
    }
    let (controlColumns, truthColumns) = (
      Array(special[0..<controls.count]), Array(special[controls.count...])
    )
    let inputs = values.selecting(columns: controlColumns)
    try inputs.refuseMissing(
      source: source, columnNames: headings(of: controlColumns),
      columns: controlColumns.map { columnNumbers?[$0] ?? $0 + 1 })
    return SequenceTable(
      source: source, frames: part(frameColumns) ?? values, lengths: lengths, names: names,
      columnNames: headings(of: frameColumns), imageShape: special.isEmpty ? imageShape : nil,
      controls: part(controlColumns), controlNames: controls.isEmpty ? nil : headings(of: controlColumns),
      truth: part(truthColumns)?.converted(to: Double.self),
      truthNames: truth.isEmpty ? nil : headings(of: truthColumns, orNumbers: true),
      sourceRows: order == Array(0..<rows) ? nil : order)
  }
}

extension Matrix {
  /// Refuses missing values. Rows are those of the matrix; so are columns, where no numbers are given.
  fileprivate func refuseMissing(
    source: String, columnNames: [String]?, columns numbers: [Int]?
  ) throws(DataError) {
    let gap = withUnsafeElements { $0.firstIndex { $0.isNaN } }
    guard let gap else { return }
    var place = place(of: gap, source: source, columnNames: columnNames)
    if let numbers { place.column = numbers[gap % columns] }
    throw .missingCell(at: place)
  }
}
