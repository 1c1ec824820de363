package import LatentEvidence
import LatentNumerics

/// The runs of a block's rows that lack the same cells, as kernels take them.
package struct MissingRuns {
  /// The number of runs.
  package var count: Int { starts.count - 1 }
  /// Where each run begins, counted within the block, and where the last one ends.
  private let starts: [Int32]
  /// The pattern of the first run; the others follow, since rows are grouped by pattern.
  private let pattern: Int
  private let missing: MissingCells?

  /// - Parameter rows: a range of the batch's rows, not empty.
  package init<Scalar>(_ rows: Range<Int>, of batch: Rows<Scalar>) {
    let runs = batch.runs(in: rows)
    pattern = runs.first?.pattern ?? 0
    starts = runs.map { Int32($0.rows.lowerBound - rows.lowerBound) } + [Int32(rows.count)]
    missing = batch.missing
  }

  /// The rows of run q, counted within the block.
  package func rows(of q: Int) -> Range<Int> { Int(starts[q])..<Int(starts[q + 1]) }

  /// The columns that run q lacks, ascending.
  package func columns(of q: Int) -> [Int] { missing?.patterns[pattern + q] ?? [] }

  /// Calls `body` with where runs start; where a run's columns start among the columns; and the columns.
  func withUnsafePointers(
    _ body: (UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> Void
  ) {
    guard let missing else { return }
    starts.withUnsafeBufferPointer { starts in
      missing.starts.withUnsafeBufferPointer { first in
        missing.columns.withUnsafeBufferPointer { columns in
          guard let columns = columns.baseAddress else { return }
          body(starts.baseAddress!, first.baseAddress! + pattern, columns)
        }
      }
    }
  }
}
