import LatentData
import LatentNumerics
import Testing

@Suite struct WeightTests {
  private static func cell(_ line: Int, _ column: Int, _ name: String?) -> CellPlace {
    CellPlace(source: "memory.csv", position: .line(line), column: column, columnName: name)
  }

  @Test func aColumnOfWeightsIsNoValue() throws {
    let text = "x,w,y,kind\n1,2,3,a\n4,\"0\",6,b\n7,0.1,9,c\n"
    let table = try read(text, ReadOptions(labels: "kind", weights: "w"))
    #expect(table.weights == [2, 0, 0.1])
    #expect(table.values == Matrix([[1, 3], [4, 6], [7, 9]]))
    #expect(table.columnNames == ["x", "y"])
    #expect(table.labels == ["a", "b", "c"])
    // The columns chosen need not name it, and may.
    for columns in [["y"], ["y", "w"]] {
      let chosen = try read(text, ReadOptions(columns: columns, weights: "2"))
      #expect(chosen.values == Matrix([[3], [6], [9]]))
      #expect(chosen.weights == [2, 0, 0.1])
    }
    // By number, without a header, beside text that is not used.
    let plain = try read("1,2,a\n3,4,b", ReadOptions(columns: ["1"], weights: "2"))
    #expect(plain.weights == [2, 4])
    // Weights are double whatever the values are.
    let single = try read(
      Array(text.utf8), "memory.csv", as: Float.self, ReadOptions(columns: ["x"], weights: "w"))
    #expect(single.weights == [2, 0, 0.1])
    #expect(try table.selecting(columns: ["y"]).weights == table.weights)
  }

  @Test(
    arguments: [
      ("", "", .missing), ("NA", "NA", .missing), ("-1", "-1", .negative), ("-1e-9", "-1e-9", .negative),
      ("inf", "inf", .infinite), ("1e999", "1e999", .infinite), ("-inf", "-inf", .infinite),
      ("two", "two", .notANumber),
    ] as [(String, String, WeightFault)])
  func refusesAWeight(_ weight: String, _ text: String, _ fault: WeightFault) {
    #expect(throws: DataError.invalidWeight(at: Self.cell(4, 2, "w"), text: text, fault: fault)) {
      try read("x,w\n1,1\n\n2,\(weight)\n", ReadOptions(weights: "w"))
    }
  }

  @Test func refusesWeights() throws {
    #expect(throws: DataError.zeroWeights(source: "memory.csv", column: "w")) {
      try read("x,w\n1,0\n2,-0\n", ReadOptions(weights: "w"))
    }
    #expect(throws: DataError.duplicateColumn(source: "memory.csv", name: "2")) {
      try read("x,w\n1,1\n", ReadOptions(labels: "w", weights: "2"))
    }
    #expect(throws: DataError.unknownColumn(source: "memory.csv", name: "v", available: ["x", "w"])) {
      try read("x,w\n1,1\n", ReadOptions(weights: "v"))
    }
    // Nothing but the weights is there.
    #expect(throws: DataError.allMissing(source: "memory.csv")) {
      try read("x,w\n,1\n,2\n", ReadOptions(weights: "w"))
    }
  }

  @Test func weightsOfAnArray() throws {
    let file = try ScratchFile("a.npy")
    func write(_ rows: [[Double]]) throws {
      try writeTable(Table(source: "t", values: Matrix(rows)), to: file.path)
    }
    try write([[1, 2, 3], [4, 0.5, 6]])
    let table: Table<Double> = try readTable(from: file.path, options: ReadOptions(weights: "2"))
    #expect(table.weights == [2, 0.5])
    #expect(table.values == Matrix([[1, 3], [4, 6]]))
    let chosen: Table<Double> = try readTable(
      from: file.path, options: ReadOptions(columns: ["3"], labels: "1", weights: "2"))
    #expect(chosen.values == Matrix([[3], [6]]))
    #expect(chosen.labels == ["1", "4"])
    for (weight, fault) in [(-1, .negative), (.nan, .missing)] as [(Double, WeightFault)] {
      try write([[1, 2, 3], [4, weight, 6]])
      let place = CellPlace(source: file.path, position: .row(2), column: 2)
      #expect(throws: DataError.invalidWeight(at: place, text: "\(weight)", fault: fault)) {
        let _: Table<Double> = try readTable(from: file.path, options: ReadOptions(weights: "2"))
      }
    }
    try write([[1, 0], [4, 0]])
    #expect(throws: DataError.zeroWeights(source: file.path, column: "2")) {
      let _: Table<Double> = try readTable(from: file.path, options: ReadOptions(weights: "2"))
    }
    let faithful = try DataCatalogue().load("faithful", as: Double.self).weighted(byColumn: "waiting")
    #expect(faithful.columns == 1)
    #expect(faithful.weights?.first == 79)
  }
}
