public import LatentFiles

extension CategoricalEmission: KeptEmission {
  public static var kind: String { "cmm" }

  /// The numbers of categories, and the prior where there is one.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/levels", columns.levels)
    prior?.write(to: &archive, at: "\(path)/prior")
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let columns = try CategoricalColumns(from: archive, at: path)
    var prior: CategoricalPrior?
    if archive.contains("\(path)/prior/concentration") {
      prior = try CategoricalPrior(from: archive, at: "\(path)/prior")
    }
    guard let family = try? Self(columns: columns, prior: prior) else {
      throw archive.invalidValue("\(path)/prior/concentration")
    }
    self = family
  }

  public func accepts(_ parameters: CategoricalParameters) -> Bool { parameters.columns == columns }

  public func accepts(_ statistics: CategoricalStatistics) -> Bool {
    statistics.cells.columns == columns.total
  }
}

extension VariationalCategoricalEmission: KeptEmission {
  public static var kind: String { "cmm/vb" }

  /// The numbers of categories and the prior.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/levels", columns.levels)
    prior.write(to: &archive, at: "\(path)/prior")
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    self.init(
      columns: try CategoricalColumns(from: archive, at: path),
      prior: try CategoricalPrior(from: archive, at: "\(path)/prior"))
  }

  public func accepts(_ parameters: CategoricalPosterior) -> Bool { parameters.columns == columns }

  public func accepts(_ statistics: CategoricalStatistics) -> Bool {
    statistics.cells.columns == columns.total
  }
}
