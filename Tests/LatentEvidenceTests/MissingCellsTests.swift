import LatentEvidence
import LatentNumerics
import Testing

/// Rows grouped by what they lack.
@Suite struct MissingCellsTests {
  @Test(arguments: [3, 64, 65, 130]) func patternsAndOrder(columns D: Int) throws {
    var stream = RandomStream(seed: 4)
    var x = Matrix<Double>(rows: 200, columns: D)
    for n in 0..<200 {
      for j in 0..<D { x[n, j] = Double(n * D + j) }
      // Few patterns, at the ends of words as well.
      if n % 3 != 0 { for j in [0, 1, D - 1] where stream.uniform() < 0.5 { x[n, j] = .nan } }
    }
    let cells = try #require(MissingCells(of: x))
    func lacking(_ n: Int) -> [Int] { (0..<D).filter { x[n, $0].isNaN } }
    #expect(cells.patterns == Set((0..<200).map(lacking)).sorted { $0.lexicographicallyPrecedes($1) })
    #expect(cells.order.sorted() == Array(0..<200))
    for (i, n) in cells.order.enumerated() {
      #expect(cells.patterns[Int(cells.patternOfRow[i])] == lacking(n))
      guard i > 0 else { continue }
      let (before, after) = (cells.patternOfRow[i - 1], cells.patternOfRow[i])
      #expect(before < after || (before == after && cells.order[i - 1] < n))
    }
    let rows = Rows(x)
    #expect(rows.isWhole && !rows.chunk(3..<50).isWhole)
    let back = rows.inSourceOrder(rows.values)
    #expect(zip(back.elements, x.elements).allSatisfy { $0.bitPattern == $1.bitPattern })
    for range in [0..<200, 3..<150] {
      let chunk = rows.chunk(range)
      let runs = chunk.runs(in: 0..<range.count)
      #expect(runs.flatMap { Array($0.rows) } == Array(0..<range.count))
      for run in runs { for i in run.rows { #expect(chunk.pattern(of: i) == run.pattern) } }
      #expect(chunk.hasMissingCells(in: 0..<range.count))
    }
    #expect(!rows.hasMissingCells(in: 0..<66))
  }

  @Test func completeTables() {
    #expect(MissingCells(of: Matrix<Float>(rows: 4, columns: 3)) == nil)
    #expect(MissingCells(of: Matrix<Float>(rows: 0, columns: 3)) == nil)
    let rows = Rows(Matrix<Float>(rows: 4, columns: 3), weights: [1, 0, 2, 0.5])
    #expect(!rows.hasMissingCells(in: 0..<4) && rows.isWhole)
    #expect(rows.countedRows == 3 && rows.totalWeight == 3.5)
  }
}
