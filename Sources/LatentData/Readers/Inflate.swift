import CZlib
import Foundation

/// Decompression whose memory follows the bytes that really come out, never a size in a header.
enum Inflate {
  /// Whether bytes begin like a gzip file.
  static func isGzip(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  /// All members of a gzip file, one after the other (RFC 1952 §2.2). Zero bytes may follow the last.
  ///
  /// - Throws: `.truncatedGzip`, `.corruptGzip`, `.trailingGarbage`, `.tooLarge`.
  static func gzip(_ input: UnsafeRawBufferPointer, source: String, limit: Int) throws(DataError) -> ByteStore
  {
    let output = try ByteStore(capacity: min(input.count, 1 << 30) * 3, limit: limit, source: source)
    var position = 0
    repeat {
      let member = UnsafeRawBufferPointer(rebasing: input[position...])
      switch try stream(member, windowBits: 15 + 16, into: output) {
      case .ended(let used): position += used
      case .truncated: throw .truncatedGzip(source: source)
      case .corrupt(let offset): throw .corruptGzip(source: source, offset: position + offset)
      }
    } while isGzip(UnsafeRawBufferPointer(rebasing: input[position...]))
    guard input[position...].allSatisfy({ $0 == 0 }) else {
      throw .trailingGarbage(source: source, offset: position)
    }
    return output
  }

  /// A raw deflate stream (RFC 1951), as in a zip member.
  ///
  /// - Throws: `.corruptArchive`, `.tooLarge`.
  static func raw(
    _ input: UnsafeRawBufferPointer, expected: Int, source: String, limit: Int
  ) throws(DataError) -> ByteStore {
    // Deflate shrinks at most 1032 to 1, so a larger size cannot be true.
    guard expected / 1032 <= input.count else { throw .corruptArchive(source: source) }
    let output = try ByteStore(capacity: expected, limit: limit, source: source)
    guard case .ended = try stream(input, windowBits: -15, into: output) else {
      throw .corruptArchive(source: source)
    }
    return output
  }

  private enum Outcome {
    case ended(used: Int)
    case truncated
    case corrupt(offset: Int)
  }

  private static func stream(
    _ input: UnsafeRawBufferPointer, windowBits: Int32, into output: ByteStore
  ) throws(DataError) -> Outcome {
    var state = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&state, windowBits, ZLIB_VERSION, size) == Z_OK else { return .corrupt(offset: 0) }
    defer { inflateEnd(&state) }
    let start = UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
    var used = 0
    while true {
      let offered = min(input.count - used, 1 << 30)
      var status = Z_OK
      state.next_in = start.map { $0 + used }
      state.avail_in = UInt32(offered)
      try output.extend { room in
        let space = min(room.count, 1 << 30)
        state.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.avail_out = UInt32(space)
        status = inflate(&state, Z_NO_FLUSH)
        return space - Int(state.avail_out)
      }
      used += offered - Int(state.avail_in)
      switch status {
      case Z_STREAM_END: return .ended(used: used)
      case Z_OK, Z_BUF_ERROR:
        // Room was given, so no progress means that the input is at its end.
        if state.avail_out > 0 && used == input.count { return .truncated }
      default: return .corrupt(offset: used)
      }
    }
  }
}
