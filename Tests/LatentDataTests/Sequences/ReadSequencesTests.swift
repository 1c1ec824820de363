import Foundation
import LatentData
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct ReadSequencesTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  func file(_ name: String, _ data: Data) throws -> String {
    try data.write(to: URL(filePath: folder(name)))
    return folder(name)
  }

  func csv(_ text: String) throws -> String { try file("x.csv", Data(text.utf8)) }

  /// An NPY file of doubles, as numpy writes it.
  func npy(_ name: String, shape: [Int], _ values: [Double]) throws -> String {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(extents)), }"
    header += String(repeating: " ", count: (64 - (header.utf8.count + 11) % 64) % 64) + "\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
    data.append(contentsOf: [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)])
    data.append(Data(header.utf8))
    values.withUnsafeBytes { data.append(contentsOf: $0) }
    return try file(name, data)
  }

  @Test func text() throws {
    let path = try csv("run,t,x,u,y\nb,1,1.5,10,2\na,1,3,20,\nb,2,,30,4\nb,3,5,40,6\na,2,7,50,8\n")
    let table: SequenceTable<Double> = try readSequences(
      from: path, options: SequenceOptions(sequence: "run", controls: ["u"], truth: ["t"]))
    #expect(table.names == ["b", "a"] && table.lengths == [3, 2])
    #expect(table.columnNames == ["x", "y"] && table.controlNames == ["u"] && table.truthNames == ["t"])
    #expect(table.frames.elements.map { $0.isNaN ? -1 : $0 } == [1.5, 2, -1, 4, 5, 6, 3, -1, 7, 8])
    #expect(table.controls?.elements == [10, 30, 40, 20, 50])
    #expect(table.truth?.elements == [1, 2, 3, 1, 2])

    // Columns of frames by choice, and all rows one sequence.
    let chosen: SequenceTable<Float> = try readSequences(
      from: path, options: SequenceOptions(table: ReadOptions(columns: ["y"]), controls: ["u"]))
    #expect(chosen.lengths == [5] && chosen.names == nil && chosen.columnNames == ["y"])
    #expect(chosen.controls?.elements == [10, 20, 30, 40, 50])
  }

  @Test func arrays() throws {
    let values = (0..<24).map { Double($0) }
    let three: SequenceTable<Double> = try readSequences(from: npy("a.npy", shape: [2, 4, 3], values))
    #expect(three.lengths == [4, 4] && three.frames.columns == 3 && three.frames.elements == values)
    #expect(three.imageShape == nil)
    let two: SequenceTable<Double> = try readSequences(from: npy("b.npy", shape: [8, 3], values))
    #expect(two.lengths == [8] && two.frames.elements == values)

    // Controls from a file of their own.
    let controls = (0..<8).map { Double($0) / 2 }
    let with = try readControls(from: npy("u.npy", shape: [2, 4, 1], controls), for: three)
    #expect(with.controls?.elements == controls && with.frames == three.frames)
    #expect(throws: DataError.self) {
      try readControls(from: npy("v.npy", shape: [2, 3, 1], Array(controls.prefix(6))), for: three)
    }
    #expect(throws: DataError.self) {
      try readControls(from: npy("w.npy", shape: [4, 2, 1], controls), for: three)
    }
    #expect(throws: DataError.self) {
      try readControls(from: npy("n.npy", shape: [2, 4, 1], [.nan] + controls.dropFirst()), for: three)
    }
  }

  @Test func errors() throws {
    let path = try csv("run,x,u\na,1,2\na,2,\n")
    func error(_ options: SequenceOptions) -> DataError? {
      do throws(DataError) {
        let _: SequenceTable<Double> = try readSequences(from: path, options: options)
      } catch { return error }
      return nil
    }
    guard case .missingCell(let place)? = error(SequenceOptions(sequence: "run", controls: ["u"])) else {
      Issue.record("a missing control went through")
      return
    }
    #expect(place.columnName == "u" && place.position == .row(2) && place.column == 3)
    guard case .unknownColumn(_, "speed", _)? = error(SequenceOptions(sequence: "run", controls: ["speed"]))
    else {
      Issue.record("an unknown column went through")
      return
    }
    guard case .empty? = error(SequenceOptions(sequence: "run", controls: ["x"], truth: ["u"])) else {
      // u lacks a value: as ground truth it may; then no column is left.
      Issue.record("no column is left")
      return
    }
    let array = try npy("a.npy", shape: [2, 2, 1], [1, 2, 3, 4])
    #expect(throws: DataError.self) {
      let _: SequenceTable<Double> = try readSequences(from: array, options: SequenceOptions(sequence: "run"))
    }
    #expect(throws: DataError.unsupportedRank(source: folder("b.npy"), rank: 4)) {
      let _: SequenceTable<Double> = try readSequences(
        from: npy("b.npy", shape: [1, 2, 2, 1], [1, 2, 3, 4]))
    }
  }

  /// Columns go by their numbers in the file, whichever of them are read and whichever names the sequences.
  @Test func numbersAreTheFiles() throws {
    let path = try csv("1,10,a,5,7\n2,20,a,6,8\n3,30,b,7,9\n")
    let table: SequenceTable<Double> = try readSequences(
      from: path, options: SequenceOptions(sequence: "3", controls: ["5"], truth: ["4"]))
    #expect(table.frames.elements == [1, 10, 2, 20, 3, 30] && table.lengths == [2, 1])
    #expect(table.controls?.elements == [7, 8, 9] && table.truth?.elements == [5, 6, 7])
    #expect(table.truthNames == ["4"])
    let chosen: SequenceTable<Double> = try readSequences(
      from: path,
      options: SequenceOptions(table: ReadOptions(columns: ["4", "2"]), sequence: "3", controls: ["1"]))
    #expect(chosen.frames.elements == [5, 10, 6, 20, 7, 30] && chosen.controls?.elements == [1, 2, 3])
    // So do errors.
    let gap = try csv("1,10,a,5,7\n2,20,a,6,\n")
    for options in [
      SequenceOptions(sequence: "3", controls: ["4", "5"]),
      SequenceOptions(table: ReadOptions(columns: ["2"]), controls: ["5"]),
    ] {
      #expect(
        throws: DataError.missingCell(at: CellPlace(source: gap, position: .row(2), column: 5))
      ) { let _: SequenceTable<Double> = try readSequences(from: gap, options: options) }
    }
    #expect(throws: DataError.unknownColumn(source: path, name: "3", available: ["1", "2", "4", "5"])) {
      let _: SequenceTable<Double> = try readSequences(
        from: path, options: SequenceOptions(sequence: "3", controls: ["3"]))
    }
    // An array too.
    let array: SequenceTable<Double> = try readSequences(
      from: npy("a.npy", shape: [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
      options: SequenceOptions(table: ReadOptions(columns: ["4", "1"]), controls: ["2"]))
    #expect(array.frames.elements == [4, 1, 8, 5] && array.controls?.elements == [2, 6])
  }

  @Test func columnsOfThreeAxes() throws {
    let path = try npy("a.npy", shape: [2, 4, 3], (0..<24).map { Double($0) })
    let table: SequenceTable<Double> = try readSequences(
      from: path, options: SequenceOptions(table: ReadOptions(columns: ["3", "1"])))
    #expect(table.lengths == [4, 4])
    var expected: [Double] = []
    for row in 0..<8 { expected += [Double(3 * row + 2), Double(3 * row)] }
    #expect(table.frames.elements == expected)
    for name in ["4", "x"] {
      #expect(throws: DataError.unknownColumn(source: path, name: name, available: ["1", "2", "3"])) {
        let _: SequenceTable<Double> = try readSequences(
          from: path, options: SequenceOptions(table: ReadOptions(columns: [name])))
      }
    }
    for options in [
      SequenceOptions(controls: ["1"]), SequenceOptions(truth: ["1"]), SequenceOptions(sequence: "1"),
    ] {
      #expect(throws: DataError.unknownColumn(source: path, name: "1", available: [])) {
        let _: SequenceTable<Double> = try readSequences(from: path, options: options)
      }
    }
  }

  /// A row without the name of its sequence belongs to none.
  @Test func namesThatAreMissing() throws {
    for cell in ["", " ", "\"\""] {
      let path = try csv("x,run,u\n1,a,2\n3,\(cell),4\n")
      #expect(throws: DataError.missingCell(at: CellPlace(source: path, position: .row(2), column: 2))) {
        let _: SequenceTable<Double> = try readSequences(
          from: path, options: SequenceOptions(sequence: "run"))
      }
    }
  }

  /// Rows of sequences that lie between each other's: controls of a file of their own belong to the rows that they lie beside.
  @Test func controlsOfInterleavedSequences() throws {
    let path = try csv("run,x\nb,1\na,2\nb,3\na,4\na,5\n")
    let table: SequenceTable<Double> = try readSequences(
      from: path, options: SequenceOptions(sequence: "run"))
    #expect(table.frames.elements == [1, 3, 2, 4, 5] && table.sourceRows == [0, 2, 1, 3, 4])
    let with = try readControls(
      from: npy("u.npy", shape: [5, 1], [10, 20, 30, 40, 50]), for: table)
    #expect(with.controls?.elements == [10, 30, 20, 40, 50])
    // Where they do not, nothing is moved.
    let plain: SequenceTable<Double> = try readSequences(
      from: csv("run,x\nb,1\nb,3\na,2\n"), options: SequenceOptions(sequence: "run"))
    #expect(plain.sourceRows == nil)
    let beside = try readControls(from: npy("v.npy", shape: [3, 1], [1, 2, 3]), for: plain)
    #expect(beside.controls?.elements == [1, 2, 3])
  }
}
