import Foundation

/// Writes a file as a whole or not at all.
///
/// The bytes go to a temporary file in the destination's folder, are synced, and replace the destination by
/// one rename; then the folder is synced. A reader sees the old contents or the new ones, never a part. On
/// any failure the temporary file is removed and the destination is as it was.
///
/// - A symbolic link is written through: the file it leads to is replaced, the link stays.
/// - A new file gets the mode `0644` less the umask; a replaced one keeps its mode.
/// - A pipe or a device cannot be replaced and is written directly.
public enum AtomicFile {
  /// Writes these bytes.
  ///
  /// - Throws: `FileError`; `.notFound` names the folder when that is what is missing.
  public static func write(_ bytes: some Sequence<UInt8>, to path: String) throws(FileError) {
    try replace(path) { writer throws(FileError) in try writer.write(bytes) }
  }

  /// Writes this text in UTF-8.
  ///
  /// - Throws: `FileError`; `.notFound` names the folder when that is what is missing.
  public static func write(text: String, to path: String) throws(FileError) {
    try write(text.utf8, to: path)
  }

  /// Writes what `body` hands to the writer, chunk by chunk.
  ///
  /// - Throws: `FileError` of the file, or the error of `body`, after which the destination is unchanged.
  public static func write(to path: String, _ body: (inout FileWriter) throws -> Void) throws {
    try replace(path, body)
  }

  /// The one implementation; `Failure` is either `FileError` or `any Error`.
  static func replace<Failure: Error>(
    _ path: String, _ body: (inout FileWriter) throws(Failure) -> Void
  ) throws(Failure) {
    do {
      let destination = try followingLinks(path)
      var existing = stat()
      if stat(destination, &existing) != 0 {
        guard errno == ENOENT || errno == ENOTDIR else {
          throw FileError(path: path, operation: .status, errno: errno)
        }
        try replace(destination, path: path, mode: nil, body)
      } else if existing.st_mode & S_IFMT == S_IFDIR {
        throw FileError.isDirectory(path: path)
      } else if existing.st_mode & S_IFMT != S_IFREG {
        try overwrite(path, body)
      } else if access(destination, W_OK) != 0 {
        // A rename would succeed: it asks for the folder's permission only.
        throw FileError(path: path, operation: .open, errno: errno)
      } else {
        try replace(destination, path: path, mode: existing.st_mode & 0o7777, body)
      }
    } catch let error as Failure {
      throw error
    } catch {
      preconditionFailure("a FileError is a Failure: \(error)")
    }
  }

  private static func replace<Failure: Error>(
    _ destination: String, path: String, mode: mode_t?,
    _ body: (inout FileWriter) throws(Failure) -> Void
  ) throws {
    let folder = folder(of: destination)
    // The name is short and does not contain the destination's, which may be as long as a name can be.
    let temporary = "\(folder)/.latent-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    var renamed = false
    defer { if !renamed { unlink(temporary) } }
    do {
      let file = try Descriptor(temporary, flags: O_WRONLY | O_CREAT | O_EXCL)
      if let mode, fchmod(file.number, mode) != 0 {
        throw FileError(path: path, operation: .open, errno: errno)
      }
      var writer = FileWriter(file)
      try body(&writer)
      try writer.finish()
    } catch FileError.notFound(temporary) {
      throw FileError.notFound(path: folder)
    } catch let error as FileError {
      throw error.naming(path, insteadOf: temporary)
    }
    guard rename(temporary, destination) == 0 else {
      throw FileError(path: path, operation: .rename, errno: errno)
    }
    renamed = true
    syncFolder(folder)
  }

  private static func overwrite<Failure: Error>(
    _ path: String, _ body: (inout FileWriter) throws(Failure) -> Void
  ) throws {
    var writer = FileWriter(try Descriptor(path, flags: O_WRONLY))
    try body(&writer)
    try writer.finish()
  }

  /// Puts a finished file in its place: syncs it, renames it over `path`, and syncs the folder.
  ///
  /// Both are in one folder. On failure the temporary file stays.
  ///
  /// - Throws: `FileError`.
  package static func move(_ temporary: String, to path: String) throws(FileError) {
    try Descriptor(temporary, flags: O_RDONLY).sync()
    guard rename(temporary, path) == 0 else {
      throw FileError(path: path, operation: .rename, errno: errno)
    }
    syncFolder(folder(of: path))
  }

  /// Best effort: the file is complete and in place, and some file systems let no folder be synced.
  private static func syncFolder(_ folder: String) {
    guard let descriptor = try? Descriptor(folder, flags: O_RDONLY | O_DIRECTORY) else { return }
    try? descriptor.sync()
  }

  /// The path at the end of a chain of symbolic links, whether or not something is there.
  private static func followingLinks(_ path: String) throws(FileError) -> String {
    guard !path.isEmpty else { throw .notFound(path: path) }
    guard !path.utf8.contains(0) else { throw .system(path: path, operation: .open, errno: EINVAL) }
    var current = path
    for _ in 0..<40 {
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: current) else {
        return current
      }
      current = target.hasPrefix("/") ? target : "\(folder(of: current))/\(target)"
    }
    throw .system(path: path, operation: .link, errno: ELOOP)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

extension FileError {
  /// The same error under the path the caller knows.
  fileprivate func naming(_ path: String, insteadOf temporary: String) -> FileError {
    switch self {
    case .notPermitted(temporary, let errno): .notPermitted(path: path, errno: errno)
    case .diskFull(temporary, let errno): .diskFull(path: path, errno: errno)
    case .system(temporary, let operation, let errno):
      .system(path: path, operation: operation, errno: errno)
    default: self
    }
  }
}
