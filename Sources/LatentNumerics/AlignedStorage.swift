import Foundation

/// Memory for `count` trivially copyable elements on a 64-byte boundary (a cache line, a 512-bit vector).
///
/// `Matrix` writes to one only through a unique reference; elsewhere it is scratch memory of one lane. Hence it may
/// be sent between threads.
@usableFromInline
package final class AlignedStorage<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline package let base: UnsafeMutablePointer<Element>
  package let count: Int
  /// The bytes of a mapping of its own; 0 for memory of the heap.
  private let mapped: Int

  /// Uninitialised memory.
  ///
  /// Large blocks are mapped, so that they go back to the system as soon as they are freed: heaps of several threads
  /// keep them, which made 590 MB of the 420 MB in use by ten full Gaussians of MNIST.
  @usableFromInline package init(count: Int) {
    self.count = count
    let bytes = Swift.max(count, 1) * MemoryLayout<Element>.stride
    let mapping =
      bytes >= 4 << 20 ? mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0) : MAP_FAILED
    let memory: UnsafeMutableRawPointer
    if let mapping, mapping != MAP_FAILED {
      #if os(Linux)
        madvise(mapping, bytes, MADV_HUGEPAGE)  // fewer faults on the first touch
      #endif
      memory = mapping
      mapped = bytes
    } else {
      memory = .allocate(byteCount: bytes, alignment: 64)
      mapped = 0
    }
    base = memory.bindMemory(to: Element.self, capacity: Swift.max(count, 1))
  }

  /// Memory filled with one value.
  package convenience init(count: Int, repeating value: Element) {
    self.init(count: count)
    base.initialize(repeating: value, count: count)
  }

  deinit {
    if mapped > 0 {
      munmap(base, mapped)
    } else {
      UnsafeMutableRawPointer(base).deallocate()
    }
  }
}
