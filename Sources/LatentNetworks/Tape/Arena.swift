/// Memory handed out from the front of a few large blocks and taken back all at once.
///
/// Blocks are kept when the arena is reset, so a step that takes the same memory as the one before allocates
/// nothing. Everything handed out starts on a 64-byte boundary and is uninitialised.
struct Arena: ~Copyable {
  private var blocks: UnsafeMutablePointer<UnsafeMutableRawBufferPointer>
  private var blockCount = 0
  private var blockCapacity = 4
  private var current = 0
  private var used = 0

  /// The bytes of all blocks.
  private(set) var capacity = 0

  init() {
    blocks = .allocate(capacity: blockCapacity)
  }

  deinit {
    for i in 0..<blockCount { blocks[i].deallocate() }
    blocks.deallocate()
  }

  /// Takes everything back.
  mutating func reset() {
    current = 0
    used = 0
  }

  @inline(__always)
  mutating func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    let size = (Swift.max(bytes, 1) + 63) & ~63
    if current < blockCount, used + size <= blocks[current].count {
      let place = blocks[current].baseAddress! + used
      used += size
      return place
    }
    return allocateElsewhere(size)
  }

  /// Whether an address is of memory that this arena hands out.
  func contains(_ address: UnsafeMutableRawPointer) -> Bool {
    for i in 0..<blockCount {
      let start = blocks[i].baseAddress!
      if address >= start, address < start + blocks[i].count { return true }
    }
    return false
  }

  /// What is handed out so far.
  var mark: Mark { Mark(block: current, used: used) }

  struct Mark {
    fileprivate let block: Int
    fileprivate let used: Int
  }

  /// Takes back what was handed out since.
  mutating func release(to mark: Mark) {
    current = mark.block
    used = mark.used
  }

  @inline(never)
  private mutating func allocateElsewhere(_ size: Int) -> UnsafeMutableRawPointer {
    if current < blockCount { current += 1 }
    while current < blockCount, blocks[current].count < size { current += 1 }
    if current >= blockCount {
      let bytes = Swift.max(size, Swift.max(1 << 18, capacity))
      if blockCount == blockCapacity { growTable() }
      blocks[blockCount] = .allocate(byteCount: bytes, alignment: 64)
      current = blockCount
      blockCount += 1
      capacity += bytes
    }
    used = size
    return blocks[current].baseAddress!
  }

  private mutating func growTable() {
    let larger = UnsafeMutablePointer<UnsafeMutableRawBufferPointer>.allocate(capacity: 2 * blockCapacity)
    larger.moveInitialize(from: blocks, count: blockCount)
    blocks.deallocate()
    blocks = larger
    blockCapacity *= 2
  }
}

/// A growing array of plain values whose memory is kept when it is emptied.
struct Register<Element: BitwiseCopyable>: ~Copyable {
  private(set) var base: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private(set) var capacity: Int

  init(capacity: Int = 64) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  deinit { base.deallocate() }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow() }
    base.advanced(by: count).initialize(to: element)
    count += 1
  }

  mutating func removeAll() { count = 0 }

  mutating func removeLast(_ k: Int) { count -= k }

  @inline(__always)
  subscript(index: Int) -> Element {
    get { base[index] }
    nonmutating set { base[index] = newValue }
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: 2 * capacity)
    larger.moveInitialize(from: base, count: count)
    base.deallocate()
    base = larger
    capacity *= 2
  }
}
