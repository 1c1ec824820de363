#if os(Linux)
  import Foundation
  import LatentData
  import LatentNumerics
  import Testing

  /// A file is read, batch by batch, by a process that grows by less than a tenth of it.
  @Suite struct BatchMemoryTests {
    @Test func ofAnArray() async {
      await #expect(processExitsWith: .success) {
        let file = try ScratchFile("a.npy")
        let rows = 1 << 20
        try BatchMemoryTests.writeArray(to: file.path, rows: rows, columns: 10)
        let before = try BatchMemoryTests.mostMemory()
        let batches = try TableBatches<Float>(file.path, batchRows: 10_000, options: ReadOptions(threads: 1))
        var total = 0
        for _ in 0..<2 {
          var iterator = batches.makeIterator()
          while let batch = try iterator.next() { total += batch.rows }
        }
        guard total == 2 * rows else { exit(1) }
        guard try BatchMemoryTests.mostMemory() - before < rows * 4 else { exit(4) }
      }
    }

    @Test func ofAText() async {
      await #expect(processExitsWith: .success) {
        let file = try ScratchFile("a.csv")
        let line = Array("1.25,-3.5,1e-3,12345.678,\"a, b\"\n".utf8)
        let block = Array(Array(repeating: line, count: 4096).joined())
        let rows = (42 << 20) / block.count * 4096
        guard let handle = fopen(file.path, "w") else { exit(2) }
        for _ in 0..<rows / 4096 { fwrite(block, 1, block.count, handle) }
        fclose(handle)
        let before = try BatchMemoryTests.mostMemory()
        let options = ReadOptions(header: .absent, columns: ["1", "2", "3", "4"], threads: 1)
        let batches = try TableBatches<Double>(file.path, batchRows: 5_000, options: options)
        guard try batches.rowCount == rows else { exit(3) }
        var total = 0
        for i in (0..<(try batches.batchCount)).reversed() { total += try batches.batch(at: i).rows }
        guard total == rows else { exit(1) }
        guard try BatchMemoryTests.mostMemory() - before < 4 << 20 else { exit(4) }
      }
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
