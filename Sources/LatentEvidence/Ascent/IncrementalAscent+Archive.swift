public import LatentFiles
import LatentNumerics

extension IncrementalAscent.State: Archivable
where Model.Parameters: Archivable, Model.Statistics: Archivable {
  /// The statistics of the batches are kept: they belong to parameters that are not.
  public func write(to archive: inout Archive, at path: String) {
    parameters.write(to: &archive, at: path)
    archive.set("\(path)/iteration", iteration)
    let rows = parts.map { [$0.reconstruction, $0.latentKL, $0.count, $0.roundoff] }
    archive.set(
      "\(path)/parts", Matrix<Double>(rows: rows.count, columns: 4, elements: rows.flatMap { $0 }))
    for i in parts.indices { tree?[i].write(to: &archive, at: "\(path)/statistics/\(i)") }
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    self.init(parameters: try Model.Parameters(from: archive, at: path))
    iteration = try archive.value("\(path)/iteration", of: Int.self)
    let rows: Matrix<Double> = try archive.matrix("\(path)/parts", columns: 4)
    guard iteration >= 0, (iteration == 0) == (rows.rows == 0), rows.elements.allSatisfy(\.isFinite) else {
      throw archive.invalidValue("\(path)/parts")
    }
    var statistics: [Model.Statistics] = []
    for i in 0..<rows.rows {
      statistics.append(try Model.Statistics(from: archive, at: "\(path)/statistics/\(i)"))
      parts.append(
        .init(
          reconstruction: rows[i, 0], latentKL: rows[i, 1], count: rows[i, 2], roundoff: rows[i, 3]))
    }
    if !statistics.isEmpty { tree = StatisticsTree(statistics) }
  }
}
