// D dimensions, K components, L factors

import LatentEvidence
public import LatentNumerics

/// The densities of factor analysers at fixed parameters.
public struct FactorDensities<Scalar: LatentScalar>: EmissionDensities {
  public typealias Statistics = FactorStatistics

  let components: [FactorComponent]
  let logWeights: [Double]
  /// Every component for complete rows, `[K]`.
  let complete: [FactorPattern]
  public let zero: FactorStatistics
  public let parameterKL: Double
  /// The sizes of what constants are sums of and of whitened rows, which set the size of rounding errors.
  private let magnitude: Double
  private let constants: Double
  private let whitened: Double
  /// What rounding of the parameters does, a row and in all.
  private let magnified: (row: Double, whole: Double)
  /// What rounding may have done to `parameterKL` where large terms cancel.
  private let parameterRoundoff: Double

  init(
    _ components: [FactorComponent], logWeights: [Double], zero: FactorStatistics, parameterKL: Double,
    parameterRoundoff: Double = 0, threads: Int
  ) throws(InferenceError) {
    self.components = components
    self.logWeights = logWeights
    self.zero = zero
    self.parameterKL = parameterKL
    self.parameterRoundoff = parameterRoundoff
    complete = try Lanes.map(components.count, threads: threads) { (k) throws(InferenceError) in
      try components[k].pattern(logWeight: logWeights[k])
    }
    let constants = zip(complete, logWeights).map { ($0.constant - $1).magnitude }
    magnitude = constants.reduce(0) { Swift.max($0, $1) } + Double(zero.origins.columns)
    self.constants = components.reduce(0) { Swift.max($0, $1.constantMagnitude) }
    whitened = components.reduce(0) { Swift.max($0, $1.magnitude) }
    magnified = components.map(\.magnified).reduce((row: 0.0, whole: 0.0)) {
      (Swift.max($0.row, $1.row), Swift.max($0.whole, $1.whole))
    }
  }

  /// K.
  var count: Int { components.count }
  /// D.
  var dimensions: Int { zero.origins.columns }
  /// L.
  var factors: Int { complete.first.map { $0.covariance.rows } ?? 0 }

  public var blockRows: Int {
    let fitting = (512 << 10) / ((dimensions + factors * (count + 2)) * MemoryLayout<Double>.stride)
    return Swift.min(Swift.max(fitting / 32 * 32, 64), Kernels.block)
  }

  public func lane() -> FactorLane<Scalar> { FactorLane(self) }

  /// Densities are rounded to the precision of the rows; before that, squares of whitened rows and the constants of columns
  /// cancel in double.
  public func roundoff(weight: Double) -> Double {
    let row =
      4 * Double(Scalar.ulpOfOne) * magnitude + 8 * .ulpOfOne * whitened + 2 * .ulpOfOne * constants
      + magnified.row
    return weight * row + magnified.whole + parameterRoundoff
  }

  /// Every component for rows that lack these columns.
  func patterns(missing: [Int]) throws(InferenceError) -> [FactorPattern] {
    guard !missing.isEmpty else { return complete }
    var result: [FactorPattern] = []
    result.reserveCapacity(count)
    for k in 0..<count {
      result.append(try components[k].pattern(missing: missing, logWeight: logWeights[k]))
    }
    return result
  }
}
