import Foundation

/// A folder of its own for one test, removed at the end.
public final class ScratchFolder: Sendable {
  public let path: String

  public init() throws {
    path = NSTemporaryDirectory() + "/latent-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}

/// The path of a file in `Tests/Reference`.
public func referencePath(_ name: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Reference/\(name)").path
}

/// Decodes a JSON file of `Tests/Reference`; numbers that are not finite stand there as "inf", "-inf", "nan".
public func reference<Value: Decodable>(_ name: String, as _: Value.Type = Value.self) throws -> Value {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return try decoder.decode(Value.self, from: Data(contentsOf: URL(filePath: referencePath(name))))
}
