import Latent

/// Writes a table to a file by its ending, or as CSV to standard output.
enum TableOutput {
  static let endings = [".csv", ".tsv", ".npy"]

  static func write<Scalar: LatentScalar>(_ table: Table<Scalar>, to path: String?, console: Console) throws {
    guard let path else {
      try StandardOutput.write(csvBytes(of: table))
      return
    }
    if table.levels != nil, path.lowercased().hasSuffix(".npy") {
      console.note("Categories are written as numbers: 0 for the first of a column's levels (`latent info`).")
    }
    try writeTable(table, to: path)
  }
}
