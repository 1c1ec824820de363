/// Memory for `count` trivially copyable elements on a 64-byte boundary (a cache line, a 512-bit vector).
///
/// `Matrix` writes to one only through a unique reference; elsewhere it is scratch memory of one lane. Hence it may
/// be sent between threads.
///
/// Nothing keeps it alive while its pointer is used but `withExtendedLifetime`.
@usableFromInline
package final class AlignedStorage<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline package let base: UnsafeMutablePointer<Element>
  package let count: Int

  /// Uninitialised memory.
  @usableFromInline package init(count: Int) {
    self.count = count
    let bytes = Swift.max(count, 1) * MemoryLayout<Element>.stride
    base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .bindMemory(to: Element.self, capacity: Swift.max(count, 1))
  }

  /// Memory filled with one value.
  package convenience init(count: Int, repeating value: Element) {
    self.init(count: count)
    base.initialize(repeating: value, count: count)
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}
