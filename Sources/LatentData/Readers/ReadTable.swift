public import LatentNumerics

/// Reads a table from a file: CSV, TSV, NPY, NPZ or IDX, each also compressed by gzip.
///
/// The format is `options.format`, or told by the name's ending (`.csv`, `.tsv`, with or without `.gz`) or the
/// first bytes; anything else that has no zero byte at its start is taken for text. The result holds `NaN` for
/// missing cells and no other value that is not finite.
///
/// - Parameters:
///   - path: a file, pipe or device; `-` is standard input; `archive.npz:name` one array of an archive.
///   - options: columns, labels, header, limits.
/// - Throws: a ``DataError`` that names the place; never reserves memory on a header's word alone.
/// - Complexity: O(bytes) time; memory for the bytes (decompressed) and the values.
@specialized(where Scalar == Double)
@specialized(where Scalar == Float)
public func readTable<Scalar: LatentScalar>(
  from path: String, options: ReadOptions = ReadOptions()
) throws(DataError) -> Table<Scalar> {
  let source = path == "-" ? "standard input" : path
  let store: ByteStore
  do throws(DataError) {
    store = try ByteStore.reading(path: path, source: source, limit: options.maximumBytes)
  } catch {
    guard case .notFound = error, let split = arrayName(in: path) else { throw error }
    var options = options
    options.array = split.name
    return try readTable(from: split.path, options: options)
  }
  return try table(store, source: source, options: options)
}

/// Reads a table from bytes in memory, as from a file of these bytes.
///
/// - Parameters:
///   - bytes: the contents, compressed or not.
///   - source: the name for messages; its ending tells the format as a path's does.
///   - options: columns, labels, header, limits.
@specialized(where Scalar == Double)
@specialized(where Scalar == Float)
public func readTable<Scalar: LatentScalar>(
  bytes: UnsafeRawBufferPointer, source: String, options: ReadOptions = ReadOptions()
) throws(DataError) -> Table<Scalar> {
  try table(ByteStore(copying: bytes, source: source), source: source, options: options)
}

/// Reads one category a row: whole numbers (IDX, NPY) as decimal text, or the only column of a text as it is.
///
/// A header cannot be told from a category, so a text has one only with `options.header == .present`.
///
/// - Throws: what ``readTable(from:options:)`` throws; `.invalidLabel` for a number that is not whole;
///   `.unsupportedRank` when there is more than one column.
public func readLabels(from path: String, options: ReadOptions = ReadOptions()) throws(DataError) -> [String]
{
  var options = options
  options.labels = "1"
  let table: Table<Double> = try readTable(from: path, options: options)
  guard table.columns == 0, let labels = table.labels else {
    throw .unsupportedRank(source: table.source, rank: 2)
  }
  return labels
}

/// `archive.npz:name` cut in two.
private func arrayName(in path: String) -> (path: String, name: String)? {
  guard let range = path.ranges(of: ".npz:").last, range.upperBound < path.endIndex else { return nil }
  return (String(path[..<range.upperBound].dropLast()), String(path[range.upperBound...]))
}

private func table<Scalar: LatentScalar>(
  _ file: ByteStore, source: String, options: ReadOptions
) throws(DataError) -> Table<Scalar> {
  guard file.count > 0 else { throw .empty(source: source) }
  let store = try file.withBytes { bytes throws(DataError) in
    Inflate.isGzip(bytes) ? try Inflate.gzip(bytes, source: source, limit: options.maximumBytes) : file
  }
  guard store.count > 0 else { throw .empty(source: source) }
  let format: DataFormat
  if let given = options.format {
    format = given
  } else {
    format = try store.withBytes { bytes throws(DataError) in try DataFormat(of: bytes, source: source) }
  }
  switch format {
  case .csv, .tsv:
    let delimiter = UInt8(ascii: format == .csv ? "," : "\t")
    return try CSVReader(source: source, delimiter: delimiter, options: options).read(store).checked(options)
  case .idx:
    return try store.withBytes { bytes throws(DataError) in
      try IDXReader.array(bytes, source: source).table(source: source, options: options)
    }.checked(options)
  case .npy:
    return try store.withBytes { bytes throws(DataError) in
      try NPYReader.array(bytes, source: source, reclaimer: store.reclaimer).table(
        source: source, options: options)
    }.checked(options)
  case .npz:
    let contents = try store.withBytes { bytes throws(DataError) in
      let archive = try ZipArchive(bytes, source: source)
      let member = try archive.array(named: options.array)
      return try archive.contents(of: member, limit: options.maximumBytes)
    }
    return try contents.withBytes { bytes throws(DataError) in
      try NPYReader.array(bytes, source: source).table(source: source, options: options)
    }.checked(options)
  }
}

extension DataFormat {
  /// The format told by the ending of a name, or by the first bytes.
  ///
  /// - Throws: `.unknownFormat`.
  init(of bytes: UnsafeRawBufferPointer, source: String) throws(DataError) {
    let name = source.lowercased()
    let ending = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    if let format = [Self.csv, .tsv, .npy, .npz].first(where: { ending.hasSuffix(".\($0.rawValue)") }) {
      self = format
    } else if bytes.starts(with: NPYHeader.magic) {
      self = .npy
    } else if ZipArchive.isZip(bytes) {
      self = .npz
    } else if IDXReader.isIDX(bytes) || ending.hasSuffix(".idx") || ending.hasSuffix("-ubyte") {
      self = .idx
    } else if !bytes.prefix(4096).contains(0) {
      let line = bytes.prefix(1 << 20).prefix { $0 != CSVSyntax.newline }
      let tabs = line.count { $0 == UInt8(ascii: "\t") }
      self = tabs > line.count { $0 == UInt8(ascii: ",") } ? .tsv : .csv
    } else {
      throw .unknownFormat(source: source)
    }
  }
}

extension ZipArchive {
  /// The member that holds the array of this name, or the only one. `numpy.savez` adds `.npy` to the names.
  ///
  /// - Throws: `.noArrays`, `.severalArrays`, `.unknownArray`.
  func array(named name: String?) throws(DataError) -> Member {
    let arrays = members.filter { $0.name.hasSuffix(".npy") }
    let names = arrays.map { String($0.name.dropLast(4)) }
    guard !arrays.isEmpty else { throw .noArrays(source: source) }
    if let name {
      guard let index = names.firstIndex(where: { $0 == name || "\($0).npy" == name }) else {
        throw .unknownArray(source: source, name: name, available: names)
      }
      return arrays[index]
    }
    guard arrays.count == 1 else { throw .severalArrays(source: source, names: names) }
    return arrays[0]
  }
}

/// The bytes of a file, a pipe or standard input (`-`), as they are, for a source that has to be read twice.
///
/// - Parameters:
///   - path: the file, or `-`.
///   - maximumBytes: the most that is read; by default the machine's memory.
/// - Throws: `.notFound`, `.isDirectory`, `.unreadable`, `.tooLarge`.
public func readBytes(from path: String, maximumBytes: Int? = nil) throws(DataError) -> [UInt8] {
  let source = path == "-" ? "standard input" : path
  let limit = ReadOptions(maximumBytes: maximumBytes).maximumBytes
  return try ByteStore.reading(path: path, source: source, limit: limit).withBytes { Array($0) }
}
