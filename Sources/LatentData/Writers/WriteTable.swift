import LatentFiles
public import LatentNumerics

/// Writes a table whole or not at all: `.csv`, `.tsv` or `.npy` by the name's ending.
///
/// Texts have a header where the columns have names, the shortest digits that read back as the same number, and
/// `NaN` for a missing cell; a category is its text; labels are a last column under `labelName`. An NPY file holds
/// the values alone, `<f4` or `<f8`. Weights are not written.
///
/// - Throws: `DataError.unknownFormat` for another ending, `.infiniteCell`; `FileError` of the file.
@specialized(where Scalar == Double)
@specialized(where Scalar == Float)
public func writeTable<Scalar: LatentScalar>(
  _ table: Table<Scalar>, to path: String, labelName: String = "label"
) throws {
  try table.values.refuseInfinite(source: table.source, columnNames: table.columnNames)
  let name = path.lowercased()
  switch DataFormat.allCases.first(where: { name.hasSuffix(".\($0.rawValue)") }) {
  case .csv:
    try AtomicFile.write(to: path) { file in
      try CSVWriter(table: table, delimiter: UInt8(ascii: ","), labelName: labelName).write {
        try file.write($0)
      }
    }
  case .tsv:
    try AtomicFile.write(to: path) { file in
      try CSVWriter(table: table, delimiter: UInt8(ascii: "\t"), labelName: labelName).write {
        try file.write($0)
      }
    }
  case .npy:
    try AtomicFile.write(to: path) { file in
      try NPYWriter(values: table.values).write { try file.write($0) }
    }
  case .npz, .idx, nil: throw DataError.unknownFormat(source: path)
  }
}

/// The text that ``writeTable(_:to:labelName:)`` would write, for standard output.
///
/// - Throws: `.infiniteCell`.
@specialized(where Scalar == Double)
@specialized(where Scalar == Float)
public func csvBytes<Scalar: LatentScalar>(
  of table: Table<Scalar>, labelName: String = "label"
) throws(DataError) -> [UInt8] {
  var bytes: [UInt8] = []
  try CSVWriter(table: table, delimiter: UInt8(ascii: ","), labelName: labelName).write {
    chunk throws(DataError) in
    bytes += chunk
  }
  return bytes
}
