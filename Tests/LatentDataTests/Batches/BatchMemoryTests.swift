#if os(Linux)
  import Foundation
  import LatentData
  import LatentNumerics
  import Testing

  /// A file ten times as large as the memory that is left is read, batch by batch.
  @Suite struct BatchMemoryTests {
    @Test func ofAnArray() async {
      await #expect(processExitsWith: .success) {
        let file = try ScratchFile("a.npy")
        let rows = 1 << 20
        try BatchMemoryTests.writeArray(to: file.path, rows: rows, columns: 10)
        try BatchMemoryTests.limitMemory(to: 4 << 20)
        #expect(malloc(8 << 20) == nil, "the limit holds")
        let batches = try TableBatches<Float>(file.path, batchRows: 10_000, options: ReadOptions(threads: 1))
        var total = 0
        for _ in 0..<2 {
          var iterator = batches.makeIterator()
          while let batch = try iterator.next() { total += batch.rows }
        }
        guard total == 2 * rows else { exit(1) }
      }
    }

    @Test func ofAText() async {
      await #expect(processExitsWith: .success) {
        let file = try ScratchFile("a.csv")
        let line = Array("1.25,-3.5,1e-3,12345.678,\"a, b\"\n".utf8)
        let rows = (42 << 20) / line.count
        do {
          let block = Data(Array(repeating: line, count: 4096).joined())
          _ = FileManager.default.createFile(atPath: file.path, contents: nil)
          guard let handle = FileHandle(forWritingAtPath: file.path) else { exit(2) }
          for _ in 0..<rows / 4096 { try handle.write(contentsOf: block) }
        }
        try BatchMemoryTests.limitMemory(to: 4 << 20)
        let options = ReadOptions(header: .absent, columns: ["1", "2", "3", "4"], threads: 1)
        let batches = try TableBatches<Double>(file.path, batchRows: 5_000, options: options)
        guard try batches.rowCount == rows / 4096 * 4096 else { exit(3) }
        var total = 0
        for i in (0..<(try batches.batchCount)).reversed() { total += try batches.batch(at: i).rows }
        guard total == rows / 4096 * 4096 else { exit(1) }
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

    /// Allows as much more memory as this process may write to.
    private static func limitMemory(to count: Int) throws {
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmData:") })
      let used = try #require(Int(line.split(separator: " ").dropFirst()[1])) << 10
      var limit = rlimit(rlim_cur: rlim_t(used + count), rlim_max: rlim_t(used + count))
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0)
    }
  }
#endif
