import Foundation
public import LatentNumerics

/// Why a set of the catalogue cannot be had.
public enum CatalogueError: Error, Equatable, Sendable {
  /// No set has this name; `available` lists those there are.
  case unknown(name: String, available: [String])
  /// The set is in none of the `searched` folders; `collection` is the name to fetch.
  case notFetched(name: String, collection: String, searched: [String])
  /// A folder holds the images and not the labels, or the reverse.
  case incomplete(name: String, folder: String, missing: String)
  /// A file of the set has another size than the set.
  case unexpectedShape(name: String, path: String, rows: Int, columns: Int)
  /// A file of the set cannot be read.
  case unreadable(name: String, DataError)
}

/// The data sets known by name.
///
/// Downloaded sets are looked for in `$LATENT_DATA`, then in the cache folder, each in a sub-folder of its
/// collection's name and with or without `.gz`: `$LATENT_DATA/mnist/train-images-idx3-ubyte.gz`.
public struct DataCatalogue: Sendable {
  /// The folders searched, in order.
  public let folders: [String]
  /// Where fetched sets go.
  public let cacheFolder: String

  /// The catalogue in the environment of this process.
  public init() { self.init(environment: ProcessInfo.processInfo.environment) }

  /// The catalogue in a given environment.
  ///
  /// - Parameter environment: `LATENT_DATA`, `XDG_CACHE_HOME` and `HOME` are looked at.
  public init(environment: [String: String]) {
    let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
    #if os(macOS)
      let standard = "\(home)/Library/Caches"
    #else
      let standard = "\(home)/.cache"
    #endif
    // The XDG specification has relative paths ignored.
    let caches = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? standard
    cacheFolder = "\(caches)/latent"
    let given = environment["LATENT_DATA"].flatMap { $0.isEmpty ? nil : $0 }
    folders = (given.map { [$0] } ?? []) + [cacheFolder]
  }

  /// All sets.
  public var entries: [CatalogueEntry] { CatalogueEntry.all }

  /// The set of this name.
  ///
  /// - Throws: `.unknown`.
  public func entry(named name: String) throws(CatalogueError) -> CatalogueEntry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw .unknown(name: name, available: entries.map(\.name))
    }
    return entry
  }

  /// Where the set is on this machine.
  public func availability(of entry: CatalogueEntry) -> Availability {
    guard case .collection(let collection, let images, let labels) = entry.origin else { return .embedded }
    let found = folders.lazy.map { "\($0)/\(collection)" }.first { folder in
      Self.file(images, in: folder) != nil && Self.file(labels, in: folder) != nil
    }
    return found.map { .found(folder: $0) } ?? .notFetched
  }

  /// Reads a set: images `[N, 784]` in [0, 1] with their shape and labels, or a plain table.
  ///
  /// - Throws: `CatalogueError`.
  /// - Complexity: O(bytes).
  public func load<Scalar: LatentScalar>(
    _ name: String, as _: Scalar.Type = Double.self
  ) throws(CatalogueError) -> Table<Scalar> {
    let entry = try entry(named: name)
    switch entry.origin {
    case .embeddedTable(let resource):
      return try reading(name) { () throws(DataError) in
        try readTable(bytes: resource.bytes, source: name, options: ReadOptions(format: .csv))
      }
    case .embeddedImages(let images, let labels):
      return try reading(name) { () throws(DataError) in
        var table: Table<Scalar> = try readTable(bytes: images.bytes, source: name)
        let digits: Table<Double> = try readTable(
          bytes: labels.bytes, source: name, options: ReadOptions(labels: "1"))
        table.labels = digits.labels
        return table
      }
    case .collection(let collection, let images, let labels):
      let (images, labels) = try files(of: entry, collection, images: images, labels: labels)
      var table: Table<Scalar> = try reading(name) { () throws(DataError) in try readTable(from: images) }
      guard table.rows == entry.rows, table.columns == entry.columns, table.imageShape == entry.imageShape
      else { throw .unexpectedShape(name: name, path: images, rows: table.rows, columns: table.columns) }
      let digits = try reading(name) { () throws(DataError) in try readLabels(from: labels) }
      guard digits.count == entry.rows else {
        throw .unexpectedShape(name: name, path: labels, rows: digits.count, columns: 1)
      }
      table.labels = digits
      table.source = name
      return table
    }
  }

  /// The two files of a downloaded set, from the first folder that has both.
  private func files(
    of entry: CatalogueEntry, _ collection: String, images: String, labels: String
  ) throws(CatalogueError) -> (images: String, labels: String) {
    var incomplete: CatalogueError?
    for folder in folders.map({ "\($0)/\(collection)" }) {
      switch (Self.file(images, in: folder), Self.file(labels, in: folder)) {
      case (let images?, let labels?): return (images, labels)
      case (nil, nil): continue
      case (let found, _):
        let missing = found == nil ? images : labels
        incomplete = incomplete ?? .incomplete(name: entry.name, folder: folder, missing: missing)
      }
    }
    throw incomplete ?? .notFetched(name: entry.name, collection: collection, searched: folders)
  }

  private func reading<Result>(
    _ name: String, _ body: () throws(DataError) -> Result
  ) throws(CatalogueError) -> Result {
    do throws(DataError) {
      return try body()
    } catch {
      throw .unreadable(name: name, error)
    }
  }

  /// The path of a file with or without `.gz`.
  private static func file(_ name: String, in folder: String) -> String? {
    ["\(folder)/\(name).gz", "\(folder)/\(name)"].first { FileManager.default.fileExists(atPath: $0) }
  }
}
