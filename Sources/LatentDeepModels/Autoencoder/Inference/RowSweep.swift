// N rows

import LatentEvidence
import LatentNetworks
import LatentNumerics

extension VariationalAutoencoder {
  /// What a sweep gives its body.
  struct Block {
    let workspace: AutoencoderWorkspace<Scalar>
    /// Indices of the rows.
    let rows: ArraySlice<Int>
    /// The first cell of the first row of all.
    let table: UnsafePointer<Scalar>
    let point: ParameterPoint<Scalar>

    var tape: Tape<Scalar> { workspace.tape }
  }

  /// Calls `body` for blocks of neighbouring rows and puts together what it returns, in the order of the rows.
  ///
  /// - Parameter size: the rows of a block. What is computed for a row does not depend on it.
  func sweep<Element: Sendable>(
    _ x: Rows<Scalar>, at θ: ParameterVector<Scalar>, blocksOf size: Int, threads: Int,
    _ body: @Sendable (Block) throws(InferenceError) -> [Element]
  ) throws(InferenceError) -> [Element] {
    try validate(x)
    return try sweep(rows: x.rows, x.values, at: θ, blocksOf: size, threads: threads, body)
  }

  func sweep<Element: Sendable>(
    rows N: Int, _ values: Matrix<Scalar>, at θ: ParameterVector<Scalar>, blocksOf size: Int, threads: Int,
    _ body: @Sendable (Block) throws(InferenceError) -> [Element]
  ) throws(InferenceError) -> [Element] {
    try require(θ)
    let blocks = (N + size - 1) / size
    let lanes = Lanes.ranges(count: N, lanes: Swift.max(1, Swift.min(16, blocks)), unit: size)
    let parts = try Lanes.map(lanes.count, threads: threads) { (lane) throws(InferenceError) in
      let workspace = makeWorkspace()
      var results: [Element] = []
      for start in stride(from: lanes[lane].lowerBound, to: lanes[lane].upperBound, by: size) {
        let rows = Array(start..<Swift.min(start + size, lanes[lane].upperBound))
        try θ.withUnsafeElements { (p) throws(InferenceError) in
          try values.withUnsafeElements { (table) throws(InferenceError) in
            results += try body(
              Block(
                workspace: workspace, rows: rows[...], table: table.baseAddress!,
                point: ParameterPoint(values: p.baseAddress!)))
          }
        }
      }
      return results
    }
    return parts.flatMap { $0 }
  }

  /// The rows of a block on its tape, which begins a step.
  func begin(_ block: Block, of x: Rows<Scalar>, noise: RandomStream) -> AutoencoderBatch<Scalar> {
    block.tape.begin(at: block.point)
    return batch(block.rows, of: block.table, missing: x.missing != nil, noise: noise, on: block.tape)
  }
}

extension Variable {
  /// The elements row by row, in double precision.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func doubles() -> [[Double]] {
    let (elements, stride) = (elements, stride)
    return (0..<rows).map { i in (0..<columns).map { Double(elements[i * stride + $0]) } }
  }
}

extension Matrix {
  /// A matrix from its rows, all of this width.
  init(rows: [[Scalar]], width: Int) {
    self.init(rows: rows.count, columns: width) { target in
      var place = 0
      for row in rows {
        for value in row {
          target.initializeElement(at: place, to: value)
          place += 1
        }
      }
      precondition(place == target.count, "rows of another width")
    }
  }
}
