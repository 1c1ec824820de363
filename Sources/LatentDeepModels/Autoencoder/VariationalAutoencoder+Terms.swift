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
  /// What is given, `[B, C]`.
  let condition: Variable<Scalar>?
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
  /// What the divergence averages, where there are two layers.
  let layers: LayerDivergences<Scalar>?
  /// Whether `value` is the whole bound.
  let isWhole: Bool
}

extension VariationalAutoencoder {
  /// Puts rows on a tape, drawing binary cells where they are probabilities.
  func batch(
    _ rows: ArraySlice<Int>, of table: UnsafePointer<Scalar>, missing: Bool, noise: RandomStream,
    on tape: Tape<Scalar>
  ) -> AutoencoderBatch<Scalar> {
    batch(
      rows, cells: tape.constant(rows: rows, of: table, columns: configuration.columns), missing: missing,
      noise: noise, on: tape)
  }

  /// The same of rows whose cells, all columns of them, are on the tape; they are changed.
  func batch(
    _ rows: ArraySlice<Int>, cells: Variable<Scalar>, missing: Bool, noise: RandomStream,
    on tape: Tape<Scalar>
  ) -> AutoencoderBatch<Scalar> {
    let D = likelihood.columns
    var data = cells
    var condition: Variable<Scalar>?
    if let dataColumns {
      let all = data.elements
      condition = tape.constant(rows: rows.count, columns: configuration.condition.count) {
        gather(configuration.condition, of: all, configuration.columns, into: $0, missingAsZero: true)
      }
      data = tape.constant(rows: rows.count, columns: D) {
        gather(dataColumns, of: all, configuration.columns, into: $0, missingAsZero: false)
      }
    }
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
    return AutoencoderBatch(rows: rows, data: data, input: input, condition: condition, noise: noise)
  }

  /// What the encoder sees of whole rows.
  func encoderInputs(of x: Matrix<Scalar>) -> Matrix<Scalar> {
    Matrix(rows: x.rows, columns: likelihood.inputs) { target in
      x.withUnsafeElements { cells in
        for i in 0..<x.rows {
          likelihood.encode(
            cells.baseAddress! + i * x.columns, into: target.baseAddress! + i * likelihood.inputs)
        }
      }
    }
  }

  /// What the encoder gives, the parameters of q.
  func encode(_ batch: AutoencoderBatch<Scalar>) -> Variable<Scalar> {
    encode(batch.input, given: batch.condition)
  }

  func encode(_ input: Variable<Scalar>, given condition: Variable<Scalar>? = nil) -> Variable<Scalar> {
    var h = input
    for layer in convolutions { h = layer(h).activated(by: configuration.activation) }
    if let condition { h = h.concatenated(with: condition) }
    return posterior.layer(hidden.map { $0(h) } ?? h)
  }

  /// The parameters of p(x | z) for S draws of each row.
  ///
  /// - Parameter condition: what is given of the rows, `[B, C]`.
  func decode(
    _ z: Variable<Scalar>, given condition: Variable<Scalar>? = nil, times S: Int = 1
  ) -> Variable<Scalar> {
    // As many rows as z has: beside it a single one does not serve for all.
    let given = condition.map { $0.rows == z.rows ? $0 : $0.repeatingRows(S) }
    var y = decoder(given.map { z.concatenated(with: $0) } ?? z)
    for (i, layer) in enlarging.enumerated() {
      y = layer(y)
      if i < enlarging.count - 1 { y = y.activated(by: configuration.activation) }
    }
    return cellBias.map { y + y.parameter($0) } ?? y
  }

  /// The components of p(z); nil for 𝒩(0, I).
  func priorComponents(
    on tape: Tape<Scalar>
  ) -> (logWeights: Variable<Scalar>, means: Variable<Scalar>, logVariances: Variable<Scalar>)? {
    prior.components(on: tape) { input in
      let (means, variances) = posterior.moments(encode(input))!
      return (means, variances.log())
    }
  }

  /// ln p(z) of the last layer, `[rows, 1]`.
  func logPrior(_ z: Variable<Scalar>, on tape: Tape<Scalar>) -> Variable<Scalar> {
    priorComponents(on: tape).map { PriorHead.logMixture(z, $0) } ?? z.logStandardNormal(on: tape)
  }

