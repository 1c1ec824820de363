import CZlib
import Foundation
import LatentData
import LatentNumerics
import Testing

/// Damaged and unsupported binary files, built from the published layouts.
@Suite struct BinaryErrorTests {
  private static func npy(
    _ dictionary: String, _ data: [UInt8] = [], version: UInt8 = 1, padding: Int = 0
  ) -> [UInt8] {
    let text = Array((dictionary + String(repeating: " ", count: padding) + "\n").utf8)
    let size = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + text + data
  }

  private static func header(_ type: String, _ shape: String, fortran: String = "False") -> String {
    "{'descr': '\(type)', 'fortran_order': \(fortran), 'shape': \(shape), }"
  }

  @Test(
    arguments: [
      ([0x93, 0x4E, 0x55, 0x4D, 0x50], .badMagic(source: "a.npy", format: .npy)),
      (Array("1,2\n".utf8), .badMagic(source: "a.npy", format: .npy)),
      (npy("").prefix(9).map { $0 }, .sizeMismatch(source: "a.npy", expected: 12, actual: 9)),
      (
        npy(header("<f8", "(1,)"), version: 4),
        .unsupportedVersion(source: "a.npy", format: .npy, version: "4.0")
      ),
      (npy(header("<c16", "(1,)")), .unsupportedType(source: "a.npy", type: "<c16")),
      (npy(header("<U3", "(1,)")), .unsupportedType(source: "a.npy", type: "<U3")),
      (npy(header("|f8", "(1,)")), .unsupportedType(source: "a.npy", type: "|f8")),
      (npy(header("<M8[ns]", "(1,)")), .unsupportedType(source: "a.npy", type: "<M8[ns]")),
      (npy(header("|O", "(1,)")), .objectArray(source: "a.npy")),
      (
        npy("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,), }"),
        .unsupportedType(source: "a.npy", type: "records")
      ),
      (npy("{'descr': '<f8'}"), .malformedHeader(source: "a.npy", text: "{'descr': '<f8'}\n")),
      (
        npy(header("<f8", "(-1,)")),
        .malformedHeader(source: "a.npy", text: String(header("<f8", "(-1,)").prefix(40)))
      ),
      (
        npy(header("<f8", "(99999999999999999999,)")),
        .malformedHeader(source: "a.npy", text: String(header("<f8", "(9").prefix(40)))
      ),
      (npy(header("<f8", "()"), [0, 0, 0, 0, 0, 0, 0, 0]), .unsupportedRank(source: "a.npy", rank: 0)),
      (npy(header("<f8", "(1, 1, 1, 1)")), .unsupportedRank(source: "a.npy", rank: 4)),
      (npy(header("<f8", "(2,)"), [0, 0, 0, 0]), .sizeMismatch(source: "a.npy", expected: 16, actual: 4)),
      (npy(header("|u1", "(2,)"), [0, 0, 0, 0]), .sizeMismatch(source: "a.npy", expected: 2, actual: 4)),
      (
        npy(header("<f8", "(4611686018427387904, 4)")),
        .sizeMismatch(source: "a.npy", expected: nil, actual: 0)
      ),
      (npy(header("<f8", "(0, 4)")), .empty(source: "a.npy")),
      (npy(header("<f8", "(0, 4611686018427387904)")), .empty(source: "a.npy")),
      (
        npy(header("<f4", "(1, 2)"), [0, 0, 0, 0, 0, 0, 0x80, 0xFF]),
        .infiniteCell(at: CellPlace(source: "a.npy", position: .row(1), column: 2), text: "-inf")
      ),
      (npy(header("<f2", "(1,)"), [0, 0x7E]), .allMissing(source: "a.npy")),
    ] as [([UInt8], DataError)])
  func refusesNPY(_ bytes: [UInt8], _ error: DataError) {
    #expect(throws: error) { try read(bytes, "a.npy") }
  }

