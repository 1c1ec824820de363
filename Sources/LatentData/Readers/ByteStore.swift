import Foundation

/// The bytes of a file, owned, followed by at least ``padding`` zero bytes that parsers may look at.
///
/// Large regular files are mapped (privately, so that writing stays in this process), which saves clearing and
/// filling as much memory again; the rest is read. As with every mapping, a file that is cut short in place
/// while it is read ends the process with SIGBUS; one that is replaced by a rename does no harm.
///
/// The memory goes with the object, which the optimiser ends after its last use, whatever pointers are still
/// about: so the bytes are reached only inside ``withBytes(_:)`` and its kin, which keep the object.
final class ByteStore {
  /// Zero bytes after the last one, so that a number's end needs no test and eight bytes load at once.
  static let padding = 64

  private var base: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int
  private let source: String
  private let limit: Int
  private var mappedLength = 0

  /// An empty store.
  ///
  /// - Parameters:
  ///   - capacity: a guess that real data stand behind, never a number out of a header alone.
  ///   - limit: the most bytes it may grow to.
  init(capacity: Int, limit: Int, source: String) throws(DataError) {
    self.source = source
    self.limit = limit
    self.capacity = max(0, min(capacity, limit))
    guard let memory = malloc(self.capacity + Self.padding) else {
      throw .tooLarge(source: source, limit: limit)
    }
    base = memory.assumingMemoryBound(to: UInt8.self)
    memset(base, 0, Self.padding)
  }

  /// A copy of bytes in memory.
  convenience init(copying bytes: UnsafeRawBufferPointer, source: String) throws(DataError) {
    try self.init(capacity: bytes.count, limit: bytes.count, source: source)
    append { room in
      room.copyMemory(from: bytes)
      return bytes.count
    }
  }

  /// A file of `size` bytes, mapped; nil when that cannot be done.
  private init?(mapping descriptor: Int32, size: Int, source: String) {
    // The file lies over the start of a larger anonymous mapping, whose rest gives the zero bytes.
    let length = size + Self.padding
    let anonymous = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let start = anonymous, start != MAP_FAILED else { return nil }
    guard mmap(start, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, descriptor, 0) == start else {
      munmap(start, length)
      return nil
    }
    madvise(start, size, MADV_WILLNEED)
    base = start.assumingMemoryBound(to: UInt8.self)
    count = size
    capacity = size
    limit = size
    mappedLength = length
    self.source = source
  }

  deinit {
    if mappedLength > 0 { munmap(base, mappedLength) } else { free(base) }
  }

  /// Gives pages of the file back to the system once they are read; nil where the bytes are not those of a mapping.
  var reclaimer: PageReclaimer? { mappedLength > 0 ? PageReclaimer() : nil }

  /// Calls `body` with all bytes, which are valid until it returns.
  func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// Calls `body` with all bytes to change, which are valid until it returns.
  func withMutableBytes<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeMutableBufferPointer(start: base, count: count))
  }

  /// Makes room for at least one more byte after the last, by doubling the memory when there is none.
  private func grow() throws(DataError) {
    guard count == capacity else { return }
    let larger = min(limit, max(64 << 10, capacity * 2))
    guard larger > capacity, let memory = realloc(base, larger + Self.padding) else {
      throw .tooLarge(source: source, limit: limit)
    }
    base = memory.assumingMemoryBound(to: UInt8.self)
    capacity = larger
  }

  /// Adds the bytes that `body` writes to the start of the room it is given, at least one byte.
  ///
  /// - Parameter body: gives the number of bytes written.
  /// - Throws: `.tooLarge`; what `body` throws.
  func extend(_ body: (UnsafeMutableRawBufferPointer) throws(DataError) -> Int) throws(DataError) {
    try grow()
    try append(body)
  }

  private func append<Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) {
    defer { withExtendedLifetime(self) {} }
    count += try body(UnsafeMutableRawBufferPointer(start: base + count, count: capacity - count))
    memset(base + count, 0, Self.padding)
  }

  /// The whole of a file, pipe or device, or of standard input for `-`.
  ///
  /// - Throws: `.notFound`, `.isDirectory`, `.unreadable`, `.tooLarge`.
  static func reading(path: String, source: String, limit: Int) throws(DataError) -> ByteStore {
    let file = try InputFile(path: path, source: source)
    let size = try file.size() ?? 0
    guard size <= limit else { throw .tooLarge(source: source, limit: limit) }
    if size >= 1 << 20,
      let store = file.withDescriptor({ ByteStore(mapping: $0, size: size, source: source) })
    {
      return store
    }

    // One byte more than the size, so that the end shows without growing.
    let store = try ByteStore(capacity: max(size + 1, 64 << 10), limit: limit, source: source)
    var ended = false
    while !ended {
      if try store.isFull(atEndOf: file) { break }
      try store.extend { room throws(DataError) in
        let got = try file.read(into: room)
        ended = got == 0
        return got
      }
    }
    return store
  }

  /// Whether the store is exactly full and the file is at its end.
  private func isFull(atEndOf file: InputFile) throws(DataError) -> Bool {
    guard count == limit else { return false }
    var byte: UInt8 = 0
    let got = try withUnsafeMutableBytes(of: &byte) { room throws(DataError) in try file.read(into: room) }
    guard got == 0 else { throw .tooLarge(source: source, limit: limit) }
    return true
  }
}

/// Drops what was read of a mapped file from this process's memory, so that a file and the numbers in it are not held side
/// by side. Bytes that are looked at again come from the file again.
struct PageReclaimer: Sendable {
  func release(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
    let low = (UInt(bitPattern: base) + page - 1) / page * page
    let high = (UInt(bitPattern: base) + UInt(bytes.count)) / page * page
    guard low < high, let start = UnsafeMutableRawPointer(bitPattern: low) else { return }
    madvise(start, Int(high - low), MADV_DONTNEED)
  }
}