  /// The bound of each row.
  func terms(
    of batch: AutoencoderBatch<Scalar>, bound: AutoencoderBound, in w: AutoencoderWorkspace<Scalar>
  ) -> RowTerms<Scalar> {
    let q = encode(batch)
    let ε = noise(rows: batch.rows, times: bound.draws, from: batch.noise, on: w.tape)
    switch bound {
    case .evidence:
      return evidence(
        of: batch, q, ε, draws: bound.draws, samplingDivergence: configuration.samplesDivergence, on: w.tape)
    case .importance(_, let gradient):
      return importance(of: batch, q, ε, draws: bound.draws, gradient, in: w)
    }
  }

  /// The evidence lower bound of each row.
  ///
  /// - Parameters:
  ///   - q: the parameters of q(z | x), of the encoder or not.
  ///   - ε: standard normal numbers for its draws.
  func evidence(
    of batch: AutoencoderBatch<Scalar>, _ q: Variable<Scalar>, _ ε: Variable<Scalar>, draws S: Int,
    samplingDivergence: Bool, on tape: Tape<Scalar>
  ) -> RowTerms<Scalar> {
    func mean(_ draws: Variable<Scalar>) -> Variable<Scalar> {
      S == 1 ? draws : draws.reshaped(rows: batch.rows.count, columns: S).meanOfColumns()
    }
    let z = latents(q, ε, times: S, withDivergences: samplingDivergence, on: tape)
    let y = decode(z.first, given: batch.condition, times: S)
    let reconstruction = mean(likelihood.logDensity(y, of: batch.data.spread(S), on: tape))
    if !samplingDivergence, let divergence = posterior.divergence(q) {
      return RowTerms(q: q, value: reconstruction, divergence: divergence, layers: nil, isWhole: false)
    }
    return RowTerms(
      q: q, value: reconstruction, divergence: mean(z.divergence!), layers: z.layers, isWhole: false)
  }

  /// The importance-weighted bound of each row.
  private func importance(
    of batch: AutoencoderBatch<Scalar>, _ q: Variable<Scalar>, _ ε: Variable<Scalar>, draws S: Int,
    _ gradient: ImportanceGradient, in w: AutoencoderWorkspace<Scalar>
  ) -> RowTerms<Scalar> {
    let (B, tape) = (batch.rows.count, w.tape)
    func ofRows(_ draws: Variable<Scalar>) -> Variable<Scalar> { draws.reshaped(rows: B, columns: S) }
    let z: LatentDraws<Scalar>
    var scales: UnsafeMutablePointer<Scalar>?
    if gradient == .doublyReparametrized, q.needsGradient {
      // Going backwards, what reaches the draws is multiplied with numbers that are 1 now and that are set to the draws' shares
      // of the sum once these are known: the gradient by the draws is then weighted by squares.
      scales = w.ones(B * S)
      let draw = posterior.draw(q, ε, times: S, withDensity: true)
      let scaled = draw.z * tape.constant(UnsafePointer(scales!), rows: B * S, columns: 1)
      let density =
        posterior.pathDensity(q, at: scaled, from: ε, density: draw.logDensity!, times: S, on: tape)
        ?? draw.logDensity!
      z = LatentDraws(first: scaled, second: nil, divergence: density - logPrior(scaled, on: tape))
    } else {
      z = latents(q, ε, times: S, withDivergences: true, on: tape)
    }
    let divergence = z.divergence!
    let y = decode(z.first, given: batch.condition, times: S)
    let logWeights = ofRows(likelihood.logDensity(y, of: batch.data.spread(S), on: tape) - divergence)
    let sum = logWeights.logSumExp()
    if let scales {
      for i in 0..<B {
        for s in 0..<S {
          scales[i * S + s] = Scalar.exp(logWeights.elements[i * S + s] - sum.elements[i])
        }
      }
    }
    return RowTerms(
      q: q, value: sum - Double.log(Double(S)),
      divergence: S == 1 ? divergence : ofRows(divergence).meanOfColumns(), layers: z.layers,
      isWhole: true)
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

/// Some columns of rows of `width` numbers.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func gather<Scalar: LatentScalar>(
  _ columns: [Int], of table: UnsafePointer<Scalar>, _ width: Int,
  into target: UnsafeMutableBufferPointer<Scalar>, missingAsZero: Bool
) {
  var place = target.baseAddress!
  for i in 0..<target.count / columns.count {
    for j in columns {
      let value = table[i * width + j]
      place.initialize(to: missingAsZero && value.isNaN ? 0 : value)
      place += 1
    }
  }
}
