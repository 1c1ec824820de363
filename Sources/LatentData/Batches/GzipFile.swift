import CZlib

/// A gzip file, unpacked piece by piece. The members follow one another (RFC 1952 §2.2); zero bytes may follow.
struct GzipFile {
  private let file: InputFile
  private let size: Int
  private static let piece = 1 << 18

  init(_ file: InputFile) throws(DataError) {
    self.file = file
    size = try file.size() ?? 0
  }

  /// A temporary file with the contents.
  ///
  /// - Throws: `.truncatedGzip`, `.corruptGzip`, `.trailingGarbage`, `.unreadable`.
  func unpacked() throws(DataError) -> InputFile {
    let target = try InputFile(temporaryFor: file.source)
    var position = 0
    repeat {
      position = try member(at: position, into: target)
    } while try bytes(at: position, 2) { Inflate.isGzip(UnsafeRawBufferPointer($0)) }
    for start in stride(from: position, to: size, by: Self.piece) {
      let isZero = try bytes(at: start, Self.piece) { $0.allSatisfy { $0 == 0 } }
      guard isZero else { throw .trailingGarbage(source: file.source, offset: position) }
    }
    return target
  }

  /// Unpacks one member and gives the offset of what follows.
  private func member(at start: Int, into target: InputFile) throws(DataError) -> Int {
    var state = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&state, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
      throw .corruptGzip(source: file.source, offset: start)
    }
    defer { inflateEnd(&state) }
    var position = start
    while position < self.size {
      let (used, isEnd) = try bytes(at: position, Self.piece) { input throws(DataError) in
        state.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.avail_in = UInt32(input.count)
        let isEnd = try inflateAll(&state, offset: position, into: target)
        return (input.count - Int(state.avail_in), isEnd)
      }
      position += used
      if isEnd { return position }
    }
    throw .truncatedGzip(source: file.source)
  }

  /// Unpacks until the input is used up or the member ends, and tells whether it did.
  private func inflateAll(
    _ state: inout z_stream, offset: Int, into target: InputFile
  ) throws(DataError) -> Bool {
    let offered = Int(state.avail_in)
    return try withUnsafeTemporaryAllocation(byteCount: Self.piece, alignment: 16) { room throws(DataError) in
      while true {
        state.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.avail_out = UInt32(room.count)
        let status = inflate(&state, Z_NO_FLUSH)
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
          throw .corruptGzip(source: file.source, offset: offset + offered - Int(state.avail_in))
        }
        try target.write(UnsafeRawBufferPointer(rebasing: room[..<(room.count - Int(state.avail_out))]))
        if status == Z_STREAM_END { return true }
        if state.avail_out > 0 { return false }
      }
    }
  }

  /// Calls `body` with bytes from an offset on, fewer at the end of the file.
  private func bytes<Result>(
    at offset: Int, _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(DataError) -> Result
  ) throws(DataError) -> Result {
    let count = max(0, min(count, size - offset))
    return try withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { bytes throws(DataError) in
      try file.read(at: offset, into: bytes)
      return try body(bytes)
    }
  }
}
