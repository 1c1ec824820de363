import Foundation
import LatentData
import LatentNumerics
import Testing

/// The files of `table_files.json`, which numpy and pandas made, and the numbers that they hold.
struct TableFiles: Decodable {
  struct File: Decodable, CustomTestStringConvertible {
    var name: String
    var data: Data
    var rows: Int
    var columns: Int
    var values: [String?]
    var imageShape: [Int]?
    var names: [String]?
    var labels: [String]?
    var array: String?
    var testDescription: String { name }
  }

  var files: [File]
  var numbers: [[String]]

  static let shared: TableFiles = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Reference/table_files.json")
    do {
      return try JSONDecoder().decode(TableFiles.self, from: Data(contentsOf: url))
    } catch {
      preconditionFailure("\(url.path): \(error)")
    }
  }()

  static func named(_ name: String) -> [UInt8] { Array(shared.files.first { $0.name == name }!.data) }
}

/// Bit patterns of the values, every NaN as nil.
func bits(_ values: some Collection<Double>) -> [UInt64?] { values.map { $0.isNaN ? nil : $0.bitPattern } }

func read<Scalar: LatentScalar>(
  _ bytes: [UInt8], _ source: String = "memory.csv", as _: Scalar.Type = Double.self,
  _ options: ReadOptions = ReadOptions()
) throws(DataError) -> Table<Scalar> {
  let result: Result<Table<Scalar>, DataError> = bytes.withUnsafeBytes { bytes in
    do throws(DataError) {
      return .success(try readTable(bytes: bytes, source: source, options: options))
    } catch {
      return .failure(error)
    }
  }
  return try result.get()
}

func read(_ text: String, _ options: ReadOptions = ReadOptions()) throws(DataError) -> Table<Double> {
  try read(Array(text.utf8), "memory.csv", as: Double.self, options)
}

/// A file of its own for one test, removed at the end.
final class ScratchFile {
  let path: String

  init(_ name: String, _ bytes: [UInt8]? = nil) throws {
    let folder = NSTemporaryDirectory() + "/latent-data-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    path = "\(folder)/\(name)"
    if let bytes { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }
}
