import LatentData
import LatentNumerics
import Testing

/// Files that numpy and pandas wrote, read bit for bit. Source: Tests/Reference/table_files.py.
@Suite struct ReferenceFileTests {
  @Test(arguments: TableFiles.shared.files)
  func readsWhatNumpyAndPandasWrote(_ file: TableFiles.File) throws {
    let options = ReadOptions(labels: file.labels == nil ? nil : "species", array: file.array)
    let table = try read(Array(file.data), file.name, as: Double.self, options)
    #expect(table.rows == file.rows)
    #expect(table.columns == file.columns)
    #expect(bits(table.values.elements) == file.values.map { $0.flatMap { UInt64($0, radix: 16) } })
    #expect(table.imageShape == file.imageShape.map { ImageShape(height: $0[0], width: $0[1]) })
    #expect(table.columnNames == file.names)
    #expect(table.labels == file.labels)
    #expect(table.missingCount == file.values.count { $0 == nil })
  }

  @Test(
    arguments: TableFiles.shared.files.filter {
      !$0.name.contains("f8") && !$0.name.contains(".csv") && !$0.name.contains(".tsv")
    })
  func singlePrecisionIsTheRoundedDouble(_ file: TableFiles.File) throws {
    let options = ReadOptions(array: file.array)
    let double = try read(Array(file.data), file.name, as: Double.self, options)
    let single = try read(Array(file.data), file.name, as: Float.self, options)
    #expect(
      bits(single.values.elements.map(Double.init)) == bits(double.values.elements.map { Double(Float($0)) }))
  }

  @Test func numbersAreCorrectlyRounded() throws {
    let numbers = TableFiles.shared.numbers
    let table = try read(numbers.map { $0[0] }.joined(separator: "\n"))
    try #require(table.rows == numbers.count)
    for (number, value) in zip(numbers, table.values.elements)
    where UInt64(number[1], radix: 16) != value.bitPattern {
      Issue.record("\(number[0]) gave \(value)")
    }
  }

  @Test func severalArraysAreListed() {
    #expect(throws: DataError.severalArrays(source: "stored-two.npz", names: ["first", "second"])) {
      try read(TableFiles.named("stored-two.npz"), "stored-two.npz")
    }
    #expect(
      throws: DataError.unknownArray(source: "a.npz", name: "third", available: ["first", "second"])
    ) {
      try read(TableFiles.named("deflated-two.npz"), "a.npz", as: Double.self, ReadOptions(array: "third"))
    }
  }

  @Test func anArrayIsNamedAfterThePath() throws {
    let file = try ScratchFile("arrays.npz", TableFiles.named("stored-two.npz"))
    let table: Table<Double> = try readTable(from: "\(file.path):second")
    #expect(table.columns == 2)
  }

  @Test func labelsFromIDX() throws {
    let file = try ScratchFile("labels-idx1-ubyte", TableFiles.named("labels-idx1-ubyte"))
    #expect(try readLabels(from: file.path) == ["5", "0", "4", "1", "9"])
    let text = try ScratchFile("labels.csv", Array("a\nb\na\n".utf8))
    #expect(try readLabels(from: text.path, options: ReadOptions(header: .absent)) == ["a", "b", "a"])
  }

  @Test func theFirstBytesTellTheFormatWithoutAnEnding() throws {
    for name in [
      "cube.npy", "stored.npz", "images-idx3-ubyte.gz", "images.npy.gz", "plain.csv.gz", "tabs.tsv",
    ] {
      let table = try read(TableFiles.named(name), "data")
      #expect(table.rows > 0, "\(name)")
    }
  }
}
