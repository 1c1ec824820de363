import Foundation

/// Folders of the file system.
public enum Folder {
  /// Makes a folder and those above it that are missing; one that is there is left as it is.
  ///
  /// - Throws: `FileError`, `.system` with `EEXIST` when a file is in the way.
  public static func create(_ path: String) throws(FileError) {
    guard !path.isEmpty else { throw .notFound(path: path) }
    guard !path.utf8.contains(0) else { throw .system(path: path, operation: .open, errno: EINVAL) }
    var end = path.startIndex
    repeat {
      end = path[end...].dropFirst().firstIndex(of: "/") ?? path.endIndex
      let folder = String(path[..<end])
      var status = stat()
      if mkdir(folder, 0o755) == 0 { continue }
      let code = errno
      // The system may refuse to make a folder that is there, such as one of a read-only disk.
      guard stat(folder, &status) == 0 else { throw FileError(path: folder, operation: .open, errno: code) }
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw .system(path: folder, operation: .open, errno: EEXIST)
      }
    } while end < path.endIndex
  }
}
