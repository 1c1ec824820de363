import Latent

/// The rows of a fit, and those kept from it.
struct FitData<Scalar: LatentScalar>: Sendable {
  /// What is fitted, N rows; of a file that is read in batches a sample.
  var rows: Rows<Scalar>
  /// N.
  var observations: Int
  /// The file that is read in batches; nil where `rows` are all there are.
  var stream: FileSource<Scalar>?
  /// The fingerprint of that file.
  var surveyed: DataFingerprint?
  /// What the bound has not seen; nil without `--holdout`.
  var heldOut: Rows<Scalar>?
  /// Where in the source the rows stand, and those held out; nil where all are fitted.
  var rowNumbers: (fitted: [Int], heldOut: [Int])?
  /// Where in the file the rows of the sample stand; nil where `rows` are all there are.
  var sampleNumbers: [Int]?
  var standardization: Standardization?
  /// The labels of `rows`, in the order of the source.
  var labels: [String]?
  var source: String
  var columnNames: [String]?
  /// The categories of each column, where cells are categories.
  var levels: [[String]]?
  /// The cells of `rows` that are missing.
  var missingCells: Int
  var image: FitDescription.ImageSize?

  /// The substream of the seed that chooses the rows held out; below zero, apart from those of the restarts.
  private static var holdoutSubstream: Int { -1 }

  /// Checks and transforms a table as the settings say, in this order: binarize, hold rows out,
  /// standardize by the rows that are left.
  init(_ table: Table<Scalar>, _ settings: FitSettings) throws {
    var table = table
    if let binarize = settings.binarize { table = try binarize.applied(to: table, seed: settings.seed) }
    var heldOutValues: Matrix<Scalar>?
    var heldOutWeights: [Double]?
    source = table.source
    columnNames = table.columnNames
    image = table.imageShape.map { .init(height: $0.height, width: $0.width) }
    if let fraction = settings.holdout {
      let count = Int((fraction * Double(table.rows)).rounded())
      guard count > 0, count < table.rows else {
        throw PreparationError.holdoutTooSmall(source: table.source, rows: table.rows)
      }
      var stream = RandomStream(seed: settings.seed).substream(Self.holdoutSubstream)
      let chosen = Set(stream.sample(count, from: table.rows))
      let (out, rest) = (chosen.sorted(), (0..<table.rows).filter { !chosen.contains($0) })
      rowNumbers = (rest, out)
      heldOutValues = table.values.selecting(rows: out)
      heldOutWeights = table.weights.map { all in out.map { all[$0] } }
      let labels = table.labels.map { all in rest.map { all[$0] } }
      table = Table(
        source: table.source, values: table.values.selecting(rows: rest), columnNames: table.columnNames,
        labels: labels, weights: table.weights.map { all in rest.map { all[$0] } }, levels: table.levels)
    }
    labels = table.labels
    levels = table.levels
    missingCells = table.missingCount
    if settings.standardize {
      let (standardized, means, scales) = try table.standardized()
      let standardization = Standardization(means: means, scales: scales)
      self.standardization = standardization
      rows = Rows(standardized.values, weights: table.weights)
      heldOutValues = heldOutValues.map { standardization.applied(to: $0) }
    } else {
      rows = Rows(table.values, weights: table.weights)
    }
    heldOut = heldOutValues.map { Rows($0, weights: heldOutWeights) }
    observations = rows.rows
    guard rows.rows >= settings.model.components else {
      throw PreparationError.tooFewRows(
        source: source, rows: rows.rows, components: settings.model.components, heldOut: heldOut?.rows ?? 0)
    }
  }

  /// An error about the rows of the fit, or about those held out, told of the source.
  func failure(
    _ error: InferenceError, restarts: Int = 1, remedies: Remedies, isHeldOut: Bool = false
  ) -> FitFailure {
    FitFailure(
      error: error.renumbered(isHeldOut ? rowNumbers?.heldOut : rowNumbers?.fitted), restarts: restarts,
      columnNames: columnNames, source: source, remedies: remedies)
  }

  /// What a checkpoint remembers of the data.
  var fingerprint: DataFingerprint {
    if let surveyed { return surveyed }
    var hash = SHA256()
    for part in [rows, heldOut].compactMap(\.self) {
      part.values.withUnsafeElements { hash.update(UnsafeRawBufferPointer($0)) }
      part.weights?.withUnsafeElements { hash.update(UnsafeRawBufferPointer($0)) }
    }
    return DataFingerprint(
      rows: rows.rows + (heldOut?.rows ?? 0), columns: rows.columns, sha256: hash.hexDigest())
  }
}

/// The extent and the contents of data.
struct DataFingerprint: Codable, Equatable, Sendable {
  var rows: Int
  var columns: Int
  var sha256: String
}
