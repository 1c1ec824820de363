import Latent

/// A file as a source of batches of consecutive rows, read whenever they are asked for: in memory is one batch.
struct FileSource<Scalar: LatentScalar>: ObservationSource {
  let batchCount: Int
  let totalWeight: Double
  private let file: TableBatches<Scalar>
  private let preparation: RowPreparation
  /// Whether a model can have produced the rows.
  private let validate: @Sendable (Rows<Scalar>) throws(InferenceError) -> Void

  init(
    _ file: TableBatches<Scalar>, batchCount: Int, totalWeight: Double, preparation: RowPreparation,
    validate: @escaping @Sendable (Rows<Scalar>) throws(InferenceError) -> Void = { _ in }
  ) {
    self.file = file
    self.batchCount = batchCount
    self.totalWeight = totalWeight
    self.preparation = preparation
    self.validate = validate
  }

  /// The same rows, checked by a family whenever they are read.
  func checked<Family: Emission>(by family: Family) -> Self where Family.Scalar == Scalar {
    FileSource(file, batchCount: batchCount, totalWeight: totalWeight, preparation: preparation) {
      rows throws(InferenceError) in try family.validate(rows)
    }
  }

  func batch(_ i: Int) throws(InferenceError) -> Rows<Scalar> {
    let rows: Rows<Scalar>
    do {
      let table = try preparation.applied(to: file.batch(at: i), from: i * file.batchRows)
      rows = Rows(table.values, weights: table.weights)
    } catch {
      throw .batchUnavailable(batch: i, reason: (error as? any Explained)?.explanation ?? "\(error)")
    }
    do throws(InferenceError) {
      try validate(rows)
    } catch {
      throw error.movingRow { sourceIndex(of: $0, inBatch: i) }
    }
    return rows
  }

  func sourceIndex(of position: Int, inBatch i: Int) -> Int { i * file.batchRows + position }
}

/// What is done to rows before a model sees them, for any part of the data alike.
struct RowPreparation: Sendable {
  var binarize: Binarization?
  var seed: UInt64
  var standardization: Standardization?

  /// - Parameter start: the number of the table's first row, from 0.
  func applied<Scalar: LatentScalar>(to table: Table<Scalar>, from start: Int) throws -> Table<Scalar> {
    var table = table
    if let binarize { table = try binarize.applied(to: table, seed: seed, from: start) }
    if let standardization { table.values = standardization.applied(to: table.values) }
    return table
  }
}

/// What one pass over a file tells of all its rows: extent, weights, moments, and a sample.
struct FileSurvey<Scalar: LatentScalar> {
  private(set) var rows = 0
  private(set) var totalWeight = 0.0
  private(set) var missingCells = 0
  private(set) var sample: RowSample<Scalar>
  private let columns: Int
  private var hasValue = false
  /// Of the columns, for a standardization; nil where none will be asked for.
  private var moments: ColumnMoments?

  /// - Parameters:
  ///   - sample: the empty sample.
  ///   - takesMoments: whether a standardization will be asked for.
  init(columns: Int, sample: RowSample<Scalar>, takesMoments: Bool) {
    self.columns = columns
    self.sample = sample
    moments = takesMoments ? ColumnMoments(columns: columns) : nil
  }

  /// Adds the rows that come next.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  mutating func add(_ table: Table<Scalar>) {
    let D = columns
    table.values.withUnsafeElements { x in
      for n in 0..<table.rows {
        for i in n * D..<(n + 1) * D {
          if x[i].isNaN { missingCells += 1 } else { hasValue = true }
        }
        let weight = table.weights?[n] ?? 1
        totalWeight += weight
        sample.add(UnsafeBufferPointer(rebasing: x[n * D..<(n + 1) * D]), weight: weight)
      }
    }
    rows += table.rows
    moments?.add(table)
  }

  /// - Throws: `.allMissing`, and `.zeroWeights` or `.extremeWeights` where rows carry weights.
  func check(source: String, weights: String?) throws(DataError) {
    guard hasValue else { throw .allMissing(source: source) }
    if let weights { try WeightFault.check(total: totalWeight, source: source, column: weights) }
  }

  /// Means and standard deviations of the columns; nil where no moments were taken.
  ///
  /// - Throws: `.missingColumn`, `.constantColumn`.
  func standardization(source: String, names: [String]?) throws(DataError) -> Standardization? {
    guard let found = try moments?.standardization(source: source, columnNames: names) else { return nil }
    return Standardization(means: found.means, scales: found.standardDeviations)
  }
}

extension FitData {
  /// The rows that a start and a prior are taken from: the whole file evenly, up to this many numbers.
  private static var sampleRows: Int { 20_000 }
  private static var sampleNumbers: Int { 1 << 23 }

  /// A file that is read in batches: one pass surveys it, and `rows` are a sample.
  ///
  /// - Parameters:
  ///   - weights: the column of weights, for messages.
  ///   - preparation: what is done to rows; `standardize` adds to it.
  ///   - standardize: whether columns are brought to mean 0 and variance 1.
  ///   - isChecked: whether a checkpoint needs the fingerprint.
  init(
    _ file: TableBatches<Scalar>, components: Int, weights: String?, preparation: RowPreparation,
    standardize: Bool, isChecked: Bool
  ) throws {
    var preparation = preparation
    let (count, D) = (try file.rowCount, file.columns)
    let most = max(min(Self.sampleRows, Self.sampleNumbers / max(D, 1)), 20 * components)
    var survey = FileSurvey<Scalar>(
      columns: D, sample: RowSample(of: weights == nil ? count : nil, limit: most), takesMoments: standardize)
    var hash = SHA256()
    for i in 0..<(try file.batchCount) {
      let table = try preparation.applied(to: file.batch(at: i), from: i * file.batchRows)
      survey.add(table)
      guard isChecked else { continue }
      table.values.withUnsafeElements { hash.update(UnsafeRawBufferPointer($0)) }
      table.weights?.withUnsafeBytes { hash.update($0) }
    }
    try survey.check(source: file.source, weights: weights)
    var sample = Matrix<Scalar>(
      rows: survey.sample.weights.count, columns: D, elements: survey.sample.values)
    if let standardization = try survey.standardization(source: file.source, names: file.columnNames) {
      preparation.standardization = standardization
      sample = standardization.applied(to: sample)
    }
    rows = Rows(sample, weights: weights == nil ? nil : survey.sample.weights)
    sampleNumbers = survey.sample.numbers
    observations = survey.rows
    stream = FileSource(
      file, batchCount: try file.batchCount, totalWeight: survey.totalWeight, preparation: preparation)
    standardization = preparation.standardization
    source = file.source
    columnNames = file.columnNames
    levels = try file.levels()
    missingCells = survey.missingCells
    image = file.imageShape.map { .init(height: $0.height, width: $0.width) }
    surveyed = DataFingerprint(rows: survey.rows, columns: D, sha256: hash.hexDigest())
    guard observations >= components else {
      throw PreparationError.tooFewRows(
        source: source, rows: observations, components: components, heldOut: 0)
    }
  }
}
