import Foundation

/// The contents of a safetensors file, whoever wrote it.
///
/// The format: the header's length (8 bytes, little-endian), a JSON header
/// `{"__metadata__": {…}, name: {"dtype", "shape", "data_offsets"}, …}`, then the tensors' bytes, which fill
/// the rest of the file without overlap or gap.
///
/// - Source: https://github.com/huggingface/safetensors#format
public struct TensorFile: Sendable, Equatable {
  /// Free text by key.
  public var metadata: [String: String]
  /// The tensors by name.
  public var tensors: [String: Tensor]

  /// The format's own limit on the header, in bytes.
  static let largestHeader = 100_000_000

  public init(metadata: [String: String] = [:], tensors: [String: Tensor] = [:]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// Reads a file and checks all of it: sizes before memory is taken, names, types, shapes and ranges.
  ///
  /// - Throws: `FileError`, under any damage.
  public init(readingFrom path: String) throws(FileError) {
    let descriptor = try Descriptor(path, flags: O_RDONLY | O_NONBLOCK)
    let status = try descriptor.status()
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw .isDirectory(path: path)
    default: throw .notRegular(path: path)
    }
    try self.init(path: path, size: Int(status.st_size)) { buffer throws(FileError) in
      try descriptor.read(into: buffer)
    }
  }

  /// Decodes the bytes of a file.
  ///
  /// - Parameters:
  ///   - bytes: what the file holds.
  ///   - path: the path that errors name.
  /// - Throws: `FileError`, under any damage.
  public init(decoding bytes: [UInt8], path: String = "") throws(FileError) {
    var position = 0
    try self.init(path: path, size: bytes.count) { buffer throws(FileError) in
      let count = min(buffer.count, bytes.count - position)
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
      }
      position += count
      return count
    }
  }

  /// - Parameter read: fills the buffer with the next bytes and returns how many there were.
  private init(
    path: String, size: Int, read: (UnsafeMutableRawBufferPointer) throws(FileError) -> Int
  ) throws(FileError) {
    // The file may shrink while it is read, so each count is checked as well.
    var consumed = 0
    func take(_ count: Int) throws(FileError) -> [UInt8] {
      var failure: FileError?
      let result = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        do throws(FileError) {
          initialized = try read(
            UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      consumed += result.count
      guard result.count == count else {
        throw .truncated(path: path, expected: size, actual: consumed)
      }
      return result
    }

    guard size > 8 else { throw .notSafetensors(path: path) }
    let length = try take(8).withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length >= 2, length <= Self.largestHeader else { throw .notSafetensors(path: path) }
    let headerSize = Int(length)
    let opening = try take(1)
    guard opening == [UInt8(ascii: "{")] else { throw .notSafetensors(path: path) }
    guard 8 + headerSize <= size else {
      throw .truncated(path: path, expected: 8 + headerSize, actual: size)
    }

    let text = opening + (try take(headerSize - 1))
    let layout: TensorLayout
    do throws(FileError.Corruption) {
      let header = try HeaderScanner(text)
      metadata = header.metadata
      layout = try TensorLayout(header.entries)
    } catch {
      throw .corrupt(path: path, error)
    }
    let dataSize = size - 8 - headerSize
    guard layout.size <= dataSize else {
      throw .truncated(path: path, expected: 8 + headerSize + layout.size, actual: size)
    }
    guard layout.size == dataSize else {
      throw .corrupt(path: path, .trailingBytes(dataSize - layout.size))
    }
    tensors = [:]
    for slot in layout.slots {
      tensors[slot.name] = Tensor(type: slot.type, shape: slot.shape, bytes: try take(slot.range.count))
    }
  }

  /// The bytes of the file, the same for the same contents. Any number is written, finite or not.
  public func encoded() -> [UInt8] {
    var result: [UInt8] = []
    let (header, ordered) = prepared()
    result.reserveCapacity(header.count + ordered.reduce(0) { $0 + $1.bytes.count })
    result += header
    for tensor in ordered { result += tensor.bytes }
    return result
  }

  /// Writes the file as a whole or not at all; see `AtomicFile`.
  ///
  /// - Throws: `FileError` of the operating system.
  public func write(to path: String) throws(FileError) {
    let (header, ordered) = prepared()
    try AtomicFile.replace(path) { writer throws(FileError) in
      try writer.write(header)
      for tensor in ordered { try writer.write(tensor.bytes) }
    }
  }

  /// Length and header, and the tensors in the order of the file: larger elements first, so that each
  /// tensor lies on a multiple of its element's size, then by name.
  private func prepared() -> (header: [UInt8], tensors: [Tensor]) {
    let ordered = tensors.sorted { a, b in
      a.value.type.size == b.value.type.size
        ? a.key.precedesInBytes(b.key) : a.value.type.size > b.value.type.size
    }
    var end = 0
    let entries = ordered.map { name, tensor in
      defer { end += tensor.bytes.count }
      return (name: name, tensor: tensor, range: end..<end + tensor.bytes.count)
    }
    let text = HeaderText(metadata: metadata, entries: entries).bytes
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    return (length + text, ordered.map(\.value))
  }
}
