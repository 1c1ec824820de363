import LatentData
import LatentNumerics
import Testing

@Suite struct ColumnMomentsTests {
  private static let nan = Double.nan

  private func moments(_ tables: [Table<Double>]) throws -> (means: [Double], deviations: [Double]) {
    var moments = ColumnMoments(columns: tables[0].columns)
    for table in tables { moments.add(table) }
    let found = try moments.standardization(source: "t", columnNames: nil)
    return (found.means, found.standardDeviations)
  }

  /// A row of weight w is w rows, one of weight 0 none, whatever it holds.
  @Test func weightsAreRepetitions() throws {
    let rows: [[Double]] = [[1, 5], [4, Self.nan], [-2, 8], [1e9, -1e9], [3, 3]]
    let weights = [2, 1, 3, 0, 1]
    let weighted = Table(source: "t", values: Matrix(rows), weights: weights.map(Double.init))
    let repeated = Table(
      source: "t", values: Matrix(zip(rows, weights).flatMap { Array(repeating: $0, count: $1) }))
    let (a, b) = (try moments([weighted]), try moments([repeated]))
    // By hand: 1, 1, 4, −2, −2, −2, 3 and 5, 5, 8, 8, 8, 3.
    #expect(abs(a.means[0] - 3.0 / 7) < 1e-15)
    #expect(abs(a.deviations[0] - (39.0 / 7 - 9.0 / 49).squareRoot()) < 1e-14)
    #expect(abs(a.means[1] - 37.0 / 6) < 1e-14)
    for j in 0..<2 {
      #expect(abs(a.means[j] - b.means[j]) < 1e-14)
      #expect(abs(a.deviations[j] - b.deviations[j]) < 1e-14)
    }
    #expect(try weighted.standardized().means == a.means)
  }

  /// Neither sums nor squares overflow or vanish, in whatever order magnitudes come; parts add up to the whole, bit for bit.
  @Test func magnitudesOfAnySize() throws {
    let (tiny, least) = (Double.leastNormalMagnitude / 4, 8 * Double.leastNonzeroMagnitude)
    let values: [[Double]] = [
      [1e-300, 1, 0, least], [-1.5e308, 2, 0, 0], [1.5e308, 3, tiny, 0], [0, 6, 0, 0],
    ]
    let whole = Table(source: "t", values: Matrix(values))
    let (means, deviations) = try moments([whole])
    #expect(abs(means[0]) < 1e295)
    #expect(abs(deviations[0] / 1.5e308 - 0.5.squareRoot()) < 1e-12)
    #expect(means[1] == 3 && abs(deviations[1] - 3.5.squareRoot()) < 1e-15)
    #expect(abs(deviations[2] / tiny - 0.1875.squareRoot()) < 1e-12)
    #expect(deviations[3] > 0)
    let parts = try moments(values.map { Table(source: "t", values: Matrix([$0])) })
    #expect(parts.means == means && parts.deviations == deviations)
  }

  @Test func columnsWithoutAScale() throws {
    let constant = Table(
      source: "t", values: Matrix([[0.1, 1], [0.1, 2], [0.1, Self.nan]]), columnNames: ["a", "b"])
    #expect(throws: DataError.constantColumn(source: "t", column: 1, name: "a")) {
      try constant.standardized()
    }
    // What varies or is there in rows of weight 0 alone does not count.
    let zero = Table(source: "t", values: Matrix([[1, 1], [1, 2], [2, 3]]), weights: [1, 1, 0])
    #expect(throws: DataError.constantColumn(source: "t", column: 1, name: nil)) { try zero.standardized() }
    let gap = Table(
      source: "t", values: Matrix([[1, Self.nan], [2, Self.nan], [2, 3]]), weights: [1, 1, 0])
    #expect(throws: DataError.missingColumn(source: "t", column: 2, name: nil)) { try gap.standardized() }
  }

  @Test func weightsThatCannotBeAdded() throws {
    for (weight, total) in [("1e300", 2e300), ("1e308", Double.infinity), ("1e-300", 2e-300)] {
      let found = #expect(throws: DataError.self) {
        try read("x,w\n1,\(weight)\n2,\(weight)\n", ReadOptions(weights: "w"))
      }
      guard case .extremeWeights("memory.csv", "w", let sum)? = found else {
        Issue.record("\(String(describing: found))")
        continue
      }
      #expect(sum == total || abs(sum / total - 1) < 1e-3)
    }
  }

  /// A column without levels among those that have some holds numbers.
  @Test func numbersBesideCategories() throws {
    let table = Table(
      source: "t", values: Matrix([[1, 0.5], [0, 1]]), columnNames: ["c", "n"], levels: [["x", "y"], []])
    #expect(String(decoding: try csvBytes(of: table), as: UTF8.self) == "c,n\ny,0.5\nx,1\n")
  }
}
