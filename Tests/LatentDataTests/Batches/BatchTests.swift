import Foundation
import LatentData
import LatentNumerics
import LatentTestSupport
import Testing

/// Batches put together are the table, bit for bit.
@Suite struct BatchTests {
  @Test(arguments: TableFiles.shared.files.filter { !$0.name.hasSuffix(".npz") })
  func equalsTheTable(_ file: TableFiles.File) throws {
    let scratch = try ScratchFile(file.name, Array(file.data))
    let options = ReadOptions(labels: file.labels == nil ? nil : "species")
    let whole: Table<Double> = try readTable(from: scratch.path, options: options)
    for batchRows in [1, 2, 3, 100] {
      let batches = try TableBatches<Double>(scratch.path, batchRows: batchRows, options: options)
      #expect(isSame(try joined(batches), whole))
      #expect(try batches.rowCount == whole.rows)
      #expect(try batches.batchCount == (whole.rows + batchRows - 1) / batchRows)
      #expect(batches.columns == whole.columns)
      #expect(batches.columnNames == whole.columnNames)
      #expect(batches.imageShape == whole.imageShape)
      let last = try batches.batch(at: (whole.rows - 1) / batchRows)
      #expect(
        last.values.row(last.rows - 1).elementsEqual(whole.values.row(whole.rows - 1)) {
          $0 == $1 || $0.isNaN
        })
    }
    // Where the numbers are too large for single precision, both say so.
    let chosen = ReadOptions(columns: ["1"], labels: options.labels)
    let single = Result { () throws(DataError) -> Table<Float> in
      try readTable(from: scratch.path, options: chosen)
    }
    let batches = Result { () throws(DataError) in
      try joined(TableBatches<Float>(scratch.path, batchRows: 2, options: chosen))
    }
    #expect(
      batches.map { $0.values.elements.map(\.bitPattern) }
        == single.map { $0.values.elements.map(\.bitPattern) })
  }

  @Test(arguments: [
    "1", "1,2\r\n3,4\r\n", "a,b\n\n\"1\",2\n \n3,4", "\n \n1\n\n2\n\n\n3\n\n", "x\n\n1\n\n2",
    "\u{FEFF}1,2\n3,4",
    "1,2\r3,4\r5,6", "a\r\r1\r\r2\r", "a,\"b\nb\"\n1,2\n\" 3\",\"4\"\r\n5, \"6\" \n7,8",
    ",1\n2,\n,NA\n?,3", "1,2,\n3,4,", "\"a \"\"x\"\"\",b\n1,2\n3,4\n", "1,2\n\n\n\n",
    "a\"b,c\n1,2\n\n3,4\n5,6\n7,8",
  ])
  func equalsTheText(_ text: String) throws {
    let scratch = try ScratchFile("a.csv", Array(text.utf8))
    let whole: Table<Double> = try readTable(from: scratch.path)
    for batchRows in 1...4 {
      for piece in [1, 2, 3, 7, 1 << 18] {
        let batches = try TableBatches<Double>(
          scratch.path, batchRows: batchRows, options: ReadOptions(), scanning: piece)
        #expect(isSame(try joined(batches), whole), "\(batchRows) rows, \(piece) bytes")
      }
    }
  }

  /// Random texts of what means something: the same tables, and an error where there is one.
  @Test(arguments: 0..<4) func fuzzed(_ part: Int) throws {
    let words = ["1", "2.5", "\"", "\"\"", "\"3\"", ",", ",", "\n", "\n", "\r\n", "\r", " ", "NA", "x", "-"]
    var random = SplitMix(state: UInt64(part) &* 7919 &+ 3)
    var read = 0
    let scratch = try ScratchFile("a.csv")
    for i in 0..<800 {
      let text = (0..<Int.random(in: 1..<30, using: &random)).map { _ in words.randomElement(using: &random)!
      }.joined()
      try Data(text.utf8).write(to: URL(fileURLWithPath: scratch.path))
      let options = ReadOptions(header: i % 3 == 0 ? .absent : .detected, categorical: i % 4 == 0, threads: 1)
      let whole = Result { () throws(DataError) -> Table<Double> in
        try readTable(from: scratch.path, options: options)
      }
      let batches = Result { () throws(DataError) -> Table<Double> in
        try joined(
          TableBatches(
            scratch.path, batchRows: .random(in: 1..<4, using: &random), options: options,
            scanning: .random(in: 1..<9, using: &random)))
      }
      switch (whole, batches) {
      case (.success(let a), .success(let b)):
        read += 1
        #expect(isSame(a, b), "\(text.debugDescription)")
      case (.failure(.allMissing), .success(let b)):
        #expect(b.missingCount == b.values.count)
      // All rows are coded before a column without levels shows.
      case (.failure(.missingColumn), .failure(.missingColumn)),
        (.failure(.allMissing), .failure(.missingColumn)):
        break
      case (.failure(let a), .failure(let b)):
        // The scan sees an open quote before the rows above it are read.
        if case .unterminatedQuote = b { continue }
        #expect(a == b, "\(text.debugDescription)")
      default: Issue.record("\(text.debugDescription): \(whole) and \(batches)")
      }
    }
    #expect(read > 20, "\(read) read")
  }

  @Test func anyOrderFromAnyThread() throws {
    var random = SplitMix(state: 9)
    var text = "id,x,w,note\n"
    for i in 0..<20_000 {
      let note = i % 50 == 0 ? "\"line one\nand, \"\"two\"\"\"" : "plain"
      text +=
        "\(i),\(i % 13 == 0 ? "" : "\(Double(random.next() % 1000) / 7)"),\(i % 3),\(note)\(i % 2 == 0 ? "\r" : "")\n"
    }
    let scratch = try ScratchFile("a.csv", Array(text.utf8))
    let zipped = try ScratchFile("a.csv.gz", gzip(Array(text.utf8)))
    let options = ReadOptions(columns: ["x", "id"], labels: "note", weights: "w")
    let whole: Table<Double> = try readTable(from: scratch.path, options: options)
    for path in [scratch.path, zipped.path] {
      let batches = try TableBatches<Double>(path, batchRows: 777, options: options)
      let count = 26
      let shuffled = Array(0..<count).shuffled(using: &random)
      let parts = try Lanes.map(count, threads: 4) { i throws(DataError) in
        (shuffled[i], try batches.batch(at: shuffled[i]))
      }
      let sorted = parts.sorted { $0.0 < $1.0 }.map(\.1)
      #expect(isSame(joined(sorted, source: scratch.path), whole))
      #expect(try batches.batchCount == count)

    }
  }

  @Test func categoriesOfAllRows() throws {
    let text = "a,b\n" + (0..<3000).map { "v\($0 * 7 % 31),\($0 % 11)\n" }.joined()
    let scratch = try ScratchFile("a.csv", Array(text.utf8))
    for options in [ReadOptions(categorical: true), ReadOptions(columns: ["b"], categorical: true)] {
      let whole: Table<Double> = try readTable(from: scratch.path, options: options)
      let batches = try TableBatches<Double>(scratch.path, batchRows: 100, options: options)
      #expect(try batches.levels() == whole.levels)
      #expect(isSame(try joined(batches), whole))
    }
    let file = try ScratchFile("a.npy")
    let numbers = Matrix(rows: 50, columns: 2, elements: (0..<100).map { Double($0 % 7) })
    try writeTable(Table(source: "t", values: numbers), to: file.path)
    let options = ReadOptions(categorical: true)
    let whole: Table<Double> = try readTable(from: file.path, options: options)
    #expect(isSame(try joined(TableBatches<Double>(file.path, batchRows: 3, options: options)), whole))
    let known = ReadOptions(levels: [["0", "2", "4", "6", "1", "3"], ["5", "0", "1", "2", "3", "4", "6"]])
    let place = CellPlace(source: file.path, position: .row(7), column: 1)
    #expect(
      throws: DataError.unknownCategory(
        at: place, text: "5",
        known: ["0", "2", "4", "6", "1", "3"], count: 6)
    ) { try joined(TableBatches<Double>(file.path, batchRows: 4, options: known)) }
  }
}
