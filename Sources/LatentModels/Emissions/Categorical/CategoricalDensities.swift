// D columns, M categories in all, K components

import LatentEvidence
public import LatentNumerics

/// The densities of categorical components at fixed parameters: sums over the observed cells of a table of ln p, or of its
/// expectation under q(p). A category of probability 0 has −∞ there, which excludes a component as it should.
public struct CategoricalDensities<Scalar: LatentScalar>: EmissionDensities {
  public typealias Statistics = CategoricalStatistics

  let columns: CategoricalColumns
  let components: Int
  /// ln π, `[K]`.
  let logWeights: [Scalar]
  /// ln p, `[M, K]`: the components of one category side by side.
  let table: Matrix<Scalar>
  public let parameterKL: Double
  /// The largest sum of absolute values that a component's density may add up.
  private let magnitude: Double

  public var zero: CategoricalStatistics {
    CategoricalStatistics(components: components, categories: columns.total)
  }

  /// - Parameter logProbabilities: ln p or its expectation, `[K, M]`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  init(
    columns: CategoricalColumns, logProbabilities: Matrix<Double>, logWeights: [Double], parameterKL: Double
  ) {
    let (K, M) = (logProbabilities.rows, columns.total)
    self.columns = columns
    components = K
    self.logWeights = logWeights.map { Scalar($0) }
    table = Matrix(rows: M, columns: K) { table in
      logProbabilities.withUnsafeElements { log in
        for k in 0..<K {
          for l in 0..<M { table.initializeElement(at: l * K + k, to: Scalar(log[k * M + l])) }
        }
      }
    }
    self.parameterKL = parameterKL
    magnitude =
      (0..<K).map { k in
        (0..<columns.count).reduce(0.0) { sum, j in
          sum
            + columns.range(j).reduce(0) { largest, l in
              let size = logProbabilities[k, l].magnitude
              return size.isFinite ? Swift.max(largest, size) : largest
            }
        }
      }.max() ?? 0
  }

  public func lane() -> CategoricalLane<Scalar> { CategoricalLane(self) }

  public var blockRows: Int { Kernels.block }

  /// The rounding of the densities, and of the divergence, whose terms grow with the number of rows.
  public func roundoff(weight: Double) -> Double {
    weight * (2 * Double(Scalar.ulpOfOne) * magnitude + 16 * Double.ulpOfOne * Double(columns.count))
  }
}
