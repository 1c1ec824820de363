import Latent

/// Writes a table to a file by its ending, or as CSV to standard output.
enum TableOutput {
  static let endings = [".csv", ".tsv", ".npy"]

  static func write<Scalar: LatentScalar>(_ table: Table<Scalar>, to path: String?) throws {
    if let path {
      try writeTable(table, to: path)
    } else {
      try StandardOutput.write(csvBytes(of: table))
    }
  }
}
