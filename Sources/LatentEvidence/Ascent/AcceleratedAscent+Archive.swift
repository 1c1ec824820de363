public import LatentFiles
import LatentNumerics

extension AcceleratedAscent.State: Archivable where Model.Parameters: Archivable {
  public func write(to archive: inout Archive, at path: String) {
    parameters.write(to: &archive, at: path)
    archive.set("\(path)/iteration", iteration)
    archive.set("\(path)/evaluations", evaluations)
    archive.set("\(path)/bound", bound)
    extrapolation?.write(to: &archive, at: "\(path)/extrapolation")
  }

  /// The statistics are not kept: the next step makes them anew, the same bits, from the parameters.
  public init(from archive: Archive, at path: String) throws(FileError) {
    self.init(parameters: try Model.Parameters(from: archive, at: path))
    iteration = try archive.value("\(path)/iteration", of: Int.self)
    evaluations = try archive.value("\(path)/evaluations", of: Int.self)
    bound = try archive.value("\(path)/bound")
    guard iteration >= 0, evaluations >= iteration else { throw archive.invalidValue("\(path)/iteration") }
    if archive.contains("\(path)/extrapolation/memory") {
      extrapolation = try AndersonExtrapolation(from: archive, at: "\(path)/extrapolation")
      guard extrapolation?.point.count == parameters.vector.count else {
        throw archive.invalidValue("\(path)/extrapolation/point")
      }
    }
  }
}

extension AndersonExtrapolation: Archivable {
  package func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/memory", memory)
    archive.set("\(path)/successes", successes)
    archive.set("\(path)/reach", reach)
    archive.set("\(path)/point", point)
    archive.set("\(path)/residual", residual)
    archive.set("\(path)/pointDifferences", Self.matrix(pointDifferences, columns: point.count))
    archive.set("\(path)/residualDifferences", Self.matrix(residualDifferences, columns: point.count))
  }

  package init(from archive: Archive, at path: String) throws(FileError) {
    let point: [Double] = try archive.vector("\(path)/point")
    let differences: Matrix<Double> = try archive.matrix("\(path)/pointDifferences", columns: point.count)
    let residuals: Matrix<Double> = try archive.matrix(
      "\(path)/residualDifferences", rows: differences.rows, columns: point.count)
    self.init(
      memory: try archive.value("\(path)/memory", of: Int.self), point: point,
      residual: try archive.vector("\(path)/residual", count: point.count),
      pointDifferences: (0..<differences.rows).map { differences.row($0) },
      residualDifferences: (0..<residuals.rows).map { residuals.row($0) },
      successes: try archive.value("\(path)/successes", of: Int.self),
      reach: try archive.value("\(path)/reach"))
    guard memory > 0, differences.rows <= memory, reach >= 2, reach.isFinite else {
      throw archive.invalidValue("\(path)/memory")
    }
  }

  private static func matrix(_ rows: [[Double]], columns: Int) -> Matrix<Double> {
    Matrix(rows: rows.count, columns: columns, elements: rows.flatMap { $0 })
  }
}
