import Foundation

/// A model file or checkpoint: named arrays, the kind of model, its configuration, and a checksum.
///
/// On disk it is a safetensors file (see `TensorFile`) that Python and Rust can open. Names are paths such
/// as `mixture/means`. The metadata hold `format` (`latent`), `formatVersion`, `kind`, `configuration` (JSON)
/// and `checksum` (SHA-256 of everything else), so any change of data or metadata is noticed.
///
/// Writing takes any number, finite or not; what is allowed is the model's to check.
public struct Archive: Sendable, Equatable {
  /// The version of the format, of what archives of every kind contain and of how they are written. An archive of another
  /// version is refused: raise it with every change of what a model file or a checkpoint holds.
  public static let formatVersion = 3

  /// What is in the archive, such as `mixture/gaussian`.
  public let kind: String
  /// The configuration of the model, as JSON.
  public let configuration: String
  /// Further text by key, for the writer's own use.
  public private(set) var notes: [String: String] = [:]
  /// The arrays by name.
  public private(set) var tensors: [String: Tensor] = [:]
  /// The path the archive was read from, which errors name; empty for one made in memory.
  public private(set) var path = ""

  private static let reservedKeys: Set<String> = [
    "format", "formatVersion", "kind", "configuration", "checksum",
  ]

  /// An archive without arrays.
  public init(kind: String, configuration: String = "{}") {
    self.kind = kind
    self.configuration = configuration
  }

  /// The same kind, configuration, notes and arrays, wherever they come from.
  public static func == (a: Self, b: Self) -> Bool {
    a.kind == b.kind && a.configuration == b.configuration && a.notes == b.notes && a.tensors == b.tensors
  }

  /// Adds or replaces a text.
  ///
  /// - Precondition: the key is none of those the format uses itself.
  public mutating func note(_ key: String, _ value: String) {
    precondition(!Self.reservedKeys.contains(key), "\(key) is reserved")
    notes[key] = value
  }

  /// Adds or replaces an array of any rank.
  public mutating func set(_ name: String, _ tensor: Tensor) {
    precondition(name != "__metadata__", "the format reserves this name")
    tensors[name] = tensor
  }
}

// Reading and writing.
extension Archive {
  /// Reads an archive and checks all of it.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - kind: the kind that must be found; `nil` accepts any.
  /// - Throws: `FileError`: what `TensorFile` throws, `.foreign` for another program's file, `.otherVersion`,
  ///   `.wrongKind`, and `.corrupt` when the checksum does not fit.
  public init(readingFrom path: String, kind: String? = nil) throws(FileError) {
    try self.init(TensorFile(readingFrom: path), path: path, kind: kind)
  }

  /// Decodes the bytes of an archive; see ``init(readingFrom:kind:)``.
  ///
  /// - Parameters:
  ///   - bytes: what the file holds.
  ///   - path: the path that errors name.
  ///   - kind: the kind that must be found; `nil` accepts any.
  public init(decoding bytes: [UInt8], path: String = "", kind: String? = nil) throws(FileError) {
    try self.init(TensorFile(decoding: bytes, path: path), path: path, kind: kind)
  }

  private init(_ file: TensorFile, path: String, kind: String?) throws(FileError) {
    guard file.metadata["format"] == "latent" else { throw .foreign(path: path) }
    func entry(_ key: String) throws(FileError) -> String {
      guard let value = file.metadata[key] else { throw .corrupt(path: path, .metadata(key: key)) }
      return value
    }
    guard let version = Int(try entry("formatVersion")), version > 0 else {
      throw .corrupt(path: path, .metadata(key: "formatVersion"))
    }
    // Another format may take its checksum in another way, so the version comes first.
    guard version == Self.formatVersion else {
      throw .otherVersion(path: path, found: version, supported: Self.formatVersion)
    }
    guard try entry("checksum") == ArchiveChecksum.hexDigest(of: file) else {
      throw .corrupt(path: path, .checksum)
    }
    self.kind = try entry("kind")
    if let kind, kind != self.kind { throw .wrongKind(path: path, found: self.kind, expected: kind) }
    configuration = try entry("configuration")
    notes = file.metadata.filter { !Self.reservedKeys.contains($0.key) }
    tensors = file.tensors
    self.path = path
  }

  /// The bytes of the archive's file, the same for the same contents.
  public func encoded() -> [UInt8] { file.encoded() }

  /// Writes the archive as a whole or not at all; see `AtomicFile`.
  ///
  /// - Throws: `FileError` of the operating system.
  public func write(to path: String) throws(FileError) { try file.write(to: path) }

  private var file: TensorFile {
    var file = TensorFile(metadata: notes, tensors: tensors)
    file.metadata["format"] = "latent"
    file.metadata["formatVersion"] = String(Self.formatVersion)
    file.metadata["kind"] = kind
    file.metadata["configuration"] = configuration
    file.metadata["checksum"] = ArchiveChecksum.hexDigest(of: file)
    return file
  }
}

/// The checksum of an archive's contents in a canonical order.
///
/// Every part is preceded by its length, so no two contents give the same bytes to the digest.
enum ArchiveChecksum {
  static func hexDigest(of file: TensorFile) -> String {
    var hash = SHA256()
    let metadata = file.metadata.filter { $0.key != "checksum" }
    hash.add(metadata.count)
    for (key, value) in metadata.sorted(by: { $0.key.precedesInBytes($1.key) }) {
      hash.add(Array(key.utf8))
      hash.add(Array(value.utf8))
    }
    hash.add(file.tensors.count)
    for (name, tensor) in file.tensors.sorted(by: { $0.key.precedesInBytes($1.key) }) {
      hash.add(Array(name.utf8))
      hash.add(Array(tensor.type.rawValue.utf8))
      hash.add(tensor.shape.count)
      for extent in tensor.shape { hash.add(extent) }
      hash.add(tensor.bytes)
    }
    return hash.hexDigest()
  }
}

extension SHA256 {
  fileprivate mutating func add(_ number: Int) {
    withUnsafeBytes(of: UInt64(number).littleEndian) { update($0) }
  }

  /// The number of bytes, then the bytes.
  fileprivate mutating func add(_ bytes: [UInt8]) {
    add(bytes.count)
    update(bytes)
  }
}
