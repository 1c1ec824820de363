// D columns, M categories in all, K components

public import LatentEvidence
public import LatentFiles
public import LatentNumerics

/// θ of K categorical components: how probable each category of each column is.
public struct CategoricalParameters: EmissionParameters {
  public let columns: CategoricalColumns
  /// p, `[K, M]`; sums to 1 over each column's categories. 0 and 1 are allowed.
  public var probabilities: Matrix<Double>

  public init(columns: CategoricalColumns, probabilities: Matrix<Double>) {
    precondition(probabilities.columns == columns.total, "a probability for every category")
    self.columns = columns
    self.probabilities = probabilities
  }

  public var components: Int { probabilities.rows }
  public var dimensions: Int { columns.count }

  /// The probabilities of column j's categories under component k.
  public func probabilities(component k: Int, column j: Int) -> [Double] {
    columns.range(j).map { probabilities[k, $0] }
  }
}

/// q(p[k, j]) = Dir(α[k, j]) of K categorical components.
public struct CategoricalPosterior: EmissionParameters {
  public let columns: CategoricalColumns
  /// α, `[K, M]`: the prior's concentration and the expected number of rows of each category.
  public var concentrations: Matrix<Double>

  public init(columns: CategoricalColumns, concentrations: Matrix<Double>) {
    precondition(concentrations.columns == columns.total, "a concentration for every category")
    self.columns = columns
    self.concentrations = concentrations
  }

  public var components: Int { concentrations.rows }
  public var dimensions: Int { columns.count }

  /// E[p]: under it, rows are distributed as under the posterior predictive, one row at a time.
  public var mean: CategoricalParameters {
    var p = concentrations
    for k in 0..<components {
      for j in 0..<columns.count {
        let total = columns.range(j).reduce(0) { $0 + concentrations[k, $1] }
        for l in columns.range(j) { p[k, l] /= total }
      }
    }
    return CategoricalParameters(columns: columns, probabilities: p)
  }
}

/// The prior of every p[k, j]: a Dirichlet distribution with the same concentration for all categories of a column.
public struct CategoricalPrior: Sendable, Equatable {
  /// α₀.
  public let concentration: Double

  /// - Throws: `.invalidParameter` unless positive and finite.
  public init(concentration: Double) throws(InferenceError) {
    guard concentration > 0, concentration.isFinite else {
      throw .invalidParameter(
        name: "prior's concentration", value: "\(concentration)", requirement: "greater than 0")
    }
    self.concentration = concentration
  }

  private init(_ concentration: Double) { self.concentration = concentration }

  /// α₀ = 1.
  public static let uniform = CategoricalPrior(1)
  /// α₀ = 2, whose mode counts one row more of every category: Laplace's rule of succession.
  public static let laplace = CategoricalPrior(2)
}

extension CategoricalParameters: Archivable {
  /// Tensors `levels` `[D]`, of 64-bit integers, and `probabilities` `[K, M]`.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/levels", columns.levels)
    archive.set("\(path)/probabilities", probabilities)
  }

  /// Reads and checks them: from 0 to 1, summing to 1 over each column's categories.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let columns = try CategoricalColumns(from: archive, at: path)
    let p: Matrix<Double> = try archive.matrix("\(path)/probabilities")
    let isProper =
      p.rows > 0 && p.columns == columns.total && p.elements.allSatisfy { $0 >= 0 && $0 <= 1 }
      && (0..<p.rows).allSatisfy { k in
        (0..<columns.count).allSatisfy { j in
          abs(columns.range(j).reduce(0) { $0 + p[k, $1] } - 1) < 1e-6
        }
      }
    guard isProper else { throw archive.invalidValue("\(path)/probabilities") }
    self.init(columns: columns, probabilities: p)
  }
}

extension CategoricalPosterior: Archivable {
  /// Tensors `levels` `[D]`, of 64-bit integers, and `categories` `[K, M]`.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/levels", columns.levels)
    archive.set("\(path)/categories", concentrations)
  }

  /// Reads and checks them: positive and finite.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let columns = try CategoricalColumns(from: archive, at: path)
    let α: Matrix<Double> = try archive.matrix("\(path)/categories")
    guard α.rows > 0, α.columns == columns.total, α.elements.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw archive.invalidValue("\(path)/categories")
    }
    self.init(columns: columns, concentrations: α)
  }
}

extension CategoricalColumns {
  init(from archive: Archive, at path: String) throws(FileError) {
    let levels: [Int] = try archive.vector("\(path)/levels", of: Int.self)
    guard let columns = try? CategoricalColumns(levels: levels) else {
      throw archive.invalidValue("\(path)/levels")
    }
    self = columns
  }
}

extension CategoricalPrior: Archivable {
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/concentration", concentration)
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let concentration: Double = try archive.value("\(path)/concentration")
    guard let prior = try? CategoricalPrior(concentration: concentration) else {
      throw archive.invalidValue(path)
    }
    self = prior
  }
}
