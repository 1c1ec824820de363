// D dimensions, K components

import LatentEvidence
public import LatentNumerics
import RealModule

/// The densities of Bernoulli components at fixed parameters, linear in the cells of a row:
///
///     ln p(x | k) = Σⱼ xⱼ (l₁[k,j] − l₀[k,j]) + Σⱼ l₀[k,j]
///
/// with l₁ = ln μ and l₀ = ln (1 − μ), or their expectations under q(μ); both sums over observed cells.
///
/// A probability of 0 or 1 is a boundary that maximum likelihood may well reach. A cell that agrees with it contributes
/// nothing; one that contradicts it makes the density 0. Both are kept apart from the sums, exactly: contradictions are
/// counted, in whole numbers.
public struct BernoulliDensities<Scalar: LatentScalar>: EmissionDensities {
  public typealias Statistics = BernoulliStatistics

  let components: Int
  let dimensions: Int
  /// ln π[k], `[K]`.
  let logWeights: [Scalar]
  /// ln π[k] + Σⱼ l₀[k,j], `[K]`.
  let constants: [Scalar]
  /// l₁ − l₀ and l₀ side by side, `[K, 2D]`; 0 where either is at the boundary.
  let coefficients: Matrix<Scalar>
  /// What multiplies xⱼ and 1 in the number of contradictions, `[K, 2D]`, and its sum over the second, `[K]`; nil where
  /// no parameter lies on the boundary.
  let boundary: (coefficients: Matrix<Scalar>, constants: [Scalar])?
  public let parameterKL: Double
  /// The largest sum of the terms' absolute values that a component's density may add up.
  private let magnitude: Double

  public var zero: BernoulliStatistics { BernoulliStatistics(components: components, dimensions: dimensions) }

  /// - Parameters:
  ///   - logOne, logZero: l₁ and l₀, `[K, D]`; −∞ at the boundary.
  ///   - logWeights: ln π, `[K]`.
  ///   - parameterKL: KL(q(μ) ‖ p(μ)), or −ln p(μ).
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  init(logOne: Matrix<Double>, logZero: Matrix<Double>, logWeights: [Double], parameterKL: Double) {
    let (K, D) = (logOne.rows, logOne.columns)
    components = K
    dimensions = D
    self.logWeights = logWeights.map { Scalar($0) }
    self.parameterKL = parameterKL
    var constants = logWeights
    var coefficients = Matrix<Scalar>(rows: K, columns: 2 * D)
    var walls = Matrix<Scalar>(rows: K, columns: 2 * D)
    var ones = [Scalar](repeating: 0, count: K)
    var hasWalls = false
    var magnitude = 0.0
    coefficients.withUnsafeMutableElements { c in
      walls.withUnsafeMutableElements { w in
        logOne.withUnsafeElements { l1 in
          logZero.withUnsafeElements { l0 in
            for k in 0..<K {
              var size = 0.0
              for j in 0..<D {
                let (one, zero) = (l1[k * D + j], l0[k * D + j])
                let cell = k * 2 * D + j
                if one == -.infinity {
                  w[cell] = 1  // a 1 contradicts
                  hasWalls = true
                } else if zero == -.infinity {
                  w[cell] = -1  // a 0 does
                  w[cell + D] = 1
                  ones[k] += 1
                  hasWalls = true
                } else {
                  c[cell] = Scalar(one - zero)
                  c[cell + D] = Scalar(zero)
                  constants[k] += zero
                  size += (one - zero).magnitude + zero.magnitude
                }
              }
              magnitude = Swift.max(magnitude, size)
            }
          }
        }
      }
    }
    self.constants = constants.map { Scalar($0) }
    self.coefficients = coefficients
    boundary = hasWalls ? (walls, ones) : nil
    self.magnitude = magnitude
  }

  public func lane() -> BernoulliLane<Scalar> { BernoulliLane(self) }

  public var blockRows: Int {
    let fitting = (512 << 10) / (dimensions * MemoryLayout<Scalar>.stride)
    return Swift.min(Swift.max(fitting / 32 * 32, 64), Kernels.block)
  }

  /// The rounding of the densities, and of the divergence, whose terms grow with the number of rows.
  public func roundoff(weight: Double) -> Double {
    weight * (2 * Double(Scalar.ulpOfOne) * magnitude + 16 * Double.ulpOfOne * Double(dimensions))
  }
}
