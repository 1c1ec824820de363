/// The distinct texts of one column, each with a code: 0, 1, … in the order of their first appearance.
///
/// Texts are compared byte by byte. A table of codes with linear probing, of which at most half is in use.
struct LevelIndex: Sendable {
  /// The bytes of all texts, one after the other.
  private var bytes: [UInt8] = []
  /// Where the bytes of each text end.
  private var ends: [Int] = []
  /// A code and one, or zero where the slot is free; a power of two of them.
  private var slots = [Int32](repeating: 0, count: 16)

  /// A code must be exact in single precision.
  static let largestCount = 1 << 24

  /// An index of these texts, whose codes are their places; of equal ones the first.
  init(_ texts: [String] = []) {
    for text in texts { insert(Array(text.utf8)) }
  }

  /// The number of texts.
  var count: Int { ends.count }

  /// The texts in the order of their codes.
  var texts: [String] { (0..<count).map { String(decoding: bytes[range($0)], as: UTF8.self) } }

  /// The code of a text, or nil when there is none.
  func code(of text: UnsafeBufferPointer<UInt8>) -> Int? {
    let slot = slots[self.slot(of: text)]
    return slot == 0 ? nil : Int(slot) - 1
  }

  /// Gives a text the next code. It must not have one, and there must be fewer than ``largestCount``.
  mutating func append(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    if 2 * (count + 1) > slots.count { grow() }
    let slot = slot(of: text)
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    slots[slot] = Int32(count)
    return count - 1
  }

  /// The code of a text, which is given the next one when it has none.
  @discardableResult
  mutating func insert(_ text: [UInt8]) -> Int {
    text.withUnsafeBufferPointer { code(of: $0) ?? append($0) }
  }

  private func range(_ code: Int) -> Range<Int> { (code == 0 ? 0 : ends[code - 1])..<ends[code] }

  /// The slot that holds the text, or the free one where it belongs.
  private func slot(of text: UnsafeBufferPointer<UInt8>) -> Int {
    let mask = slots.count - 1
    var slot = Self.hash(text) & mask
    while slots[slot] != 0, !isEqual(Int(slots[slot]) - 1, text) { slot = (slot + 1) & mask }
    return slot
  }

  private func isEqual(_ code: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let range = range(code)
    guard range.count == text.count else { return false }
    for i in 0..<text.count where bytes[range.lowerBound + i] != text[i] { return false }
    return true
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: 2 * slots.count)
    for code in 0..<count {
      let slot = bytes[range(code)].withUnsafeBufferPointer { self.slot(of: $0) }
      slots[slot] = Int32(code + 1)
    }
  }

  /// Source: Fowler, Noll, Vo: the FNV-1a hash of 64 bits (RFC 9923); its high bits are folded in.
  private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash ^ hash >> 32)
  }
}
