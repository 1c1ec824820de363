import LatentNumerics
import Testing

@Suite("Matrix")
struct MatrixTests {
  let matrix = Matrix<Double>([[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]])

  func address<Scalar>(_ matrix: Matrix<Scalar>) -> UnsafePointer<Scalar>? {
    matrix.withUnsafeElements { $0.baseAddress }
  }

  @Test func construction() {
    #expect(matrix.rows == 4 && matrix.columns == 3 && matrix.count == 12)
    #expect(matrix.elements == (1...12).map { Double($0) })
    #expect(Matrix<Float>(rows: 2, columns: 2, repeating: 3).elements == [3, 3, 3, 3])
    #expect(Matrix<Double>.identity(2) == Matrix([[1, 0], [0, 1]]))
    #expect(Matrix<Double>.diagonal([2, 3]) == Matrix([[2, 0], [0, 3]]))
    #expect(matrix.diagonal == [1, 5, 9])
    #expect(matrix[2, 1] == 8)
    #expect(matrix.row(1) == [4, 5, 6])
    #expect(matrix.column(2) == [3, 6, 9, 12])
  }

  @Test("matrices without elements", arguments: [(0, 0), (0, 3), (3, 0)])
  func empty(_ rows: Int, _ columns: Int) {
    let empty = Matrix<Double>(rows: rows, columns: columns)
    #expect(empty.elements.isEmpty)
    #expect(empty.transposed() == Matrix(rows: columns, columns: rows))
    #expect(empty.converted(to: Float.self).count == 0)
    #expect(empty == empty[rows: 0..<rows])
  }

  @Test("equality compares shapes and elements")
  func equality() {
    #expect(Matrix<Double>(rows: 2, columns: 3) != Matrix<Double>(rows: 3, columns: 2))
    #expect(Matrix([[1.0, 2]]) != Matrix([[1.0, 3]]))
    #expect(matrix[rows: 1..<2] == Matrix([[4, 5, 6]]))
    #expect(Matrix([[Double.nan]]) != Matrix([[Double.nan]]))
  }

  @Test("storage begins on a 64-byte boundary", arguments: 1...9)
  func alignment(_ columns: Int) {
    let doubles = Matrix<Double>(rows: 3, columns: columns)
    let singles = Matrix<Float>(rows: 3, columns: columns)
    #expect(UInt(bitPattern: address(doubles)) % 64 == 0)
    #expect(UInt(bitPattern: address(singles)) % 64 == 0)
    var detached = doubles[rows: 1..<3]
    detached[0, 0] = 1  // a copy starts afresh
    #expect(UInt(bitPattern: address(detached)) % 64 == 0)
  }

  @Test("copies share storage until one is written")
  func copyOnWrite() {
    let original = matrix
    var copy = original
    #expect(address(copy) == address(original))
    copy[0, 0] = -1
    #expect(address(copy) != address(original))
    #expect(original[0, 0] == 1 && copy[0, 0] == -1)

    var other = original
    other.withUnsafeMutableElements { $0[11] = -12 }
    #expect(original[3, 2] == 12 && other[3, 2] == -12)
  }

  @Test("a matrix with storage of its own is written in place")
  func inPlace() {
    var own = Matrix<Double>(rows: 2, columns: 2)
    let before = address(own)
    own[1, 1] = 5
    own.withUnsafeMutableElements { $0[0] = 4 }
    #expect(address(own) == before)
    #expect(own == Matrix([[4, 0], [0, 5]]))
  }

  @Test("row ranges share storage, and detach when written")
  func rowRanges() {
    let parent = matrix
    var slice = parent[rows: 1..<3]
    #expect(address(slice) == address(parent).map { $0 + 3 })
    #expect(slice == Matrix([[4, 5, 6], [7, 8, 9]]))
    #expect(slice[rows: 1..<2].row(0) == [7, 8, 9])
    #expect(slice.column(0) == [4, 7])
    slice[0, 0] = -4
    #expect(parent[1, 0] == 4)
    #expect(slice == Matrix([[-4, 5, 6], [7, 8, 9]]))
    #expect(parent[rows: 2..<2].count == 0)
  }

  @Test("writing the parent leaves a row range as it was")
  func parentWritten() {
    var parent = matrix
    let slice = parent[rows: 1..<3]
    parent[1, 0] = 100
    #expect(slice[0, 0] == 4)
  }

  @Test("a row range outlives its parent")
  func sliceAlone() {
    func cut() -> Matrix<Double> { Matrix<Double>([[1, 2], [3, 4], [5, 6]])[rows: 1..<3] }
    var slice = cut()
    slice[1, 1] = 60
    #expect(slice == Matrix([[3, 4], [5, 60]]))
    #expect(slice.transposed() == Matrix([[3, 5], [4, 60]]))
  }

  @Test func transposes() {
    #expect(matrix.transposed().elements == [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12])
    #expect(matrix.transposed().transposed() == matrix)
    #expect(matrix[rows: 2..<4].transposed() == Matrix([[7, 10], [8, 11], [9, 12]]))
  }

  @Test func selecting() {
    #expect(matrix.selecting(rows: [3, 0, 3]) == Matrix([[10, 11, 12], [1, 2, 3], [10, 11, 12]]))
    #expect(matrix.selecting(columns: [2, 0]) == Matrix([[3, 1], [6, 4], [9, 7], [12, 10]]))
    #expect(
      matrix[rows: 1..<4].selecting(rows: stride(from: 0, to: 3, by: 2).map { $0 }).row(1) == [10, 11, 12])
    #expect(matrix.selecting(rows: []).rows == 0)
    #expect(matrix.selecting(columns: []).columns == 0)
  }

  @Test("conversion rounds, and overflows to infinity")
  func conversion() {
    let wide = Matrix([[0.1, 1e300, -1e300, .nan]])
    let narrow = wide.converted(to: Float.self)
    #expect(narrow[0, 0] == 0.1 as Float)
    #expect(narrow[0, 1] == .infinity && narrow[0, 2] == -.infinity && narrow[0, 3].isNaN)
    #expect(matrix.converted(to: Float.self).converted(to: Double.self) == matrix)
    #expect(address(matrix.converted(to: Double.self)) == address(matrix))  // nothing to convert: shared
    #expect(matrix[rows: 1..<2].converted(to: Float.self).elements == [4, 5, 6])
  }

  @Test("an error while initialising is passed on")
  func throwing() {
    struct Failure: Error, Equatable {}
    #expect(throws: Failure()) {
      try Matrix<Double>(rows: 2, columns: 2) { _ throws(Failure) in throw Failure() }
    }
  }
}
