// K components

public import LatentEvidence
import LatentNumerics

/// The exact posterior over the components at fixed parameters, the E-step:
///
///     r[n,k] ∝ π[k] p(x[n] | θ[k]),   Σₖ r[n,k] = 1
///
/// Bounds are exact up to rounding: a responsibility that could not change a row's density in the last place is
/// taken as 0 (`Kernels.margin`).
///
/// Where the mixture keeps L components a row, q(z) is the best one among those that hold L: the exact posterior restricted to
/// the row's L largest joint densities, whose bound is the logarithm of their sum.
///
/// - Source: Bishop (2006), §9.3.
public struct MixtureOracle<Family: Emission>: Oracle {
  public typealias Scalar = Family.Scalar
  public typealias Observations = Rows<Family.Scalar>
  public typealias Statistics = Family.Statistics

  let densities: Family.Densities
  /// ln π, `[K]`.
  let logWeights: [Scalar]
  public let parameterKL: Double
  /// What rounding may have done to the weights' part of `parameterKL`.
  private let parameterRoundoff: Double
  /// How many of a row's best components q(z) may hold; nil for all.
  private let kept: Int?

  init(
    densities: Family.Densities, logWeights: [Double], parameterKL: Double, parameterRoundoff: Double,
    kept: Int? = nil
  ) {
    self.kept = kept
    self.densities = densities
    self.logWeights = logWeights.map { Scalar($0) }
    self.parameterKL = parameterKL
    self.parameterRoundoff = parameterRoundoff
  }

  public var zero: Statistics { densities.zero }

  public func accumulate(
    _ x: Rows<Scalar>, into statistics: inout Statistics
  ) throws(InferenceError) -> Bound {
    var lane = densities.lane()
    let (evidence, reconstruction) = try forEachBlock(of: x, in: &lane, kept: kept) { block, lane in
      lane.add(block, into: &statistics)
    }
    lane.finish(x, into: &statistics)
    let latentKL = reconstruction - evidence
    let weight = x.totalWeight
    return Bound(
      reconstruction: reconstruction, latentKL: latentKL, count: weight,
      roundoff: 4 * Double(Scalar.ulpOfOne) * (abs(reconstruction) + abs(latentKL))
        + densities.roundoff(of: x) + parameterRoundoff)
  }

  /// Computes the responsibilities block by block.
  ///
  /// - Returns: Σ w ln p(x) and Σ w r ln p(x | k) over all rows, in nats.
  /// - Throws: `.wrongWidth`; `.notFinite` with the row whose density is not a finite number.
  func forEachBlock(
    of x: Rows<Scalar>, in lane: inout Family.Densities.Lane, kept: Int? = nil,
    _ body: (RowBlock<Scalar>, inout Family.Densities.Lane) -> Void
  ) throws(InferenceError) -> (evidence: Double, reconstruction: Double) {
    let B = densities.blockRows
    let memory = BlockMemory(logWeights: logWeights, blockRows: B, kept: kept)
    defer { withExtendedLifetime(memory) {} }
    var totals = (evidence: 0.0, reconstruction: 0.0)
    var failedRow: Int?
    x.values.withUnsafeElements { elements in
      for start in stride(from: 0, to: x.rows, by: B) {
        let block = memory.block(
          start..<Swift.min(start + B, x.rows), of: x, values: elements.baseAddress! + start * x.columns)
        lane.logJoint(of: block)
        let part = memory.takeResponsibilities(of: block)
        guard part.evidence.isFinite, part.reconstruction.isFinite else {
          failedRow = memory.failedRow(of: block)
          return
        }
        totals.evidence += part.evidence
        totals.reconstruction += part.reconstruction
        body(block, &lane)
      }
    }
    if let failedRow { throw .notFinite(quantity: "density", row: failedRow) }
    return totals
  }
}
