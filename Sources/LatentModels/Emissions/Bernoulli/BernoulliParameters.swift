// D dimensions, K components

public import LatentDistributions
public import LatentEvidence
public import LatentFiles
public import LatentNumerics

/// θ of K Bernoulli components: how probable a 1 is in each column.
public struct BernoulliParameters: EmissionParameters {
  /// μ, `[K, D]`; from 0 to 1, the ends included.
  public var probabilities: Matrix<Double>

  public init(probabilities: Matrix<Double>) { self.probabilities = probabilities }

  public var components: Int { probabilities.rows }
  public var dimensions: Int { probabilities.columns }
}

/// q(μ[k]ⱼ) = Beta(a[k,j], b[k,j]) of K Bernoulli components.
public struct BernoulliPosterior: EmissionParameters {
  /// a, `[K, D]`: the prior's exponent and the expected number of ones.
  public var ones: Matrix<Double>
  /// b, `[K, D]`: the prior's exponent and the expected number of zeros.
  public var zeros: Matrix<Double>

  public init(ones: Matrix<Double>, zeros: Matrix<Double>) {
    precondition(ones.rows == zeros.rows && ones.columns == zeros.columns, "matrices of one shape")
    self.ones = ones
    self.zeros = zeros
  }

  public var components: Int { ones.rows }
  public var dimensions: Int { ones.columns }

  /// q(μ[k]ⱼ).
  public func distribution(component k: Int, column j: Int) -> Beta { Beta(ones[k, j], zeros[k, j]) }

  /// E[μ], `[K, D]`: under it, rows are distributed as under the posterior predictive, one row at a time.
  public var mean: BernoulliParameters {
    let cells = zip(ones.elements, zeros.elements).map { $0 / ($0 + $1) }
    return BernoulliParameters(
      probabilities: Matrix(rows: components, columns: dimensions, elements: cells))
  }
}

/// The prior Beta(a, b) of every μ[k]ⱼ.
public struct BetaPrior: Sendable, Equatable {
  /// a, the exponent of ones.
  public let ones: Double
  /// b, the exponent of zeros.
  public let zeros: Double

  /// - Throws: `.invalidParameter` for an exponent that is not positive.
  public init(ones: Double, zeros: Double) throws(InferenceError) {
    for (name, value) in [("prior's exponent of ones", ones), ("prior's exponent of zeros", zeros)] {
      guard value > 0, value.isFinite else {
        throw .invalidParameter(name: name, value: "\(value)", requirement: "greater than 0")
      }
    }
    self.ones = ones
    self.zeros = zeros
  }

  private init(_ both: Double) { (ones, zeros) = (both, both) }

  /// Beta(1, 1).
  public static let uniform = BetaPrior(1)
  /// Beta(2, 2), whose mode counts one row more of either value: Laplace's rule of succession.
  public static let laplace = BetaPrior(2)

  var distribution: Beta { Beta(ones, zeros) }
}

extension BernoulliParameters: Archivable {
  /// A tensor `probabilities` `[K, D]`.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/probabilities", probabilities)
  }

  /// Reads and checks them: from 0 to 1.
  public init(from archive: Archive, at path: String) throws(FileError) {
    probabilities = try archive.matrix("\(path)/probabilities")
    guard components > 0, dimensions > 0, probabilities.elements.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw archive.invalidValue("\(path)/probabilities")
    }
  }
}

extension BernoulliPosterior: Archivable {
  /// Tensors `ones` and `zeros`, `[K, D]`.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/ones", ones)
    archive.set("\(path)/zeros", zeros)
  }

  /// Reads and checks them: positive and finite.
  public init(from archive: Archive, at path: String) throws(FileError) {
    ones = try archive.matrix("\(path)/ones")
    zeros = try archive.matrix("\(path)/zeros", rows: ones.rows, columns: ones.columns)
    for (name, matrix) in [("ones", ones), ("zeros", zeros)] {
      guard components > 0, dimensions > 0, matrix.elements.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw archive.invalidValue("\(path)/\(name)")
      }
    }
  }
}

extension BetaPrior: Archivable {
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/ones", ones)
    archive.set("\(path)/zeros", zeros)
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let ones: Double = try archive.value("\(path)/ones")
    let zeros: Double = try archive.value("\(path)/zeros")
    guard let prior = try? BetaPrior(ones: ones, zeros: zeros) else { throw archive.invalidValue(path) }
    self = prior
  }
}
