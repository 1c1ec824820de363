import Foundation
import Latent

/// Checks of a file to be written, before the work whose result it takes.
enum OutputPath {
  /// Refuses a path that cannot be written, or that is one of the `inputs`.
  ///
  /// - Parameters:
  ///   - inputs: the paths that the verb reads or writes besides, with the words that name them.
  ///   - endings: the endings that tell the format; any will do where it is nil.
  /// - Throws: `UsageError`, `FileError`.
  static func check(
    _ path: String, option: String, against inputs: [(path: String, words: String)],
    endings: [String]? = nil
  ) throws {
    if let endings, !endings.contains(where: { path.lowercased().hasSuffix($0) }) {
      throw UsageError.outputFormat(path: path, endings: endings)
    }
    for input in inputs where isSame(path, file(of: input.path)) {
      throw UsageError.samePath(path: path, output: option, other: input.words)
    }
    guard !path.isEmpty else { throw FileError.notFound(path: path) }
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError.isDirectory(path: path) }
      guard access(path, W_OK) == 0 else { throw FileError(path: path, operation: .open, errno: errno) }
      guard status.st_mode & S_IFMT == S_IFREG else { return }
    }
    // The file is made beside its place and renamed, so the folder must take a new file.
    let place = folder(of: path)
    guard stat(place, &status) == 0 else { throw FileError(path: place, operation: .status, errno: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw FileError.notFound(path: place) }
    guard access(place, W_OK | X_OK) == 0 else {
      throw FileError(path: path, operation: .open, errno: errno)
    }
  }

  /// By hand: Foundation's `deletingLastPathComponent` traps on a name of one letter (Swift 6.3 on Linux).
  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The file of `archive.npz:name`.
  private static func file(of path: String) -> String {
    guard let range = path.range(of: ".npz:", options: .backwards), access(path, F_OK) != 0 else {
      return path
    }
    return String(path[..<range.upperBound].dropLast())
  }

  private static func isSame(_ a: String, _ b: String) -> Bool {
    guard b != "-" else { return false }
    var (first, second) = (stat(), stat())
    guard stat(a, &first) == 0, stat(b, &second) == 0 else {
      return URL(fileURLWithPath: a).standardizedFileURL == URL(fileURLWithPath: b).standardizedFileURL
    }
    // A device is written to, not replaced.
    guard first.st_mode & S_IFMT == S_IFREG else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }
}
