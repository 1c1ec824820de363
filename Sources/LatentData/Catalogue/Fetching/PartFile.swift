import Foundation
import LatentFiles

/// A file being received: bytes are appended as they come, and stay when the transfer stops.
///
/// Used from one thread at a time.
final class PartFile {
  let path: String
  private let descriptor: Descriptor
  private(set) var size: Int

  /// Opens the file, or makes it, and keeps other processes from it.
  ///
  /// - Throws: `.busy`, `.file`.
  init(_ path: String) throws(FetchError) {
    self.path = path
    do throws(FileError) {
      descriptor = try Descriptor(path, flags: O_RDWR | O_CREAT | O_APPEND)
      size = Int(try descriptor.status().st_size)
    } catch {
      throw .file(error)
    }
    guard flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 else { throw .busy(path: path) }
  }

  func append(_ data: Data) throws(FileError) {
    var failure: FileError?
    data.withUnsafeBytes { bytes in
      do throws(FileError) { try descriptor.write(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
    size += data.count
  }

  /// Lets others have the file, at once and not when the last reference ends: a session keeps its delegate for
  /// a while. A part that holds nothing is removed.
  func release() {
    if size == 0 { unlink(path) }
    flock(descriptor.number, LOCK_UN)
  }

  /// Forgets what was received.
  func clear() throws(FileError) {
    guard ftruncate(descriptor.number, 0) == 0 else {
      throw FileError(path: path, operation: .write, errno: errno)
    }
    size = 0
  }
}
