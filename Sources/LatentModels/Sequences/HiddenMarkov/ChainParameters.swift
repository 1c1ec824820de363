// K states

import LatentDistributions
public import LatentFiles
public import LatentNumerics

/// The parameters of a Markov chain, or the hyperparameters of their distribution.
public struct ChainParameters: Sendable, Equatable {
  /// What the numbers are.
  public enum Kind: String, Sendable {
    /// π and A themselves: not negative, each row summing to 1.
    case probabilities
    /// Concentrations of Dirichlet distributions of π and of each row of A.
    case dirichlet
  }

  public let kind: Kind
  /// π, or its concentrations, `[K]`.
  public let initial: [Double]
  /// A, or the concentrations of its rows, `[K, K]`: from the row's state to the column's.
  public let transitions: Matrix<Double>

  init(kind: Kind, initial: [Double], transitions: Matrix<Double>) {
    self.kind = kind
    self.initial = initial
    self.transitions = transitions
  }

  /// A point: π and A, whose rows sum to 1 to a millionth, and are divided by their sums.
  public init(initial: [Double], transitions: Matrix<Double>) {
    precondition(Self.areProbabilities(initial, transitions), "rows of probabilities that sum to 1")
    self.init(kind: .probabilities, normalizing: initial, transitions)
  }

  /// The same, where other programs' rounding may have left sums of rows that are not 1: then rows are divided by them, so that
  /// paths' probabilities sum to 1.
  private init(kind: Kind, normalizing initial: [Double], _ transitions: Matrix<Double>) {
    func row(_ p: [Double]) -> [Double] {
      abs(p.reduce(0, +) - 1) <= 4 * .ulpOfOne * Double(p.count) ? p : Self.normalized(p)
    }
    self.init(
      kind: kind, initial: kind == .probabilities ? row(initial) : initial,
      transitions: kind == .probabilities
        ? Matrix((0..<initial.count).map { row(transitions.row($0)) }) : transitions)
  }

  /// Dirichlet distributions with these concentrations, all positive.
  public init(initialConcentrations: [Double], transitionConcentrations: Matrix<Double>) {
    precondition(
      Self.areConcentrations(initialConcentrations, transitionConcentrations), "positive concentrations")
    self.init(
      kind: .dirichlet, initial: initialConcentrations, transitions: transitionConcentrations)
  }

  /// K.
  public var states: Int { initial.count }

  /// π, or E[π], `[K]`.
  public var initialProbabilities: [Double] { Self.normalized(initial) }

  /// A, or E[A], `[K, K]`.
  public var transitionProbabilities: Matrix<Double> {
    Matrix((0..<states).map { Self.normalized(transitions.row($0)) })
  }

  /// ln π and ln A, or their expectations, in nats.
  var logarithms: (initial: [Double], transitions: Matrix<Double>) {
    func logarithm(_ row: [Double]) -> [Double] {
      kind == .dirichlet ? Dirichlet(row).expectedLogarithm : row.map { Double.log($0) }
    }
    return (logarithm(initial), Matrix((0..<states).map { logarithm(transitions.row($0)) }))
  }

  private static func normalized(_ row: [Double]) -> [Double] {
    let total = row.reduce(0, +)
    return row.map { $0 / total }
  }

  private static func areProbabilities(_ initial: [Double], _ transitions: Matrix<Double>) -> Bool {
    let K = initial.count
    guard K > 0, transitions.rows == K, transitions.columns == K else { return false }
    return ([initial] + (0..<K).map { transitions.row($0) }).allSatisfy {
      $0.allSatisfy { $0 >= 0 && $0 <= 1 } && abs($0.reduce(0, +) - 1) < 1e-6
    }
  }

  private static func areConcentrations(_ initial: [Double], _ transitions: Matrix<Double>) -> Bool {
    let K = initial.count
    guard K > 0, transitions.rows == K, transitions.columns == K else { return false }
    return (initial + transitions.elements).allSatisfy { $0 > 0 && $0.isFinite }
  }
}

extension ChainParameters: Archivable {
  /// Tensors `initial` `[K]` and `transitions` `[K, K]`, and a note that says what they are.
  public func write(to archive: inout Archive, at path: String) {
    archive.note("\(path)/chain", kind.rawValue)
    archive.set("\(path)/initial", initial)
    archive.set("\(path)/transitions", transitions)
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    guard let kind = archive.notes["\(path)/chain"].flatMap(Kind.init(rawValue:)) else {
      throw .corrupt(path: archive.path, .metadata(key: "\(path)/chain"))
    }
    let initial: [Double] = try archive.vector("\(path)/initial")
    let transitions: Matrix<Double> = try archive.matrix(
      "\(path)/transitions", rows: initial.count, columns: initial.count)
    let isProper =
      kind == .dirichlet
      ? Self.areConcentrations(initial, transitions) : Self.areProbabilities(initial, transitions)
    guard isProper else { throw archive.invalidValue("\(path)/transitions") }
    self.init(kind: kind, normalizing: initial, transitions)
  }
}
