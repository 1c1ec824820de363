// B rows, S draws for each, T steps

public import LatentEvidence
import LatentNetworks
public import LatentNumerics
import RealModule

/// How the parameters of q are refined a row at a time.
struct Refinement: Sendable {
  var steps: Int
  var learningRate = 0.05
  var draws = 8
}

extension VariationalAutoencoder {
  /// What better posteriors than the encoder's would be worth: the parameters of q(z | x), which the encoder gives for all rows by one
  /// network, are taken from there uphill on the evidence lower bound of their own row, the decoder as it is,
  ///
  ///     gap = max over q of L(q, x) − L(q(z | x), x) = KL(q(z | x) ‖ p(z | x)) − min KL(q ‖ p(z | x))
  ///
  /// by Adam, whose rate falls to 0. Both bounds are taken with the same draws, apart from those of the ascent. Parameters of q that all rows
  /// share (variances of ``AutoencoderPosterior/constantDiagonal``, and q(z₂ | z₁)) stay as they are.
  ///
  /// - Parameters:
  ///   - x: rows, such as some that were held out.
  ///   - θ: the parameters.
  ///   - steps: T.
  ///   - learningRate: of the first step.
  ///   - draws: from q for each gradient; the bounds have eight times as many.
  ///   - noise: what they come from, and binary cells where the data are probabilities.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: what `validate(_:)` throws; `.invalidParameter` without steps or draws, and for a point; `.notFinite` with the row.
  /// - Complexity: O(N·T·S) evaluations of the decoder with its derivatives.
  /// - Source: Cremer, Li & Duvenaud (2018), ICML.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func amortizationGap(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, steps: Int = 300, learningRate: Double = 0.05,
    draws: Int = 8, noise: RandomStream = RandomStream(seed: 0), threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> AmortizationGap {
    try requirePositive(steps, "number of steps")
    try requirePositive(draws, "number of draws")
    _ = try ConstantRate(learningRate)
    guard configuration.posterior != .point else {
      throw .invalidParameter(
        name: "posterior", value: "a point", requirement: "a distribution, to have a gap")
    }
    let S = 8 * draws
    let refinement = Refinement(steps: steps, learningRate: learningRate, draws: draws)
    // A block has room for the draws of the ascent.
    let size = Swift.max(1, Self.block / draws)
    let rows = try sweep(x, at: θ, blocksOf: size, threads: threads) {
      (block) throws(InferenceError) -> [(before: Double, after: Double)] in
      let best = try refined(block, x, refinement, noise)
      var both: [[Double]] = []
      for q in [nil, best] {
        let batch = begin(block, of: x, noise: noise)
        let ε = self.noise(rows: block.rows, times: S, from: noise.substream(-1), on: block.tape)
        let terms = evidence(
          of: batch, q.map { block.tape.constant($0) } ?? encode(batch), ε, draws: S,
          samplingDivergence: !configuration.hasClosedDivergence, on: block.tape)
        both.append((terms.value - terms.divergence).doubles().map { $0[0] })
      }
      return try block.rows.enumerated().map { (place, row) throws(InferenceError) in
        guard both[0][place].isFinite, both[1][place].isFinite else {
          throw .notFinite(quantity: "bound", row: x.sourceIndex(of: row))
        }
        return (both[0][place], both[1][place])
      }
    }
    let ordered = x.inSourceOrder(rows)
    return AmortizationGap(steps: steps, bounds: ordered.map(\.before), refinedBounds: ordered.map(\.after))
  }

  /// The parameters of q for the rows of a block, from the encoder's uphill.
  func refined(
    _ block: Block, _ x: Rows<Scalar>, _ how: Refinement, _ stream: RandomStream
  ) throws(InferenceError) -> Matrix<Scalar> {
    let tape = block.tape
    var q = encode(begin(block, of: x, noise: stream)).value
    var (first, second) = ([Double](repeating: 0, count: q.count), [Double](repeating: 0, count: q.count))
    let (β₁, β₂) = (0.9, 0.999)
    for t in 1...how.steps {
      let batch = begin(block, of: x, noise: stream)
      let now = tape.variable(q)
      let ε = noise(
        rows: block.rows, times: how.draws, from: stream.substream(Int.min + t), on: tape)
      let terms = evidence(
        of: batch, now, ε, draws: how.draws, samplingDivergence: !configuration.hasClosedDivergence, on: tape)
      tape.backward(from: terms.value - terms.divergence)
      let gradient = now.gradient.elements
      let rate = how.learningRate * 0.5 * (1 + Double.cos(Double.pi * Double(t - 1) / Double(how.steps)))
      let (scale₁, scale₂) = (1 / (1 - Double.pow(β₁, t)), 1 / (1 - Double.pow(β₂, t)))
      q.withUnsafeMutableElements { q in
        for i in q.indices {
          let g = Double(gradient[i])
          first[i] = β₁ * first[i] + (1 - β₁) * g
          second[i] = β₂ * second[i] + (1 - β₂) * g * g
          q[i] += Scalar(rate * scale₁ * first[i] / ((scale₂ * second[i]).squareRoot() + 1e-8))
        }
      }
    }
    return q
  }
}

/// The bounds of rows with the encoder's q and with their own.
public struct AmortizationGap: Sendable, Equatable {
  /// The steps by which each row's q was refined.
  public let steps: Int
  /// The evidence lower bound with the encoder's q, in nats, a row each.
  public let bounds: [Double]
  /// The same with the row's own q.
  public let refinedBounds: [Double]

  /// A row's own q less the encoder's: what amortisation costs, in nats, but for the noise of both bounds.
  public var gaps: [Double] { zip(refinedBounds, bounds).map { $0 - $1 } }
  /// The mean over rows, in nats.
  public var mean: Double { RowMean(gaps).value }
  /// The standard error of `mean` as an estimate for rows like these.
  public var standardError: Double { RowMean(gaps).standardError }
}
