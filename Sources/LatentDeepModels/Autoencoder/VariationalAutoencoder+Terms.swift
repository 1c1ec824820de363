// B rows, S draws for each, D columns, L latent dimensions

import LatentEvidence
import LatentNetworks
import LatentNumerics
import RealModule

/// Rows on a tape.
struct AutoencoderBatch<Scalar: LatentScalar> {
  /// Their indices.
  let rows: ArraySlice<Int>
  /// `[B, D]`; NaN where a cell is missing.
  let data: Variable<Scalar>
  /// What the encoder sees, `[B, inputs]`.
  let input: Variable<Scalar>
  let noise: RandomStream
}

/// The terms of the bound of each row, on a tape.
struct RowTerms<Scalar: LatentScalar> {
  /// What the encoder gave.
  let q: Variable<Scalar>
  /// The reconstruction E_q[ln p(x | z)]; where the bound does not fall into terms, the bound. `[B, 1]`
  let value: Variable<Scalar>
  /// KL(q ‖ p), or its estimate by the draws. `[B, 1]`
  let divergence: Variable<Scalar>
  /// Whether `value` is the whole bound.
  let isWhole: Bool
}

extension VariationalAutoencoder {
  /// Puts rows on a tape, drawing binary cells where they are probabilities.
  func batch(
    _ rows: ArraySlice<Int>, of table: UnsafePointer<Scalar>, missing: Bool, noise: RandomStream,
    on tape: Tape<Scalar>
  ) -> AutoencoderBatch<Scalar> {
    let D = configuration.columns
    let data = tape.constant(rows: rows, of: table, columns: D)
    if configuration.binarization == .stochastic {
      drawBinary(data.elements, rows, D, noise)
    }
    var input = data
    if missing || likelihood.inputs != D {
      let width = likelihood.inputs
      input = tape.constant(rows: rows.count, columns: width) { target in
        for i in 0..<rows.count {
          likelihood.encode(data.elements + i * D, into: target.baseAddress! + i * width)
        }
      }
    }
    return AutoencoderBatch(rows: rows, data: data, input: input, noise: noise)
  }

  /// What the encoder gives, the parameters of q.
  func encode(_ input: Variable<Scalar>) -> Variable<Scalar> {
    posterior.layer(hidden.map { $0(input) } ?? input)
  }

  /// ln p(z), `[rows, 1]`.
  func logPrior(_ z: Variable<Scalar>, on tape: Tape<Scalar>) -> Variable<Scalar> {
    switch configuration.prior {
    case .standard: z.logStandardNormal(on: tape)
    }
  }

  /// The bound of each row.
  func terms(
    of batch: AutoencoderBatch<Scalar>, bound: AutoencoderBound, in w: AutoencoderWorkspace<Scalar>
  ) -> RowTerms<Scalar> {
    let (B, S, tape) = (batch.rows.count, bound.draws, w.tape)
    let q = encode(batch.input)
    let ε = tape.normal(rows: batch.rows, times: S, columns: configuration.latent, noise: batch.noise)
    func ofRows(_ draws: Variable<Scalar>) -> Variable<Scalar> { draws.reshaped(rows: B, columns: S) }
    func mean(_ draws: Variable<Scalar>) -> Variable<Scalar> {
      S == 1 ? draws : ofRows(draws).meanOfColumns()
    }
    let data = batch.data.spread(S)
    switch bound {
    case .evidence:
      let isSampled = configuration.samplesDivergence
      let draw = posterior.draw(q, ε, times: S, withDensity: isSampled)
      let reconstruction = mean(likelihood.logDensity(decoder(draw.z), of: data))
      guard isSampled, let logDensity = draw.logDensity else {
        return RowTerms(
          q: q, value: reconstruction, divergence: posterior.divergence(q), isWhole: false)
      }
      return RowTerms(
        q: q, value: reconstruction, divergence: mean(logDensity - logPrior(draw.z, on: tape)),
        isWhole: false)
    case .importance(_, let gradient):
      let draw = posterior.draw(q, ε, times: S, withDensity: true)
      var (z, logDensity) = (draw.z, draw.logDensity!)
      var scales: UnsafeMutablePointer<Scalar>?
      if gradient == .doublyReparametrized, q.needsGradient {
        // Going backwards, what reaches the draws is multiplied with numbers that are 1 now and that are set to the draws' shares
        // of the sum once these are known: the gradient by the draws is then weighted by squares.
        scales = w.ones(B * S)
        z = z * tape.constant(UnsafePointer(scales!), rows: B * S, columns: 1)
        logDensity = posterior.pathDensity(q, at: z, times: S) ?? logDensity
      }
      let divergence = logDensity - logPrior(z, on: tape)
      let logWeights = ofRows(likelihood.logDensity(decoder(z), of: data) - divergence)
      let sum = logWeights.logSumExp()
      if let scales {
        for i in 0..<B {
          for s in 0..<S {
            scales[i * S + s] = Scalar.exp(logWeights.elements[i * S + s] - sum.elements[i])
          }
        }
      }
      return RowTerms(
        q: q, value: sum - Double.log(Double(S)), divergence: mean(divergence), isWhole: true)
    }
  }
}

/// Draws every cell in (0, 1) as 1 with that probability, in place.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func drawBinary<Scalar: LatentScalar>(
  _ cells: UnsafePointer<Scalar>, _ rows: ArraySlice<Int>, _ D: Int, _ noise: RandomStream
) {
  var cell = UnsafeMutablePointer(mutating: cells)
  for row in rows {
    var stream = noise.substream(row).substream(0)
    var (word, isFresh): (UInt64, Bool) = (0, false)
    for _ in 0..<D {
      let p = cell.pointee
      // A cell takes half a word; black and white ones take nothing.
      if p > 0 && p < 1 {
        if isFresh { word >>= 32 } else { word = stream.next() }
        isFresh.toggle()
        cell.pointee = Double(UInt32(truncatingIfNeeded: word)) * 0x1p-32 < Double(p) ? 1 : 0
      }
      cell += 1
    }
  }
}
