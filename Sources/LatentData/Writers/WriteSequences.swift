import LatentFiles
public import LatentNumerics

/// Writes sequences of one length as an NPY array `[N, T, D]`, whole or not at all.
///
/// - Parameters:
///   - frames: those of all sequences one after the other, `[N·T, D]`.
///   - length: T, a divisor of the number of frames.
///   - path: the file.
/// - Throws: `.infiniteCell`; `FileError` of the file.
@specialized(where Scalar == Double)
@specialized(where Scalar == Float)
public func writeSequences<Scalar: LatentScalar>(
  _ frames: Matrix<Scalar>, length: Int, to path: String
) throws {
  precondition(length > 0 && frames.rows.isMultiple(of: length), "sequences of one length")
  try frames.refuseInfinite(source: path, columnNames: nil)
  try AtomicFile.write(to: path) { file in
    try NPYWriter(values: frames, shape: [frames.rows / length, length, frames.columns]).write {
      try file.write($0)
    }
  }
}
