package import Foundation

/// An open file, closed when the value ends. Interrupted calls are repeated.
package struct Descriptor: ~Copyable {
  package let path: String
  package let number: Int32

  /// - Throws: `FileError` of `open(2)`; a path with a zero byte is refused with `EINVAL`, because C would
  ///   silently open a shorter one.
  package init(_ path: String, flags: Int32, mode: mode_t = 0o644) throws(FileError) {
    guard !path.utf8.contains(0) else { throw .system(path: path, operation: .open, errno: EINVAL) }
    var result: Int32
    repeat { result = open(path, flags | O_CLOEXEC, mode) } while result < 0 && errno == EINTR
    guard result >= 0 else { throw FileError(path: path, operation: .open, errno: errno) }
    self.path = path
    number = result
  }

  deinit { close(number) }

  /// What the system says of the open file.
  package func status() throws(FileError) -> stat {
    var result = stat()
    guard fstat(number, &result) == 0 else {
      throw FileError(path: path, operation: .status, errno: errno)
    }
    return result
  }

  /// Reads until the buffer is full or the file ends, and returns the number of bytes read.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count {
      // One call moves at most 2 GiB on Linux and less than INT_MAX on macOS.
      let size = min(buffer.count - done, 1 << 30)
      let count = Foundation.read(number, buffer.baseAddress! + done, size)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(path: path, operation: .read, errno: errno)
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Writes all bytes.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let count = Foundation.write(number, bytes.baseAddress! + done, min(bytes.count - done, 1 << 30))
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(path: path, operation: .write, errno: errno)
      }
      done += count
    }
  }

  /// Waits until the contents are on the disk. File systems and devices without such an operation pass.
  package func sync() throws(FileError) {
    guard fsync(number) != 0, errno != EINVAL, errno != ENOTSUP, errno != EROFS else { return }
    throw FileError(path: path, operation: .sync, errno: errno)
  }
}
