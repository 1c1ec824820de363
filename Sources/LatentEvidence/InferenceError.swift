/// Why an inference could not go on. The data parsed; the numbers did not work out.
public enum InferenceError: Error, Sendable, Hashable, Codable {
  /// A monotone ascent went down by more than rounding allows: a defect, never hidden.
  case boundDecreased(iteration: Int, from: Double, to: Double, allowance: Double)
  /// A bound or a gradient left the finite numbers after so many minibatches of gradient ascent: its steps were too long.
  case diverged(step: Int, quantity: String)
  /// The task was cancelled in the middle of a step, whose state holds what was done: no failure, and ``Fit`` never throws it.
  case interrupted
  /// A component of a mixture lost its volume or its rows.
  case collapsed(Collapse)
  /// A quantity left the finite numbers. `row` is the observation, where one is to blame.
  case notFinite(quantity: String, row: Int?)
  /// A matrix that must be positive definite is not.
  case notPositiveDefinite(String)
  /// A model needs more rows than the data have.
  case tooFewRows(rows: Int, needed: Int)
  /// The data have another number of columns than the model.
  case wrongWidth(expected: Int, actual: Int)
  /// No row of positive weight has a value in this column.
  case columnMissing(Int)
  /// A value is neither 0 nor 1, where a model knows nothing else. Row and column from 0.
  case notBinary(row: Int, column: Int, value: Double)
  /// A value is none of a column's categories, which are the codes 0 ..< `levels`. Row and column from 0.
  case unknownCategory(row: Int, column: Int, value: Double, levels: Int)
  /// A value that a model gives no density. Row and column from 0.
  case unsuitable(row: Int, column: Int, value: Double, requirement: String)
  /// A source could not give a batch, from 0, and says why.
  case batchUnavailable(batch: Int, reason: String)
  /// No column of the data varies, so nothing sets a scale.
  case noVariation
  /// A parameter given by the caller is out of its range.
  case invalidParameter(name: String, value: String, requirement: String)

  /// The same error about an observation elsewhere.
  package func movingRow(_ place: (Int) -> Int) -> InferenceError { moving(row: place) { $0 } }

  /// The same error about a cell elsewhere.
  package func moving(row: (Int) -> Int, column: (Int) -> Int) -> InferenceError {
    switch self {
    case .notFinite(let quantity, let i): .notFinite(quantity: quantity, row: i.map(row))
    case .notBinary(let i, let j, let value): .notBinary(row: row(i), column: column(j), value: value)
    case .unknownCategory(let i, let j, let value, let levels):
      .unknownCategory(row: row(i), column: column(j), value: value, levels: levels)
    case .unsuitable(let i, let j, let value, let requirement):
      .unsuitable(row: row(i), column: column(j), value: value, requirement: requirement)
    default: self
    }
  }

  /// A component that left the family of proper densities, and why.
  public struct Collapse: Sendable, Hashable, Codable {
    /// The component, from 0, and how many there are.
    public let component: Int
    public let components: Int
    /// Its expected number of observations; its share of them where an oracle throws, which has not seen any.
    public let count: Double
    /// What it lost.
    public let cause: Cause

    public enum Cause: Sendable, Hashable, Codable {
      /// No observation belongs to it.
      case empty
      /// Its variance along this column has vanished against the data's, given the columns before it or, where these leave
      /// it some, given all others.
      case flat(column: Int, relativeVariance: Double)
    }

    public init(component: Int, components: Int, count: Double, cause: Cause) {
      self.component = component
      self.components = components
      self.count = count
      self.cause = cause
    }

    /// The same for a share of this many observations.
    func scaled(by observations: Double) -> Collapse {
      Collapse(component: component, components: components, count: count * observations, cause: cause)
    }
  }
}
