import Foundation

/// A file, pipe or device open for reading, closed when the last reference ends.
final class InputFile: Sendable {
  let source: String
  private let descriptor: Int32
  private let isOwned: Bool

  /// What a file has to keep while it is read.
  struct Version: Sendable, Equatable {
    var size: Int
    var seconds: Int
    var nanoseconds: Int
  }

  /// Opens a path; `-` is standard input.
  ///
  /// - Throws: `.notFound`, `.isDirectory`, `.unreadable`.
  init(path: String, source: String) throws(DataError) {
    self.source = source
    isOwned = path != "-"
    descriptor = isOwned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
    guard descriptor >= 0 else {
      let code = errno
      throw code == ENOENT || code == ENOTDIR
        ? .notFound(source: source) : .unreadable(source: source, code: code)
    }
    guard try status().st_mode & S_IFMT != S_IFDIR else { throw .isDirectory(source: source) }
  }

  /// An empty file without a name, for writing and reading, that is gone when the last reference ends.
  ///
  /// - Throws: `.unreadable`.
  init(temporaryFor source: String) throws(DataError) {
    self.source = source
    isOwned = true
    var path = Array("\(NSTemporaryDirectory())/latent-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw .unreadable(source: source, code: errno) }
    unlink(path)
  }

  deinit { if isOwned, descriptor >= 0 { close(descriptor) } }

  /// The size of a regular file, nil for anything else. Standard input may have been read in part and counts as such.
  func size() throws(DataError) -> Int? {
    let status = try status()
    return isOwned && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  func version() throws(DataError) -> Version {
    let status = try status()
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return Version(size: Int(status.st_size), seconds: Int(time.tv_sec), nanoseconds: Int(time.tv_nsec))
  }

  /// Calls `body` with the descriptor, which is open until it returns.
  func withDescriptor<Result>(_ body: (Int32) -> Result) -> Result {
    defer { withExtendedLifetime(self) {} }
    return body(descriptor)
  }

  /// Reads the bytes that come next, at least one unless there is no room or none follows.
  ///
  /// - Returns: their number.
  func read(into room: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    try repeated { descriptor in Foundation.read(descriptor, room.baseAddress, min(room.count, 1 << 30)) }
  }

  /// Fills the room with the bytes from an offset on.
  ///
  /// - Throws: `.changed` when the file ends before.
  func read(at offset: Int, into room: UnsafeMutableRawBufferPointer) throws(DataError) {
    var done = 0
    while done < room.count {
      let count = try repeated { descriptor in
        pread(descriptor, room.baseAddress! + done, min(room.count - done, 1 << 30), off_t(offset + done))
      }
      guard count > 0 else { throw .changed(source: source) }
      done += count
    }
  }

  /// Appends bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
    var done = 0
    while done < bytes.count {
      done += try repeated { descriptor in
        Foundation.write(descriptor, bytes.baseAddress! + done, min(bytes.count - done, 1 << 30))
      }
    }
  }

  private func status() throws(DataError) -> stat {
    var status = stat()
    _ = try repeated { descriptor in Int(fstat(descriptor, &status)) }
    return status
  }

  /// The result of a system call, made again when a signal interrupts it.
  private func repeated(_ call: (Int32) -> Int) throws(DataError) -> Int {
    while true {
      let result = withDescriptor(call)
      if result >= 0 { return result }
      let code = errno
      guard code == EINTR else { throw .unreadable(source: source, code: code) }
    }
  }
}
