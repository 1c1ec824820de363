import Foundation
import Latent

/// DATA of the command line: a path, `-`, one array of an archive, or the name of a data set.
struct DataSource: Sendable {
  let name: String
  let console: Console
  let threads: Int
  private let namedSet: CatalogueEntry?
  /// The contents of a pipe that has to be read twice.
  private var contents: [UInt8]?

  private static let labelNames = ["label", "labels"]
  private static let standardInput = "standard input"

  /// Whether this is a set of the catalogue.
  var isNamedSet: Bool { namedSet != nil }

  /// The name for messages.
  var title: String { name == "-" ? Self.standardInput : name }

  init(_ name: String, console: Console, threads: Int) {
    self.name = name
    self.console = console
    self.threads = threads
    namedSet = Self.namedSet(name, console: console)
  }

  /// Reads the table, with the columns asked for.
  ///
  /// - Throws: `DataError`, `CatalogueError`.
  func table<Scalar: LatentScalar>(
    _ choice: DataChoice = DataChoice(), as _: Scalar.Type = Scalar.self
  ) throws -> Table<Scalar> {
    if let entry = namedSet { return try load(entry, choice) }
    var options = ReadOptions(
      columns: choice.columns, weights: choice.weights, categorical: choice.isCategorical,
      levels: choice.levels, threads: threads)
    guard let labels = choice.labels else { return try read(options) }
    guard let file = labelFile(labels) else {
      options.labels = labels
      return try read(options)
    }
    return try labelled(read(options), by: file)
  }

  /// The file, to be read in batches; nil where the source is no file that can be: a data set by its name, standard
  /// input, an archive.
  func batches<Scalar: LatentScalar>(
    of rows: Int, _ choice: DataChoice, as _: Scalar.Type = Scalar.self
  ) throws(DataError) -> TableBatches<Scalar>? {
    guard namedSet == nil, name != "-", Self.isFile(name) else { return nil }
    let options = ReadOptions(
      columns: choice.columns, weights: choice.weights, categorical: choice.isCategorical,
      levels: choice.levels, threads: threads)
    do throws(DataError) {
      return try TableBatches(name, batchRows: rows, options: options)
    } catch .noBatches {
      return nil
    }
  }

  /// The names of the columns, or nil where there are none.
  func columnNames() throws -> [String]? {
    if let entry = namedSet { return try DataCatalogue().load(entry.name, as: Float.self).columnNames }
    // A file's head tells them without the rest, where it can be read in batches.
    if let file = try? batches(of: 1, DataChoice(), as: Float.self) { return file.columnNames }
    do {
      // No column has this name, and the refusal lists those there are.
      let _: Table<Float> = try read(ReadOptions(columns: ["\u{0}"], threads: threads))
      return nil
    } catch DataError.unknownColumn(_, _, let available) {
      return available == available.indices.map { "\($0 + 1)" } ? nil : available
    }
  }

  /// The same source, able to be read twice.
  func rereadable() throws(DataError) -> DataSource {
    var status = stat()
    guard name == "-" || (stat(name, &status) == 0 && [S_IFIFO, S_IFCHR].contains(status.st_mode & S_IFMT))
    else { return self }
    var copy = self
    copy.contents = try readBytes(from: name)
    return copy
  }

  private func read<Scalar: LatentScalar>(_ options: ReadOptions) throws -> Table<Scalar> {
    guard let contents else { return try readTable(from: name, options: options) }
    return try contents.withUnsafeBytes { bytes in
      try readTable(bytes: bytes, source: title, options: options)
    }
  }

  // MARK: Named sets

  /// The set of the catalogue that the name means; a file of the name comes first, a folder does not.
  private static func namedSet(_ name: String, console: Console) -> CatalogueEntry? {
    guard let entry = try? DataCatalogue().entry(named: name) else { return nil }
    guard isFile(name) else { return entry }
    console.note("Taking the file \(name), not the data set of this name.")
    return nil
  }

  static func isFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
  }

  private func load<Scalar: LatentScalar>(
    _ entry: CatalogueEntry, _ choice: DataChoice
  ) throws -> Table<Scalar> {
    var table = try DataCatalogue().load(entry.name, as: Scalar.self)
    let own = table.labels
    let columns = choice.columns
    table.labels = nil
    if let weights = choice.weights {
      if columns == nil {
        table = try table.weighted(byColumn: weights)
      } else {
        table.weights = try table.weighted(byColumn: weights).weights
      }
    }
    if let labels = choice.labels {
      if let own, Self.labelNames.contains(labels) {
        table.labels = own
      } else if let file = labelFile(labels) {
        table = try labelled(table, by: file)
      } else if columns == nil {
        table = try table.labelled(byColumn: labels)
      } else {
        table.labels = try table.labelled(byColumn: labels).labels
      }
    }
    if let columns { table = try table.selecting(columns: columns) }
    return choice.isCategorical ? try table.categorized(levels: choice.levels) : table
  }

  // MARK: Labels

  private func labelFile(_ name: String) -> String? { Self.isFile(name) ? name : nil }

  private func labelled<Scalar: LatentScalar>(
    _ table: Table<Scalar>, by file: String
  ) throws -> Table<Scalar> {
    let labels = try readLabels(from: file, options: ReadOptions(threads: threads))
    guard labels.count == table.rows else {
      throw DataError.rowCountMismatch(source: file, expected: table.rows, actual: labels.count)
    }
    var table = table
    table.labels = labels
    return table
  }
}

/// What of a source is read, and how.
struct DataChoice: Sendable {
  var columns: [String]?
  var labels: String?
  var weights: String?
  /// Whether every cell is a category.
  var isCategorical = false
  /// The categories that there may be; nil for those that there are.
  var levels: [[String]]?
}
