import CZlib
import Foundation
import Synchronization

/// A file whose bytes are read from any place and any thread, as long as it stays the same.
///
/// What has no places to go back to, a pipe or a gzip stream, is written to a temporary file first.
final class BatchFile: Sendable {
  let source: String
  let size: Int
  private let file: InputFile
  private let version: InputFile.Version
  private let options: ReadOptions
  /// Memory that no reader is using.
  private let buffers = Mutex<[[UInt8]]>([])

  /// - Throws: `.empty`, `.notFound`, `.isDirectory`, `.unreadable`, and for a gzip stream what is wrong with it.
  init(path: String, options: ReadOptions) throws(DataError) {
    source = path == "-" ? "standard input" : path
    var file = try InputFile(path: path, source: source)
    if try file.size() == nil { file = try Self.stored(file) }
    if try Self.isGzip(file) { file = try GzipFile(file).unpacked() }
    version = try file.version()
    size = version.size
    self.file = file
    self.options = options
    guard size > 0 else { throw .empty(source: source) }
  }

  /// Calls `body` with the bytes of a range, followed by padding, to use and change until it returns.
  func withBytes<Result>(
    _ range: Range<Int>, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(DataError) -> Result
  ) throws(DataError) -> Result {
    try withBytes([range], body)
  }

  /// Calls `body` with the bytes of several ranges, one after the other.
  ///
  /// - Throws: `.changed` when the file is not what it was in the beginning; `.tooLarge` for more bytes than the
  ///   options allow in memory; what `body` throws.
  func withBytes<Result>(
    _ ranges: [Range<Int>], _ body: (UnsafeMutableBufferPointer<UInt8>) throws(DataError) -> Result
  ) throws(DataError) -> Result {
    let count = ranges.reduce(0) { $0 + $1.count }
    guard count <= options.maximumBytes else {
      throw .tooLarge(source: source, limit: options.maximumBytes)
    }
    var buffer = buffers.withLock { $0.popLast() } ?? []
    defer { giveBack(&buffer) }
    if buffer.count < count + ByteStore.padding {
      buffer = []  // before there is another
      buffer = Array(repeating: 0, count: count + ByteStore.padding)
    }
    return try buffer.withUnsafeMutableBufferPointer { bytes throws(DataError) in
      var at = 0
      for range in ranges {
        let room = UnsafeMutableBufferPointer(rebasing: bytes[at..<at + range.count])
        try file.read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(room))
        at += range.count
      }
      guard try file.version() == version else { throw .changed(source: source) }
      bytes[count..<count + ByteStore.padding].update(repeating: 0)
      return try body(UnsafeMutableBufferPointer(rebasing: bytes[..<count]))
    }
  }

  private func giveBack(_ buffer: inout [UInt8]) {
    let returned = buffer
    buffer = []
    buffers.withLock { if $0.count < options.threads { $0.append(returned) } }
  }

  private static func isGzip(_ file: InputFile) throws(DataError) -> Bool {
    guard let size = try file.size(), size >= 2 else { return false }
    return try withUnsafeTemporaryAllocation(byteCount: 2, alignment: 1) { bytes throws(DataError) in
      try file.read(at: 0, into: bytes)
      return Inflate.isGzip(UnsafeRawBufferPointer(bytes))
    }
  }

  /// A temporary file with all that a pipe gives.
  private static func stored(_ pipe: InputFile) throws(DataError) -> InputFile {
    let file = try InputFile(temporaryFor: pipe.source)
    try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { bytes throws(DataError) in
      while case let count = try pipe.read(into: bytes), count > 0 {
        try file.write(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      }
    }
    return file
  }
}
