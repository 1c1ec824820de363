/// Why data could not be read, chosen, prepared or simulated.
///
/// Every case names its `source` (the path, `standard input`, or a data set's name) and carries what a person
/// needs to find the place; the words are the caller's. Lines, rows and columns count from 1. Texts taken from
/// the data are cut to ``DataError/excerptLength`` characters.
public enum DataError: Error, Sendable, Equatable {
  /// Offending text is cut to this many characters.
  public static let excerptLength = 40

  // MARK: The file itself

  /// No file has this path.
  case notFound(source: String)
  /// The path is a folder.
  case isDirectory(source: String)
  /// The operating system refused; `code` is its `errno`.
  case unreadable(source: String, code: Int32)
  /// The file was written to, or cut short, while it was read.
  case changed(source: String)
  /// There is nothing in it, or nothing but blank lines.
  case empty(source: String)
  /// More bytes (after decompression) than ``ReadOptions/maximumBytes``.
  case tooLarge(source: String, limit: Int)
  /// Neither the name's ending nor the first bytes tell a known format.
  case unknownFormat(source: String)
  /// Files of this format cannot be read in batches.
  case noBatches(source: String, format: DataFormat)

  // MARK: Text

  /// A header and no row under it.
  case headerOnly(source: String)
  /// A row with more or fewer cells than the first line.
  case raggedRow(source: String, line: Int, expected: Int, actual: Int)
  /// A cell that is neither a number nor a mark of a missing value.
  case textCell(at: CellPlace, text: String)
  /// An infinite value, or a number too large for the scalar type.
  case infiniteCell(at: CellPlace, text: String)
  /// A quote that never closes, and the line it opened on.
  case unterminatedQuote(source: String, line: Int)
  /// Text between a closing quote and the next delimiter.
  case textAfterQuote(at: CellPlace)
  /// A header or label that is not UTF-8.
  case invalidUTF8(at: CellPlace)
  /// Two columns of the header have one name.
  case duplicateColumn(source: String, name: String)

  // MARK: Compression and archives

  /// The compressed stream ends before its end mark.
  case truncatedGzip(source: String)
  /// The compressed stream is damaged (or its checksum differs); `offset` is the compressed byte.
  case corruptGzip(source: String, offset: Int)
  /// Bytes follow the last member of a gzip file; `offset` is where they begin.
  case trailingGarbage(source: String, offset: Int)
  /// The zip archive is damaged or cut short.
  case corruptArchive(source: String)
  /// The zip member is encrypted or uses a compression other than stored and deflate.
  case unsupportedCompression(source: String, member: String, method: Int)
  /// The archive holds no array.
  case noArrays(source: String)
  /// The archive holds several arrays and none was named.
  case severalArrays(source: String, names: [String])
  /// The archive holds no array of this name.
  case unknownArray(source: String, name: String, available: [String])

  // MARK: Binary arrays

  /// The first bytes are not those of `format`.
  case badMagic(source: String, format: DataFormat)
  /// A version of the format that is not known.
  case unsupportedVersion(source: String, format: DataFormat, version: String)
  /// An element type that has no numeric meaning here (complex, text, records, …).
  case unsupportedType(source: String, type: String)
  /// Python objects, which only executing a pickle could read; never done.
  case objectArray(source: String)
  /// The header cannot be understood; `text` is an excerpt.
  case malformedHeader(source: String, text: String)
  /// The header announces another size than the file has; `expected` is nil when it overflows.
  case sizeMismatch(source: String, expected: Int?, actual: Int)
  /// The number of axes has no meaning as rows (0, or 3 and more without being images).
  case unsupportedRank(source: String, rank: Int)

  // MARK: Tables

  /// All cells are missing.
  case allMissing(source: String)
  /// All cells of one column are missing.
  case missingColumn(source: String, column: Int, name: String?)
  /// No column of this name or number; `available` lists the names, or the numbers when there is no header.
  case unknownColumn(source: String, name: String, available: [String])
  /// A column whose values are all equal cannot be standardised.
  case constantColumn(source: String, column: Int, name: String?)
  /// A second file (labels, weights) has another number of rows.
  case rowCountMismatch(source: String, expected: Int, actual: Int)
  /// A cell is missing where the method at hand needs all of them.
  case missingCell(at: CellPlace)
  /// A label that is not a non-negative whole number where one is needed.
  case invalidLabel(source: String, row: Int)
  /// The data have another number of columns than what they are read for, such as a fitted model.
  case columnCountMismatch(source: String, expected: Int, actual: Int)

  // MARK: Simulations

  /// A simulator cannot work with a setting; `source` is its name.
  case invalidSetting(source: String, name: String, value: String, requirement: String)

  // MARK: Weights

  /// A weight that is missing, negative, infinite or no number; `text` is what stands there.
  case invalidWeight(at: CellPlace, text: String, fault: WeightFault)
  /// All weights are zero.
  case zeroWeights(source: String, column: String)
  /// The sum of the weights is too large or too small to compute with: not from 1e-100 to 1e100.
  case extremeWeights(source: String, column: String, total: Double)

  // MARK: Categories

  /// Of an array: a number that is not whole where each stands for a category.
  case invalidCategory(at: CellPlace, text: String)
  /// A category that is none of those asked for; `known` lists the first of them, at most
  /// ``DataError/listedLevels``, and `count` says how many there are.
  case unknownCategory(at: CellPlace, text: String, known: [String], count: Int)
  /// A column whose cells are so many different categories that they look like identifiers.
  case tooManyLevels(source: String, column: Int, name: String?, levels: Int, rows: Int)

  /// At most this many known categories are listed.
  public static let listedLevels = 10

  static func unknown(category: String, at place: CellPlace, known: [String]) -> DataError {
    .unknownCategory(
      at: place, text: String(category.prefix(excerptLength)), known: Array(known.prefix(listedLevels)),
      count: known.count)
  }
}

/// What is wrong with a weight.
public enum WeightFault: Sendable, Equatable {
  case missing
  case negative
  case infinite
  case notANumber
}

/// Where a cell is.
public struct CellPlace: Sendable, Equatable {
  /// A line of a text, or a row of an array; both count from 1.
  public enum Position: Sendable, Equatable {
    case line(Int)
    case row(Int)
  }

  public var source: String
  public var position: Position
  /// The column, from 1.
  public var column: Int
  /// The column's name, where there is a header.
  public var columnName: String?

  public init(source: String, position: Position, column: Int, columnName: String? = nil) {
    self.source = source
    self.position = position
    self.column = column
    self.columnName = columnName
  }
}

/// The formats that data are read from.
public enum DataFormat: String, Sendable, CaseIterable {
  case csv
  case tsv
  case idx
  case npy
  case npz
}
