import Foundation
import LatentData
import LatentNumerics
import Testing

@Suite struct TableTests {
  private static let nan = Double.nan
  private let table = Table(
    source: "t", values: Matrix([[1, 10, 5], [2, nan, 5], [3, 40, 5]]), columnNames: ["a", "b", "c"],
    labels: ["x", "y", "z"])

  @Test func columns() throws {
    let chosen = try table.selecting(columns: ["b", "1"])
    #expect(bits(chosen.values.elements) == bits([10, 1, Self.nan, 2, 40, 3]))
    #expect(chosen.columnNames == ["b", "a"])
    #expect(chosen.labels == table.labels)
    let weighted = try table.weighted(byColumn: "c")
    #expect(weighted.weights == [5, 5, 5])
    #expect(weighted.columnNames == ["a", "b"])
    #expect(try table.labelled(byColumn: "a").labels == ["1", "2", "3"])
    #expect(throws: DataError.invalidLabel(source: "t", row: 2)) { try table.labelled(byColumn: "b") }
    #expect(throws: DataError.unknownColumn(source: "t", name: "d", available: ["a", "b", "c"])) {
      try table.selecting(columns: ["d"])
    }
    #expect(table.missingCount == 1)
  }

  /// Expected values by hand: a has mean 2 and variance 2/3, b mean 25 and deviation 15.
  @Test func standardized() throws {
    let (result, means, deviations) = try table.selecting(columns: ["a", "b"]).standardized()
    #expect(means == [2, 25])
    #expect(abs(deviations[0] - (2.0 / 3).squareRoot()) < 1e-15)
    #expect(deviations[1] == 15)
    #expect(result.values[1, 1].isNaN)
    #expect(result.values[2, 1] == 1)
    #expect(throws: DataError.constantColumn(source: "t", column: 3, name: "c")) { try table.standardized() }
    let gap = Table(source: "t", values: Matrix([[1, Self.nan], [2, Self.nan]]))
    #expect(throws: DataError.missingColumn(source: "t", column: 2, name: nil)) { try gap.standardized() }
    // Neither the sums nor the squares overflow.
    let extreme = Table(source: "t", values: Matrix([[1.5e308, 1e-300], [-1.5e308, 3e-300]]))
    let values = try extreme.standardized().table.values.elements
    #expect(zip(values, [1, -1, -1, 1]).allSatisfy { abs($0 - $1) < 1e-10 })
  }

  @Test func finiteness() throws {
    #expect(try table.validated().rows == 3)
    #expect(
      throws: DataError.missingCell(
        at: CellPlace(source: "t", position: .row(2), column: 2, columnName: "b"))
    ) { try table.complete() }
    let infinite = Table(source: "t", values: Matrix([[1, 2], [3, -Double.infinity]]))
    #expect(
      throws: DataError.infiniteCell(at: CellPlace(source: "t", position: .row(2), column: 2), text: "-inf")
    ) { try infinite.validated() }
    let missing = Table(source: "t", values: Matrix([[Self.nan]]))
    #expect(throws: DataError.allMissing(source: "t")) { try missing.validated() }
    #expect(throws: DataError.empty(source: "t")) {
      try Table(source: "t", values: Matrix<Double>(rows: 0, columns: 2)).validated()
    }
  }

  @Test(arguments: ["out.csv", "out.tsv", "out.npy"])
  func writesWhatItReads(_ name: String) throws {
    let file = try ScratchFile(name)
    try writeTable(table, to: file.path)
    let labels = name.hasSuffix("npy") ? nil : "label"
    let again: Table<Double> = try readTable(from: file.path, options: ReadOptions(labels: labels))
    #expect(bits(again.values.elements) == bits(table.values.elements))
    #expect(again.labels == (labels == nil ? nil : table.labels))
    let single = Table(source: "t", values: table.values.converted(to: Float.self))
    try writeTable(single, to: file.path)
    let singleAgain: Table<Float> = try readTable(from: file.path)
    #expect(singleAgain.values[2, 1] == 40)
  }

  /// The bytes of `numpy.save` for the same array.
  @Test func npyIsWhatNumpyWrites() throws {
    let bytes = TableFiles.named("version1.npy")
    let file = try ScratchFile("out.npy")
    try writeTable(read(bytes, "a.npy"), to: file.path)
    #expect(try Array(Data(contentsOf: URL(fileURLWithPath: file.path))) == bytes)
  }

  @Test func nothingIsLeftOfAFailedWrite() throws {
    let file = try ScratchFile("out.csv", [1])
    let infinite = Table(source: "t", values: Matrix([[Double.infinity]]))
    #expect(throws: DataError.self) { try writeTable(infinite, to: file.path) }
    #expect(try Array(Data(contentsOf: URL(fileURLWithPath: file.path))) == [1])
    #expect(throws: DataError.unknownFormat(source: "out.txt")) { try writeTable(table, to: "out.txt") }
  }
}
