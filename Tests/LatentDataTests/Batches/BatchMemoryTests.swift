#if os(Linux)
  import Foundation
  import LatentData
  import LatentNumerics
  import Testing

  /// A file is read, batch by batch, by a process that grows by less than a tenth of it.
  @Suite struct BatchMemoryTests {
    @Test func ofAnArray() async {
      await #expect(processExitsWith: .success) {
        let small = try ScratchFile("small.npy")
        let file = try ScratchFile("a.npy")
        let rows = 1 << 20
        try BatchMemoryTests.writeArray(to: small.path, rows: 100, columns: 10)
        try BatchMemoryTests.writeArray(to: file.path, rows: rows, columns: 10)
        // What the code itself takes is there before the measurement.
        guard try BatchMemoryTests.rows(small.path, batchRows: 10, columns: nil) == 100 else { exit(1) }
        let before = try BatchMemoryTests.mostMemory()
        guard try BatchMemoryTests.rows(file.path, batchRows: 2_000, columns: nil) == rows else { exit(2) }
        guard try BatchMemoryTests.mostMemory() - before < 4 << 20 else { exit(3) }
      }
    }

    @Test func ofAText() async {
      await #expect(processExitsWith: .success) {
        let small = try ScratchFile("small.csv")
        let file = try ScratchFile("a.csv")
        try BatchMemoryTests.writeText(to: small.path, blocks: 1)
        try BatchMemoryTests.writeText(to: file.path, blocks: 320)
        let columns = ["1", "2", "3", "4"]
        guard try BatchMemoryTests.rows(small.path, batchRows: 100, columns: columns) == 4096 else { exit(1) }
        let before = try BatchMemoryTests.mostMemory()
        guard try BatchMemoryTests.rows(file.path, batchRows: 5_000, columns: columns) == 320 * 4096 else {
          exit(2)
        }
        guard try BatchMemoryTests.mostMemory() - before < 4 << 20 else { exit(3) }
      }
    }

    /// The rows of all batches, from the last to the first.
    private static func rows(_ path: String, batchRows: Int, columns: [String]?) throws -> Int {
      let options = ReadOptions(header: .absent, columns: columns, threads: 1)
      let batches = try TableBatches<Double>(path, batchRows: batchRows, options: options)
      var total = 0
      for i in (0..<(try batches.batchCount)).reversed() { total += try batches.batch(at: i).rows }
      return try batches.rowCount == total ? total : 0
    }

    /// 4096 lines a block, 128 KiB and more.
    private static func writeText(to path: String, blocks: Int) throws {
      let line = Array("1.25,-3.5,1e-3,12345.678,\"a, b\"\n".utf8)
      let block = Array(Array(repeating: line, count: 4096).joined())
      let handle = try #require(fopen(path, "w"))
      for _ in 0..<blocks { fwrite(block, 1, block.count, handle) }
      fclose(handle)
    }

    /// An array of zeros that takes no place on the disk.
    private static func writeArray(to path: String, rows: Int, columns: Int) throws {
      let one = Table(source: "t", values: Matrix<Float>(rows: 1, columns: columns))
      try writeTable(one, to: path)
      var bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
      var text = String(decoding: bytes[10..<128], as: UTF8.self)
      let digits = String(rows).count - 1
      text = text.replacing("(1, ", with: "(\(rows), ").replacing(
        String(repeating: " ", count: digits) + "\n", with: "\n")
      bytes.replaceSubrange(10..<128, with: Array(text.utf8))
      try Data(bytes.prefix(128)).write(to: URL(fileURLWithPath: path))
      truncate(path, off_t(128 + rows * columns * MemoryLayout<Float>.size))
    }

    /// The most memory that was present at a time, in bytes.
    private static func mostMemory() throws -> Int {
      let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
      return try #require(Int(line.split { $0 == " " || $0 == "\t" }[1])) << 10
    }
  }
#endif
