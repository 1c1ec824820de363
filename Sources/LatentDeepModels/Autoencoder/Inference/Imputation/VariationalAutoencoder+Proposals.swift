// S proposals; w̄ their weights, which add up to 1

import LatentEvidence
import LatentNetworks
import LatentNumerics
import RealModule

/// Draws of z for a row with missing cells, weighted so that they stand for p(z | x_o).
struct Proposals<Scalar: LatentScalar>: Sendable {
  let row: Int
  /// The layer next to the data, `[S, L]`.
  let latents: Matrix<Scalar>
  /// w̄.
  let weights: [Double]

  /// (Σ w)² / Σ w².
  var effectiveSize: Double { 1 / weights.reduce(0) { $0 + $1 * $1 } }
}

// Substreams of a row's stream: 0 draws its binary cells, 1 resamples proposals, 2 draws from the prior, 3 draws cells; and of the
// stream of all, negative ones: proposals.

extension VariationalAutoencoder {
  /// Proposals for every row of a block.
  func proposed(
    _ block: Block, _ x: Rows<Scalar>, count S: Int, refinements: Int, _ stream: RandomStream
  ) throws(InferenceError) -> [Proposals<Scalar>] {
    let (tape, B, L) = (block.tape, block.rows.count, configuration.latent)
    let isBlind = block.rows.map { row in
      modelledColumns.allSatisfy { block.table[row * configuration.columns + $0].isNaN }
    }
    let refined =
      refinements > 0
      ? try refined(block, x, Refinement(steps: refinements), stream) : nil
    var latents = [[Scalar]](repeating: [], count: B)
    var logWeights = [[Double]](repeating: [], count: B)
    let together = Swift.max(1, 2 * Self.block / B)
    for start in stride(from: 0, to: S, by: together) {
      let some = Swift.min(together, S - start)
      let batch = begin(block, of: x, noise: stream)
      let q = refined.map { tape.constant($0) } ?? encode(batch)
      let ε = noise(rows: block.rows, times: some, from: stream.substream(-1 - start / together), on: tape)
      let z = self.latents(q, ε, times: some, withDivergences: true, on: tape)
      let y = decode(z.first, given: batch.condition, times: some)
      let weights = likelihood.logDensity(y, of: batch.data.spread(some), on: tape) - z.divergence!
      let draws = z.first.value
      for i in 0..<B {
        for s in i * some..<(i + 1) * some {
          latents[i] += draws.row(s)
          logWeights[i].append(Double(weights.elements[s]))
        }
      }
    }
    return try block.rows.enumerated().map { (i, row) throws(InferenceError) in
      if isBlind[i] {
        tape.begin(at: block.point)
        let own = stream.substream(row).substream(2)
        let draws = priorDraws(from: (0..<S).map { own.substream($0) }, on: tape)
        return Proposals(
          row: row, latents: Matrix(rows: draws.map { $0[..<L].map { Scalar($0) } }, width: L),
          weights: [Double](repeating: 1 / Double(S), count: S))
      }
      let largest = logWeights[i].max()!
      let scaled = logWeights[i].map { Double.exp($0 - largest) }
      let sum = scaled.reduce(0, +)
      guard sum.isFinite, largest.isFinite else {
        throw .notFinite(quantity: "importance weight", row: x.sourceIndex(of: row))
      }
      return Proposals(
        row: row, latents: Matrix(rows: S, columns: L, elements: latents[i]), weights: scaled.map { $0 / sum }
      )
    }
  }

  /// What weighted proposals expect of the cells. Those of less than 10⁻¹² of all weight are left out.
  func expected(
    _ proposals: Proposals<Scalar>, _ block: Block, _ x: Rows<Scalar>
  ) throws(InferenceError) -> Imputation {
    let counted = proposals.weights.indices.filter { proposals.weights[$0] > 1e-12 }
    var moments: MixedMoments?
    for start in stride(from: 0, to: counted.count, by: 2 * Self.block) {
      let some = counted[start..<Swift.min(start + 2 * Self.block, counted.count)]
      let y = decoded(proposals, some, block)
      moments = mixed(moments, likelihood.cellMoments(y), weights: some.map { proposals.weights[$0] })
    }
    return try imputation(moments!, proposals.row, proposals.effectiveSize, x)
  }

  /// The parameters of p(x | z) for some proposals of a row.
  private func decoded(
    _ proposals: Proposals<Scalar>, _ some: some Collection<Int>, _ block: Block
  ) -> Variable<Scalar> {
    let tape = block.tape
    tape.begin(at: block.point)
    let z = tape.constant(proposals.latents.selecting(rows: some))
    let C = configuration.condition
    let condition =
      C.isEmpty
      ? nil
      : tape.constant(rows: 1, columns: C.count) { target in
        for (l, column) in C.enumerated() {
          target.initializeElement(at: l, to: block.table[proposals.row * configuration.columns + column])
        }
      }.repeatingRows(z.rows)
    return decode(z, given: condition)
  }

  /// Adds the moments of cells for some draws to those of draws before.
  func mixed(
    _ before: MixedMoments?, _ cells: (means: Matrix<Double>, variances: Matrix<Double>?), weights: [Double]
  ) -> MixedMoments {
    let width = cells.means.columns
    var moments = before ?? MixedMoments(count: width)
    cells.means.withUnsafeElements { means in
      func add(_ variances: UnsafeBufferPointer<Double>?) {
        for (s, weight) in weights.enumerated() {
          moments.add(weight, means.baseAddress! + s * width, variances.map { $0.baseAddress! + s * width })
        }
      }
      if let variances = cells.variances { variances.withUnsafeElements { add($0) } } else { add(nil) }
    }
    return moments
  }

  func imputation(
    _ moments: MixedMoments, _ row: Int, _ size: Double, _ x: Rows<Scalar>
  ) throws(InferenceError) -> Imputation {
    let (values, deviations) = likelihood.imputation(means: moments.means, variances: moments.variances)
    guard (values + deviations).allSatisfy(\.isFinite) else {
      throw .notFinite(quantity: "imputed value", row: x.sourceIndex(of: row))
    }
    return Imputation(row: row, values: values, deviations: deviations, effectiveSize: size)
  }

  /// Draws of the cells of a row: a proposal by the weights, then the cells given it.
  func resampled(
    _ proposals: Proposals<Scalar>, _ M: Int, _ block: Block, _ x: Rows<Scalar>, _ stream: RandomStream
  ) -> [[Scalar]] {
    let own = stream.substream(proposals.row)
    var chooser = own.substream(1)
    let chosen = (0..<M).map { _ in chooser.categorical(weights: proposals.weights) }
    var draws: [[Scalar]] = []
    for start in stride(from: 0, to: M, by: Self.block) {
      let some = start..<Swift.min(start + Self.block, M)
      let y = decoded(proposals, chosen[some], block)
      draws += likelihood.draw(y, from: some.map { own.substream(3).substream($0) }).rowArrays
    }
    return draws
  }
}
