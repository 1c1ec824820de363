// N sequences

import LatentEvidence
import LatentNetworks
import LatentNumerics

extension DeepFilter {
  /// Calls `body` for blocks of neighbouring sequences, each with a tape of its own lane whose step has begun, and puts together what it
  /// returns, in the order of the sequences.
  func sweep<Element: Sendable>(
    _ count: Int, at θ: ParameterVector<Scalar>, blocksOf size: Int = 32, threads: Int,
    _ body: @Sendable (ArraySlice<Int>, Tape<Scalar>) throws(InferenceError) -> [Element]
  ) throws(InferenceError) -> [Element] {
    try require(θ)
    let lanes = Lanes.ranges(
      count: count, lanes: Swift.max(1, Swift.min(16, (count + size - 1) / size)), unit: size)
    let parts = try Lanes.map(lanes.count, threads: threads) { (lane) throws(InferenceError) in
      let tape = makeWorkspace().tape
      var results: [Element] = []
      for start in stride(from: lanes[lane].lowerBound, to: lanes[lane].upperBound, by: size) {
        let sequences = Array(start..<Swift.min(start + size, lanes[lane].upperBound))
        try θ.withUnsafeElements { (p) throws(InferenceError) in
          tape.begin(at: ParameterPoint(values: p.baseAddress!))
          results += try body(sequences[...], tape)
        }
      }
      return results
    }
    return parts.flatMap { $0 }
  }
}

extension Variable {
  /// Rows t B + b of `count` frames of one sequence.
  func frames(of b: Int, among B: Int, count: Int) -> Matrix<Scalar> {
    let (elements, stride, columns) = (elements, stride, columns)
    return Matrix(rows: count, columns: columns) { target in
      var place = target.baseAddress!
      for t in 0..<count {
        place.initialize(from: elements + (t * B + b) * stride, count: columns)
        place += columns
      }
    }
  }
}

extension Matrix {
  /// Matrices of one width below each other.
  init(below parts: [Matrix<Scalar>], columns: Int) {
    self.init(rows: parts.reduce(0) { $0 + $1.rows }, columns: columns) { target in
      guard var place = target.baseAddress else { return }
      for part in parts {
        part.withUnsafeElements { source in
          if let from = source.baseAddress { place.initialize(from: from, count: source.count) }
        }
        place += part.count
      }
    }
  }
}
