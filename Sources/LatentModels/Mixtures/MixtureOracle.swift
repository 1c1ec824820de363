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

  private let emission: Family
  let densities: Family.Densities
  /// ln π, `[K]`.
  let logWeights: [Scalar]
  public let parameterKL: Double
  /// What rounding may have done to the weights' part of `parameterKL`.
  private let parameterRoundoff: Double
  /// How many of a row's best components q(z) may hold; nil for all.
  private let kept: Int?

  /// Whether parameters are distributions. Then a row with nothing observed is left out: it says nothing about them, so ln
  /// p(x) does not depend on it, and any q(z) of its own would only loosen the bound.
  private let skipsEmptyRows: Bool

  init(
    emission: Family, densities: Family.Densities, logWeights: [Double], parameterKL: Double,
    parameterRoundoff: Double,
    skipsEmptyRows: Bool, kept: Int? = nil
  ) {
    self.kept = kept
    self.emission = emission
    self.densities = densities
    self.logWeights = logWeights.map { Scalar($0) }
    self.parameterKL = parameterKL
    self.parameterRoundoff = parameterRoundoff
    self.skipsEmptyRows = skipsEmptyRows
  }

  public var zero: Statistics { densities.zero }

  /// - Throws: `.wrongWidth`; `.notFinite` with the row whose density is not a finite number; what the family's
  ///   `validate(_:)` throws for values that it cannot have produced.
  public func accumulate(
    _ x: Rows<Scalar>, into statistics: inout Statistics
  ) throws(InferenceError) -> Bound {
    guard x.columns == emission.dimensions else {
      throw .wrongWidth(expected: emission.dimensions, actual: x.columns)
    }
    var lane = densities.lane()
    var (evidence, reconstruction) = (0.0, 0.0)
    for range in skipsEmptyRows ? x.rangesWithCells : [0..<x.rows] {
      let part = x.chunk(range)
      do throws(InferenceError) {
        let totals = try forEachBlock(of: part, in: &lane, kept: kept) { block, lane in
          lane.add(block, into: &statistics)
        }
        evidence += totals.evidence
        reconstruction += totals.reconstruction
      } catch .notFinite(let quantity, let row) {
        // A value that is none of the family's has no density.
        try emission.validate(x)
        throw .notFinite(quantity: quantity, row: row.map { $0 + range.lowerBound })
      }
      lane.finish(part, into: &statistics)
    }
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
  /// - Throws: `.notFinite` with the row whose density is not a finite number.
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

extension Rows {
  /// The rows before and after those with nothing observed, which lie side by side.
  var rangesWithCells: [Range<Int>] {
    guard missing != nil else { return [0..<rows] }
    let runs = runs(in: 0..<rows)
    guard let empty = runs.first(where: { missingColumns(of: $0.rows.lowerBound).count == columns })
    else { return [0..<rows] }
    return [0..<empty.rows.lowerBound, empty.rows.upperBound..<rows].filter { !$0.isEmpty }
  }
}
