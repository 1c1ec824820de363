import Foundation

/// The reader of standard output went away.
struct ClosedPipe: Error {}

/// Standard output: results only, unbuffered.
enum StandardOutput {
  /// Writes all of the text.
  ///
  /// - Throws: `ClosedPipe`; `OutputError` when the system refuses, as on a full disk.
  static func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes all of the bytes.
  static func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let written = Foundation.write(
          STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written >= 0 {
          rest = rest.dropFirst(written)
        } else if errno == EPIPE {
          throw ClosedPipe()
        } else if errno != EINTR && errno != EAGAIN {
          throw OutputError.standardOutput(errno: errno)
        }
      }
    }
  }
}

/// Standard error: messages, notes, progress. What cannot be written is lost.
enum StandardError {
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// The characters that a line of the terminal holds; 80 where that is not known.
  static var lineWidth: Int {
    var size = winsize()
    let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? Int(size.ws_col) : 80
  }

  static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