  @Test func aHeaderThatLiesAboutItsLength() {
    var bytes = Self.npy(Self.header("<f8", "(1,)"))
    bytes[9] = 0xFF
    let expected = 10 + Int(bytes[8]) + 0xFF00
    #expect(throws: DataError.sizeMismatch(source: "a.npy", expected: expected, actual: bytes.count)) {
      try read(bytes, "a.npy")
    }
  }

  @Test(
    arguments: [
      ([0, 0, 8], .badMagic(source: "a.idx", format: .idx)),
      ([0, 1, 8, 1, 0, 0, 0, 1, 7], .badMagic(source: "a.idx", format: .idx)),
      ([0, 0, 0xA, 1, 0, 0, 0, 1, 7], .unsupportedType(source: "a.idx", type: "0xA")),
      ([0, 0, 8, 0], .unsupportedRank(source: "a.idx", rank: 0)),
      ([0, 0, 8, 2, 0, 0, 0, 1], .sizeMismatch(source: "a.idx", expected: 12, actual: 8)),
      ([0, 0, 8, 1, 0, 0, 0, 9, 7], .sizeMismatch(source: "a.idx", expected: 9, actual: 1)),
      ([0, 0, 8, 1, 0, 0, 0, 1, 7, 8], .sizeMismatch(source: "a.idx", expected: 1, actual: 2)),
      (
        [0, 0, 14, 2, 255, 255, 255, 255, 255, 255, 255, 255],
        .sizeMismatch(source: "a.idx", expected: nil, actual: 0)
      ),
      ([0, 0, 8, 1, 0, 0, 0, 0], .empty(source: "a.idx")),
    ] as [([UInt8], DataError)])
  func refusesIDX(_ bytes: [UInt8], _ error: DataError) {
    #expect(throws: error) { try read(bytes, "a.idx") }
  }

  @Test func damagedGzip() throws {
    let good = TableFiles.named("plain.csv.gz")
    for length in [2, 9, 12, good.count - 9, good.count - 1] {
      #expect(throws: DataError.truncatedGzip(source: "a.csv.gz")) {
        try read(Array(good.prefix(length)), "a.csv.gz")
      }
    }
    #expect(throws: DataError.trailingGarbage(source: "a.csv.gz", offset: good.count)) {
      try read(good + [1], "a.csv.gz")
    }
    var bad = good
    bad[bad.count - 6] ^= 1  // the checksum
    let error = #expect(throws: DataError.self) { try read(bad, "a.csv.gz") }
    guard case .corruptGzip = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// Ten megabytes of zeros in ten kilobytes: refused at the limit, long before they are all there.
  @Test func aBombIsRefused() throws {
    let bomb = try gzip([UInt8](repeating: 0x30, count: 10 << 20))
    #expect(throws: DataError.tooLarge(source: "a.csv.gz", limit: 1 << 20)) {
      try read(bomb, "a.csv.gz", as: Double.self, ReadOptions(maximumBytes: 1 << 20))
    }
  }

  @Test func damagedArchives() throws {
    let good = TableFiles.named("deflated.npz")
    #expect(throws: DataError.corruptArchive(source: "a.npz")) { try read(Array(good.dropLast(30)), "a.npz") }
    #expect(throws: DataError.corruptArchive(source: "a.npz")) { try read(Array("PK".utf8), "a.npz") }
    let end: [UInt8] = [0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18)
    #expect(throws: DataError.noArrays(source: "a.npz")) { try read(end, "a.npz") }
    var bad = good
    bad[60] ^= 0x40  // in the compressed bytes
    #expect(throws: DataError.corruptArchive(source: "a.npz")) { try read(bad, "a.npz") }
    // The method in the central directory, which starts with PK 1 2.
    let directory = try #require(
      (0..<good.count - 4).first { Array(good[$0..<$0 + 4]) == [0x50, 0x4B, 1, 2] })
    bad = good
    bad[directory + 10] = 12
    #expect(throws: DataError.unsupportedCompression(source: "a.npz", member: "only.npy", method: 12)) {
      try read(bad, "a.npz")
    }
  }

  @Test func filesThatCannotBeRead() throws {
    func reading(_ path: String) throws(DataError) -> Table<Double> { try readTable(from: path) }
    #expect(throws: DataError.notFound(source: "/no/such/file.csv")) { try reading("/no/such/file.csv") }
    #expect(throws: DataError.notFound(source: "/no/such.npz")) { try reading("/no/such.npz:a") }
    #expect(throws: DataError.isDirectory(source: "/")) { try reading("/") }
    let empty = try ScratchFile("empty.csv", [])
    #expect(throws: DataError.empty(source: empty.path)) { try reading(empty.path) }
    let strange = try ScratchFile("strange.bin", [1, 0, 2, 0])
    #expect(throws: DataError.unknownFormat(source: strange.path)) { try reading(strange.path) }
    let big = try ScratchFile("big.csv", [UInt8](repeating: 0x31, count: 3000))
    #expect(throws: DataError.tooLarge(source: big.path, limit: 2999)) {
      try readTable(from: big.path, options: ReadOptions(maximumBytes: 2999)) as Table<Double>
    }
    // A sparse file that claims a tebibyte is refused by its size.
    let sparse = try ScratchFile("sparse.csv", [])
    if truncate(sparse.path, 1 << 40) == 0 {
      let error = #expect(throws: DataError.self) { try reading(sparse.path) }
      guard case .tooLarge = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func pipesAndLargeFiles() throws {
    let pipe = try ScratchFile("pipe.csv")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    let text = Array("a,b\n".utf8) + Array(repeatElement("1.5,2\n", count: 300_000).joined().utf8)
    let path = pipe.path
    Thread.detachNewThread {
      guard let file = FileHandle(forWritingAtPath: path) else { return }
      file.write(Data(text))
      try? file.close()
    }
    let streamed: Table<Double> = try readTable(from: pipe.path)
    #expect(streamed.rows == 300_000)
    let file = try ScratchFile("large.csv", text)  // over a mebibyte: mapped
    let mapped: Table<Double> = try readTable(from: file.path)
    #expect(mapped.values == streamed.values)
    // The text of a mapped file may end with its last page.
    let page = Array(repeatElement("1\n", count: (2 << 20) / 2).joined().utf8).dropLast()
    let exact = try ScratchFile("page.csv", Array(page) + Array("7".utf8))
    #expect(try (readTable(from: exact.path) as Table<Double>).values[(2 << 20) / 2 - 1, 0] == 17)
  }
}

/// Bytes compressed by zlib.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
  var state = z_stream()
  let size = Int32(MemoryLayout<z_stream>.size)
  try #require(deflateInit2_(&state, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK)
  defer { deflateEnd(&state) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: bytes.count + 1000)
  let written = input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      state.next_in = input.baseAddress
      state.avail_in = UInt32(input.count)
      state.next_out = output.baseAddress
      state.avail_out = UInt32(output.count)
      return deflate(&state, Z_FINISH) == Z_STREAM_END ? Int(state.total_out) : -1
    }
  }
  try #require(written > 0)
  return Array(output.prefix(written))
}
