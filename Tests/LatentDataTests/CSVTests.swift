import Foundation
import LatentData
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct CSVTests {
  private static let nan = Double.nan

  @Test(arguments: [
    ("1", [[1]]), ("1\n2\n", [[1], [2]]), ("1,2\r\n3,4\r\n", [[1, 2], [3, 4]]),
    ("1,2\r3,4", [[1, 2], [3, 4]]),
    (" 1 ,\t2 \n+3,-4e1", [[1, 2], [3, -40]]), ("1,2\n\n\n", [[1, 2]]),
    ("\n\n1,2\n \n3,4\n", [[1, 2], [3, 4]]),
    ("\u{FEFF}1,2", [[1, 2]]), ("\"1\",\" 2 \"\n\"3\" , 4", [[1, 2], [3, 4]]),
    (",1\n2,", [[nan, 1], [2, nan]]),
    ("1,NA\nNaN,?\nnan,\"\"", [[1, nan], [nan, nan], [nan, nan]]), ("1\n\n2\n\n", [[1], [nan], [2]]),
    ("1,1e-400,5e-324", [[1, 0, .leastNonzeroMagnitude]]), ("x\n1\n\n2", [[1], [nan], [2]]),
    ("1,2,\n", [[1, 2, nan]]),
    ("a\"b,\"c\nd\"\n1,2", [[1, 2]]), ("1,2\n3,4 \n \t\n", [[1, 2], [3, 4]]),
  ])
  func reads(_ text: String, _ rows: [[Double]]) throws {
    let table = try read(text)
    #expect(table.rows == rows.count)
    #expect(table.columns == rows[0].count)
    #expect(bits(table.values.elements) == bits(rows.joined()))
  }

  @Test func headerNames() throws {
    #expect(try read("a, b ,\"c,\nd\",\"e\"\"f\"\n1,2,3,4").columnNames == ["a", "b", "c,\nd", "e\"f"])
    #expect(try read("1,2\n3,4").columnNames == nil)
    #expect(try read("1,2\n3,4", ReadOptions(header: .present)).columnNames == ["1", "2"])
    #expect(try read("NA,?\n3,4").rows == 2)
    #expect(try read("1,b\n3,4").columnNames == ["1", "b"])
  }

  @Test func columnsAndLabels() throws {
    let text = "id,x,y,kind\nr1,1,2,cat\nr2,3,4,\"do\"\"g\"\n"
    let table = try read(text, ReadOptions(columns: ["y", "x"], labels: "kind"))
    #expect(table.values == Matrix([[2, 1], [4, 3]]))
    #expect(table.columnNames == ["y", "x"])
    #expect(table.labels == ["cat", "do\"g"])
    // By number, and no header, although every row holds text.
    let iris = try read("5.1,3.5,setosa\n4.9,3,virginica", ReadOptions(labels: "3"))
    #expect(iris.values == Matrix([[5.1, 3.5], [4.9, 3]]))
    #expect(iris.labels == ["setosa", "virginica"])
    #expect(try read("5.1,3.5,setosa\n4.9,3,x", ReadOptions(columns: ["2"])).values == Matrix([[3.5], [3]]))
  }

  private static func cell(_ line: Int, _ column: Int, _ name: String? = nil) -> CellPlace {
    CellPlace(source: "memory.csv", position: .line(line), column: column, columnName: name)
  }

  @Test(
    arguments: [
      ("", .empty(source: "memory.csv")), (" \n\r\n", .empty(source: "memory.csv")),
      ("\u{FEFF}", .empty(source: "memory.csv")),
      ("a,b\n", .headerOnly(source: "memory.csv")), ("a,b", .headerOnly(source: "memory.csv")),
      ("1,2\n3\n", .raggedRow(source: "memory.csv", line: 2, expected: 2, actual: 1)),
      ("1,2\n3,4,5,6", .raggedRow(source: "memory.csv", line: 2, expected: 2, actual: 4)),
      ("a,b\n\n\"1\",2\n3,4,5", .raggedRow(source: "memory.csv", line: 4, expected: 2, actual: 3)),
      ("a\"\n1,2", .raggedRow(source: "memory.csv", line: 2, expected: 1, actual: 2)),
      ("a,b\n1,x\n", .textCell(at: cell(2, 2, "b"), text: "x")),
      ("1,2\n0x1p3,4", .textCell(at: cell(2, 1), text: "0x1p3")),
      ("1\n1e\n", .textCell(at: cell(2, 1), text: "1e")), ("1\n1 2", .textCell(at: cell(2, 1), text: "1 2")),
      ("1\n1_000", .textCell(at: cell(2, 1), text: "1_000")), ("1\n.", .textCell(at: cell(2, 1), text: ".")),
      ("1\n--1", .textCell(at: cell(2, 1), text: "--1")),
      ("1\n\u{661}", .textCell(at: cell(2, 1), text: "\u{661}")),
      (
        "1\n" + String(repeating: "x", count: 99),
        .textCell(at: cell(2, 1), text: String(repeating: "x", count: 40))
      ),
      ("a,\"b\nb\"\n1,2\n3,inf", .infiniteCell(at: cell(4, 2, "b\nb"), text: "inf")),
      ("1\n-Infinity", .infiniteCell(at: cell(2, 1), text: "-Infinity")),
      ("1\n1e999", .infiniteCell(at: cell(2, 1), text: "1e999")),
      ("inf\n1", .infiniteCell(at: cell(1, 1), text: "inf")),
      ("a\n1\n\"2\n3\n", .unterminatedQuote(source: "memory.csv", line: 3)),
      ("\"a", .unterminatedQuote(source: "memory.csv", line: 1)),
      ("1,2\n\"3\"4,5", .textAfterQuote(at: cell(2, 1))), ("\"3\"4,5", .textAfterQuote(at: cell(1, 1))),
      ("NA,\n?,nan", .allMissing(source: "memory.csv")),
      ("a,b\n\"\nz\",1\n2,y", .textCell(at: cell(2, 1, "a"), text: "\nz")),
    ] as [(String, DataError)])
  func refuses(_ text: String, _ error: DataError) {
    #expect(throws: error) { try read(text) }
  }

  @Test func refusesColumns() {
    let text = "a,b,b\n1,2,3\n"
    #expect(throws: DataError.unknownColumn(source: "memory.csv", name: "z", available: ["a", "b", "b"])) {
      try read(text, ReadOptions(columns: ["z"]))
    }
    #expect(throws: DataError.unknownColumn(source: "memory.csv", name: "4", available: ["1", "2", "3"])) {
      try read("1,2,3", ReadOptions(columns: ["4"]))
    }
    #expect(throws: DataError.duplicateColumn(source: "memory.csv", name: "b")) {
      try read(text, ReadOptions(columns: ["b"]))
    }
    #expect(throws: DataError.duplicateColumn(source: "memory.csv", name: "1")) {
      try read(text, ReadOptions(columns: ["a", "1"]))
    }
    #expect(throws: DataError.invalidUTF8(at: CellPlace(source: "x.csv", position: .line(1), column: 2))) {
      try read(Array("a,".utf8) + [0xFF, 0x0A, 0x31, 0x2C, 0x32], "x.csv")
    }
  }

  @Test func overflowOfSinglePrecision() throws {
    let bytes = Array("1\n1e39".utf8)
    #expect(try read(bytes).values == Matrix([[1], [1e39]]))
    #expect(throws: DataError.infiniteCell(at: Self.cell(2, 1), text: "1e+39")) {
      try read(bytes, "memory.csv", as: Float.self)
    }
  }

  @Test func hugeCells() throws {
    let digits = String(repeating: "7", count: 2_000_000)
    #expect(try read("1\n7.\(digits)").values[1, 0] == 7.777777777777778)
    #expect(try read("1\n0.\(String(repeating: "0", count: 1_999_999))1e2000000").values[1, 0] == 1)
    #expect(throws: DataError.infiniteCell(at: Self.cell(2, 1), text: String(repeating: "7", count: 40))) {
      try read("1\n" + digits)
    }
    #expect(throws: DataError.raggedRow(source: "memory.csv", line: 2, expected: 1, actual: 2_000_000)) {
      try read("1\n" + String(repeating: ",", count: 1_999_999))
    }
    // A wide first line and many blank ones must not reserve their product.
    let wide = String(repeating: "1,", count: 1_000_000) + "1" + String(repeating: "\n", count: 1_000_000)
    #expect(
      throws: DataError.raggedRow(source: "memory.csv", line: 1_000_001, expected: 1_000_001, actual: 1)
    ) {
      try read(wide + "2")
    }
  }

  @Test func roundTripIsExact() throws {
    var random = SplitMix(state: 1)
    var values: [Double] = [
      0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
      .greatestFiniteMagnitude,
      -.greatestFiniteMagnitude, .ulpOfOne, .pi, 1e22, 1e23, .nan,
    ]
    while values.count < 10_000 {
      let value = Double(bitPattern: random.next())
      if value.isFinite { values.append(value) }
    }
    let names = ["a,b", "say \"c\"", " d ", ""]
    let table = Table(
      source: "memory.csv", values: Matrix(rows: 2500, columns: 4, elements: values), columnNames: names,
      labels: (0..<2500).map { "k\n\"\($0)," })
    let bytes = try csvBytes(of: table)
    let again = try read(bytes, "memory.csv", as: Double.self, ReadOptions(labels: "label"))
    #expect(bits(again.values.elements) == bits(values))
    #expect(again.columnNames == names)
    #expect(again.labels == table.labels)
    let single = Table(source: "memory.csv", values: table.values.converted(to: Float.self).clampedForTest)
    let singleAgain = try read(csvBytes(of: single), "memory.csv", as: Float.self)
    #expect(singleAgain.values.elements.map(\.bitPattern) == single.values.elements.map(\.bitPattern))
  }

  @Test func parallelEqualsSequential() throws {
    // Several lanes, with blank lines, missing cells and errors in any of them.
    var text = "a,b,c\n"
    for i in 0..<150_000 {
      text += "\(Double(i) / 7),\(i % 97 == 0 ? "NA" : "\(i)"),\(1e-9 * Double(i * i))\n"
      if i % 1000 == 3 { text += "\n" }
    }
    var bytes = Array(text.utf8)
    #expect(bytes.count > 4 << 20)
    let one = try read(bytes, "memory.csv", as: Double.self, ReadOptions(threads: 1))
    for threads in [2, 3] {
      let many = try read(bytes, "memory.csv", as: Double.self, ReadOptions(threads: threads))
      #expect(bits(many.values.elements) == bits(one.values.elements))
    }
    #expect(one.rows == 150_000)
    #expect(one.values[149_999, 1] == 149_999)
    // The same through the sequential path that quotes need.
    let quoted = try read(Array((text + "\"1\",2,3\n").utf8))
    #expect(bits(quoted.values[rows: 0..<150_000].elements) == bits(one.values.elements))
    let lines = bytes.count { $0 == 0x0A }
    bytes += Array("1,2,z\n1,2\n".utf8)
    for threads in [1, 2] {
      #expect(throws: DataError.textCell(at: Self.cell(lines + 1, 3, "c"), text: "z")) {
        try read(bytes, "memory.csv", as: Double.self, ReadOptions(threads: threads))
      }
    }
  }
}

extension Matrix<Float> {
  /// Infinities, from doubles out of range, replaced by zero and NaN by the canonical one.
  fileprivate var clampedForTest: Matrix<Float> {
    Matrix(rows: rows, columns: columns, elements: elements.map { $0.isNaN ? .nan : $0.isInfinite ? 0 : $0 })
  }
}
