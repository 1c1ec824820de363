import Foundation

/// A buffered writer to one open file, handed out by `AtomicFile.write(to:_:)`.
public struct FileWriter: ~Copyable {
  private let file: Descriptor
  private var buffer: [UInt8] = []
  private static let capacity = 1 << 18

  init(_ file: consuming Descriptor) {
    self.file = file
    buffer.reserveCapacity(Self.capacity)
  }

  /// Appends bytes.
  ///
  /// - Throws: `.diskFull` and other refusals of the operating system.
  public mutating func write(_ bytes: some Sequence<UInt8>) throws(FileError) {
    let direct: Result<Void, FileError>? = bytes.withContiguousStorageIfAvailable { chunk in
      do throws(FileError) {
        return .success(try write(UnsafeRawBufferPointer(chunk)))
      } catch {
        return .failure(error)
      }
    }
    if let direct { return try direct.get() }
    for byte in bytes {
      buffer.append(byte)
      if buffer.count == Self.capacity { try flush() }
    }
  }

  /// Appends raw memory.
  ///
  /// - Throws: `.diskFull` and other refusals of the operating system.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if buffer.count + bytes.count > Self.capacity { try flush() }
    if bytes.count >= Self.capacity {
      try file.write(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  /// Appends text in UTF-8.
  ///
  /// - Throws: `.diskFull` and other refusals of the operating system.
  public mutating func write(text: String) throws(FileError) {
    try write(text.utf8)
  }

  /// Writes out the buffer and waits for the disk.
  mutating func finish() throws(FileError) {
    try flush()
    try file.sync()
  }

  private mutating func flush() throws(FileError) {
    try buffer.span.withUnsafeBytes { bytes throws(FileError) in try file.write(bytes) }
    buffer.removeAll(keepingCapacity: true)
  }
}
