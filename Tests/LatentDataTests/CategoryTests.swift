import LatentData
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct CategoryTests {
  private static let nan = Double.nan
  private let categories = ReadOptions(categorical: true)

  @Test func textsBecomeCodes() throws {
    let text = "size,colour,n\nbig, red ,10\nsmall,\"say \"\"hi\"\"\",9\n\nNA,\" red\",\n?,blue,1.0\nbig,,1\n"
    let table = try read(text, categories)
    #expect(table.levels == [["big", "small"], ["blue", "red", "say \"hi\""], ["1", "1.0", "9", "10"]])
    #expect(table.columnNames == ["size", "colour", "n"])
    let codes = [[0, 1, 3], [1, 2, 2], [Self.nan, 1, Self.nan], [Self.nan, 0, 1], [0, Self.nan, 0]]
    #expect(bits(table.values.elements) == bits(codes.joined()))
    // A choice of columns, labels and weights beside them.
    let chosen = try read(
      text.replacing("\n?,blue,1.0", with: "\n?,blue,1").replacing("NA,\" red\",", with: "NA,\" red\",2"),
      ReadOptions(columns: ["colour"], labels: "size", weights: "n", categorical: true))
    #expect(chosen.levels == [["blue", "red", "say \"hi\""]])
    #expect(chosen.weights == [10, 9, 2, 1, 1])
    #expect(chosen.labels == ["big", "small", "NA", "?", "big"])
    // One number that is text, and the order is that of the bytes.
    #expect(try read("h\n10\n9\nx\n", categories).levels == [["10", "9", "x"]])
    #expect(try read("10\n9\n+9\n-1", categories).levels == [["-1", "+9", "9", "10"]])
    #expect(
      try read("a\nA\nz\né\n", ReadOptions(header: .absent, categorical: true)).levels == [
        ["A", "a", "z", "é"]
      ])
    #expect(try read("h\nonly\nonly\n", categories).levels == [["only"]])
  }

  @Test func levelsDependOnNothingButTheSet() throws {
    // Several lanes, whose first appearances differ, with blank lines between.
    var random = SplitMix(state: 5)
    var rows = (0..<400_000).map { i in "k\(random.next() % 700),\(Int(random.next() % 90) - 40)" }
    let expected = (levels: (0..<700).map { "k\($0)" }.sorted(), numbers: (-40..<50).map { String($0) })
    let text = "a,b\n" + rows.joined(separator: "\n")
    #expect(text.utf8.count > 3 << 20)
    let bytes = Array(text.utf8)
    let one = try read(bytes, "m.csv", as: Double.self, ReadOptions(categorical: true, threads: 1))
    #expect(one.levels == [expected.levels, expected.numbers])
    let decoded = stride(from: 0, to: rows.count, by: 997).allSatisfy { i in
      rows[i] == "\(expected.levels[Int(one.values[i, 0])]),\(expected.numbers[Int(one.values[i, 1])])"
    }
    #expect(decoded)
    let two = try read(bytes, "m.csv", as: Double.self, ReadOptions(categorical: true, threads: 3))
    #expect(two.values == one.values)
    rows.reverse()
    let reversed = try read(
      Array(("a,b\n" + rows.joined(separator: "\n\n")).utf8), "m.csv", as: Float.self, categories)
    #expect(reversed.levels == one.levels)
    #expect(reversed.values[0, 0] == Float(one.values[399_999, 0]))
    // Against known levels, in another order.
    let known = [Array(expected.levels.reversed()), expected.numbers + ["unused"]]
    let against = try read(bytes, "m.csv", as: Double.self, ReadOptions(levels: known))
    #expect(against.levels == known)
    #expect(against.values[7, 0] == 699 - one.values[7, 0])
  }

  @Test func unknownCategories() throws {
    let known = [["a", "b"], (0..<30).map { "v\($0)" }]
    let options = ReadOptions(levels: known)
    let table = try read("x,y\nb,v29\nNA,v0\n", options)
    #expect(bits(table.values.elements) == bits([1, 29, Self.nan, 0]))
    let place = CellPlace(source: "memory.csv", position: .line(3), column: 2, columnName: "y")
    #expect(
      throws: DataError.unknownCategory(at: place, text: "w", known: (0..<10).map { "v\($0)" }, count: 30)
    ) { try read("x,y\na,v1\nb, w\n", options) }
    #expect(throws: DataError.columnCountMismatch(source: "memory.csv", expected: 2, actual: 3)) {
      try read("x,y,z\na,v1,1\n", options)
    }
    #expect(
      throws: DataError.invalidUTF8(
        at: CellPlace(source: "x.csv", position: .line(2), column: 1, columnName: "a"))
    ) {
      try read(Array("a\n".utf8) + [0xFF], "x.csv", as: Double.self, categories)
    }
  }

  @Test func identifiersAndEmptyColumns() throws {
    func text(_ levels: Int, rows: Int) -> String {
      "id,n\n" + (0..<rows).map { "r\($0 % levels),1\n" }.joined()
    }
    #expect(try read(text(1000, rows: 1000), categories).levels?[0].count == 1000)
    #expect(try read(text(1001, rows: 2002), categories).levels?[0].count == 1001)
    #expect(
      throws: DataError.tooManyLevels(source: "memory.csv", column: 1, name: "id", levels: 1001, rows: 2001)
    ) {
      try read(text(1001, rows: 2001), categories)
    }
    #expect(throws: DataError.missingColumn(source: "memory.csv", column: 2, name: "b")) {
      try read("a,b\nx,\ny,NA\n", categories)
    }
    #expect(throws: DataError.allMissing(source: "memory.csv")) { try read("a,b\n,\n?,NA\n", categories) }
  }

  @Test func numbersOfAnArray() throws {
    let file = try ScratchFile("a.npy")
    func write(_ rows: [[Double]]) throws {
      try writeTable(Table(source: "t", values: Matrix(rows)), to: file.path)
    }
    func read(_ options: ReadOptions) throws(DataError) -> Table<Float> {
      try readTable(from: file.path, options: options)
    }
    try write([[10, -1], [9, 0], [.nan, -1], [10, 5]])
    let table = try read(categories)
    #expect(table.levels == [["9", "10"], ["-1", "0", "5"]])
    #expect(table.values.elements.map { $0.isNaN ? -1 : $0 } == [1, 0, 0, 1, -1, 0, 1, 2])
    let known = try read(ReadOptions(levels: [["10", "9"], ["5", "0", "-1"]]))
    #expect(known.values[0, 0] == 0)
    let place = CellPlace(source: file.path, position: .row(4), column: 2)
    #expect(throws: DataError.unknownCategory(at: place, text: "5", known: ["0", "-1"], count: 2)) {
      try read(ReadOptions(levels: [["10", "9"], ["0", "-1"]]))
    }
    try write([[10, 1], [9, 0.5]])
    #expect(
      throws: DataError.invalidCategory(
        at: CellPlace(source: file.path, position: .row(2), column: 2), text: "0.5")
    ) { try read(categories) }
    #expect(throws: DataError.columnCountMismatch(source: file.path, expected: 1, actual: 2)) {
      try read(ReadOptions(levels: [["1"]]))
    }
    // Bytes of images are categories as they are, not divided.
    let images: Table<Double> = try LatentDataTests.read(
      [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 7, 255, 7, 0], "x.idx", as: Double.self, categories)
    #expect(images.levels == [["7"], ["0", "255"]])
    #expect(images.values == Matrix([[0, 1], [0, 0]]))
    #expect(images.imageShape == ImageShape(height: 1, width: 2))
  }

  @Test func writesItsLevels() throws {
    let text = "size,n\nbig,1\n\"a, \"\"b\"\"\",1.0\nNaN,1\n"
    let table = try read(text, categories)
    #expect(String(decoding: try csvBytes(of: table), as: UTF8.self) == text)
  }
}
