import Foundation
import LatentData
import LatentNumerics
import Testing

@Suite struct BatchErrorTests {
  /// Errors name the line, or the row, in the file.
  @Test func placesOfErrors() throws {
    let scratch = try ScratchFile("a.csv", Array("a,b\n\n\"1\",2\n3,4\n\n\"\n\",4\n5,x\n7,8,9\n".utf8))
    let batches = try TableBatches<Double>(scratch.path, batchRows: 1)
    let place = CellPlace(source: scratch.path, position: .line(8), column: 2, columnName: "b")
    #expect(throws: DataError.textCell(at: place, text: "x")) { try batches.batch(at: 3) }
    #expect(throws: DataError.raggedRow(source: scratch.path, line: 9, expected: 2, actual: 3)) {
      try batches.batch(at: 4)
    }
    #expect(try batches.batch(at: 1).values == Matrix([[3, 4]]))
    let open = try ScratchFile("a.csv", Array("a,b\n1,2\n3,\"4\n5,6\n".utf8))
    #expect(throws: DataError.unterminatedQuote(source: open.path, line: 3)) {
      try TableBatches<Double>(open.path, batchRows: 1).rowCount
    }
    let array = try ScratchFile("a.npy")
    try writeTable(Table(source: "t", values: Matrix([[1, 1], [2, 2], [3, -1], [4, 1]])), to: array.path)
    let weighted = try TableBatches<Double>(array.path, batchRows: 2, options: ReadOptions(weights: "2"))
    #expect(try weighted.batch(at: 0).weights == [1, 2])
    #expect(
      throws: DataError.invalidWeight(
        at: CellPlace(source: array.path, position: .row(3), column: 2), text: "-1.0", fault: .negative)
    ) { try weighted.batch(at: 1) }
  }

  @Test(arguments: ["", " \n\r\n", "\u{FEFF}\n", "a,b\n \n", "\"a", "1,2\n"])
  func refusesAtOnce(_ text: String) throws {
    let scratch = try ScratchFile("a.csv", Array(text.utf8))
    let options = ReadOptions(columns: text.hasPrefix("1") ? ["7"] : nil)
    let batches = refusal { () throws(DataError) in
      try TableBatches<Double>(scratch.path, batchRows: 2, options: options)
    }
    let whole = refusal { () throws(DataError) -> Table<Double> in
      try readTable(from: scratch.path, options: options)
    }
    #expect(batches != nil)
    #expect(batches == whole)
  }

  private func refusal<Result>(_ body: () throws(DataError) -> Result) -> DataError? {
    do throws(DataError) {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func refusesFiles() throws {
    #expect(throws: DataError.notFound(source: "/nowhere.csv")) {
      try TableBatches<Double>("/nowhere.csv", batchRows: 1)
    }
    #expect(throws: DataError.isDirectory(source: "/")) { try TableBatches<Double>("/", batchRows: 1) }
    let archive = try ScratchFile("a.npz", TableFiles.named("stored.npz"))
    #expect(throws: DataError.noBatches(source: archive.path, format: .npz)) {
      try TableBatches<Double>(archive.path, batchRows: 1)
    }
    let bytes = TableFiles.named("version1.npy")
    for count in [0, 5, 10, 11, 60, bytes.count - 1] {
      let cut = try ScratchFile("a.npy", Array(bytes.prefix(count)))
      let refusal = refusal { () throws(DataError) in try TableBatches<Double>(cut.path, batchRows: 2) }
      #expect(refusal != nil)
      #expect(
        refusal == self.refusal { () throws(DataError) -> Table<Double> in try readTable(from: cut.path) })
    }
    let zipped = try gzip(Array("1,2\n3,4\n".utf8))
    let truncated = try ScratchFile("a.csv.gz", Array(zipped.dropLast(9)))
    #expect(throws: DataError.truncatedGzip(source: truncated.path)) {
      try TableBatches<Double>(truncated.path, batchRows: 1)
    }
    let garbage = try ScratchFile("a.csv.gz", zipped + zipped + [0, 0, 7])
    #expect(throws: DataError.trailingGarbage(source: garbage.path, offset: 2 * zipped.count)) {
      try TableBatches<Double>(garbage.path, batchRows: 1)
    }
    var damaged = zipped
    damaged[zipped.count - 6] ^= 1
    let corrupt = try ScratchFile("a.csv.gz", damaged)
    #expect(throws: DataError.self) { try TableBatches<Double>(corrupt.path, batchRows: 1) }
  }

  @Test(arguments: ["a.csv", "a.npy"]) func aFileThatChanges(_ name: String) throws {
    let table = Table(source: "t", values: Matrix(rows: 1000, columns: 3, repeating: 1.5))
    func check(_ change: (String) throws -> Void) throws {
      let file = try ScratchFile(name)
      try writeTable(table, to: file.path)
      let batches = try TableBatches<Double>(file.path, batchRows: 10)
      #expect(try batches.batch(at: 3).rows == 10)
      try change(file.path)
      #expect(throws: DataError.changed(source: file.path)) { try batches.batch(at: 4) }
      #expect(throws: DataError.changed(source: file.path)) { try batches.batch(at: 99) }
    }
    try check { path in #expect(truncate(path, 500) == 0) }
    try check { path in
      let file = try #require(FileHandle(forWritingAtPath: path))
      try file.seekToEnd()
      try file.write(contentsOf: Data("1,2,3\n".utf8))
    }
    // Other contents of the same size, told by the time of writing.
    try check { path in
      let file = try #require(FileHandle(forWritingAtPath: path))
      try file.write(contentsOf: Data("2".utf8))
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: path)
    }
    // A replaced file is another file: the one that was opened stays.
    let file = try ScratchFile(name)
    try writeTable(table, to: file.path)
    let batches = try TableBatches<Double>(file.path, batchRows: 10)
    try writeTable(Table(source: "t", values: Matrix(rows: 1, columns: 3, repeating: 2.5)), to: file.path)
    #expect(try batches.batch(at: 99).values[9, 2] == 1.5)
    #expect(try batches.rowCount == 1000)
  }

  @Test func throughAPipe() throws {
    let file = try ScratchFile("pipe.csv")
    #expect(mkfifo(file.path, 0o600) == 0)
    let text = "a,b\n" + (0..<5000).map { "\($0),\($0 + 1)\n" }.joined()
    let path = file.path
    let writer = Thread { try? Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
    writer.start()
    let batches = try TableBatches<Double>(path, batchRows: 600)
    #expect(try batches.batch(at: 8).values[0, 0] == 4800)
    #expect(try batches.batch(at: 0).values[0, 0] == 0)
    #expect(try batches.rowCount == 5000)
  }
}
