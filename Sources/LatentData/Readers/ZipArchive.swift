import CZlib
import Foundation

/// The members of a zip archive, as far as `numpy.savez` uses the format: stored and deflated members, with
/// 64-bit sizes.
///
/// Everything is found from the central directory; every offset and size is checked against the bytes that
/// are there. Source: PKWARE, APPNOTE.TXT 6.3.10, §4.3 and §4.5.3.
struct ZipArchive {
  struct Member {
    var name: String
    var method: Int
    var isEncrypted: Bool
    var checksum: UInt32
    var compressedSize: Int
    var size: Int
    var headerOffset: Int
  }

  let source: String
  private(set) var members: [Member] = []
  private let bytes: UnsafeRawBufferPointer

  /// Whether bytes begin like a zip archive (an empty one begins with its end record).
  static func isZip(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 4 && bytes[0] == 0x50 && bytes[1] == 0x4B && (bytes[2] == 3 || bytes[2] == 5)
  }

  /// Reads the central directory.
  ///
  /// - Throws: `.corruptArchive`.
  init(_ bytes: UnsafeRawBufferPointer, source: String) throws(DataError) {
    self.bytes = bytes
    self.source = source
    guard let (start, count) = directory(), let members = members(from: start, count: count) else {
      throw .corruptArchive(source: source)
    }
    self.members = members
  }

  /// The bytes of one member; its checksum and size have been compared.
  ///
  /// - Throws: `.corruptArchive`, `.unsupportedCompression`, `.tooLarge`.
  func contents(of member: Member, limit: Int) throws(DataError) -> ByteStore {
    guard !member.isEncrypted, member.method == 0 || member.method == 8 else {
      throw .unsupportedCompression(source: source, member: member.name, method: member.method)
    }
    let at = member.headerOffset
    guard number(at, 4) == 0x0403_4B50, let name = number(at + 26, 2), let extra = number(at + 28, 2),
      let data = slice(at + 30 + name + extra, member.compressedSize)
    else { throw .corruptArchive(source: source) }
    let store =
      member.method == 0
      ? try ByteStore(copying: data, source: source)
      : try Inflate.raw(data, expected: member.size, source: source, limit: limit)
    let checksum = store.withBytes { crc32_z(0, $0.bindMemory(to: UInt8.self).baseAddress, $0.count) }
    guard store.count == member.size, UInt32(truncatingIfNeeded: checksum) == member.checksum else {
      throw .corruptArchive(source: source)
    }
    return store
  }

  /// Where the central directory starts and how many members it lists.
  private func directory() -> (start: Int, count: Int)? {
    // The end record has 22 bytes and a comment of up to 65,535; the last one that fits counts.
    var at = bytes.count - 22
    let lowest = max(0, at - 0xFFFF)
    while at >= lowest, number(at, 4) != 0x0605_4B50 { at -= 1 }
    guard at >= lowest, let count = number(at + 10, 2), let start = number(at + 16, 4) else { return nil }
    // A locator of the 64-bit end record stands right before, where there is one.
    guard number(at - 20, 4) == 0x0706_4B50, let wide = number(at - 12, 8), number(wide, 4) == 0x0606_4B50
    else { return (start, count) }
    guard let count = number(wide + 32, 8), let start = number(wide + 48, 8) else { return nil }
    return (start, count)
  }

  private func members(from start: Int, count: Int) -> [Member]? {
    var members: [Member] = []
    var at = start
    for _ in 0..<count {
      guard number(at, 4) == 0x0201_4B50, let flags = number(at + 8, 2), let method = number(at + 10, 2),
        let checksum = number(at + 16, 4), let packed = number(at + 20, 4), let size = number(at + 24, 4),
        let nameLength = number(at + 28, 2), let extraLength = number(at + 30, 2),
        let commentLength = number(at + 32, 2), let offset = number(at + 42, 4),
        let name = slice(at + 46, nameLength), slice(at + 46 + nameLength, extraLength) != nil
      else { return nil }
      var member = Member(
        name: String(decoding: name, as: UTF8.self), method: method, isEncrypted: flags & 1 != 0,
        checksum: UInt32(checksum), compressedSize: packed, size: size, headerOffset: offset)
      guard widen(&member, extra: at + 46 + nameLength, length: extraLength) else { return nil }
      members.append(member)
      at += 46 + nameLength + extraLength + commentLength
    }
    return members
  }

  /// Replaces the fields that are all ones by those of the 64-bit extra field.
  private func widen(_ member: inout Member, extra: Int, length: Int) -> Bool {
    var at = extra
    while at + 4 <= extra + length, let id = number(at, 2), let size = number(at + 2, 2) {
      if id == 1 {
        var field = at + 4
        func take(_ value: inout Int) -> Bool {
          guard value == 0xFFFF_FFFF else { return true }
          guard field + 8 <= at + 4 + size, let wide = number(field, 8) else { return false }
          field += 8
          value = wide
          return true
        }
        return take(&member.size) && take(&member.compressedSize) && take(&member.headerOffset)
      }
      at += 4 + size
    }
    return true
  }

  /// A little-endian number, or nil outside the bytes or above `Int.max`.
  private func number(_ at: Int, _ width: Int) -> Int? {
    guard let field = slice(at, width) else { return nil }
    return Int(exactly: field.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  private func slice(_ at: Int, _ length: Int) -> UnsafeRawBufferPointer? {
    guard at >= 0, length >= 0, at <= bytes.count, length <= bytes.count - at else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes[at..<at + length])
  }
}
