// N sequences, S draws for each

public import LatentEvidence
import LatentNetworks
public import LatentNumerics
import RealModule

/// What importance sampling says of sequences.
public struct FilterImportance: Sendable, Equatable {
  /// ln 1/S Σ p(x, w[s]) / q(w[s] | x) of each sequence, in nats.
  public let logLikelihoods: [Double]
  /// (Σ ω)² / Σ ω² of each: how many draws from p(w | x) the S draws are worth.
  public let effectiveSampleSizes: [Double]
  /// S.
  public let draws: Int
}

extension DeepFilter {
  /// ln p(x) of every sequence by importance sampling with paths from q,
  ///
  ///     ln 1/S Σ p(x, w[s]) / q(w[s] | x),   w[s] ~ q(w | x),
  ///
  /// a lower bound in expectation, above the evidence lower bound, that nears ln p(x) as S grows. Weights of the transition are at their mean.
  ///
  /// - Parameters:
  ///   - x: the sequences.
  ///   - θ: the parameters.
  ///   - S: the number of draws.
  ///   - noise: what draws come from: draw s from its substream s.
  ///   - threads: their number; the result does not depend on it.
  /// - Throws: what `validate(_:)` throws; `.invalidParameter` without draws; `.notFinite` with the sequence.
  /// - Source: Burda, Grosse & Salakhutdinov (2016); Kong (1992).
  public func importanceLogLikelihood(
    of x: SequenceBatch<Scalar>, at θ: ParameterVector<Scalar>, draws S: Int, noise: RandomStream,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> FilterImportance {
    try validate(x)
    guard S >= 1 else {
      throw .invalidParameter(name: "number of draws", value: "\(S)", requirement: "at least 1")
    }
    var weights = [[Double]](repeating: [], count: x.count)
    for s in 0..<S {
      let drawn = try logWeights(of: x, at: θ, noise: noise.substream(s), threads: threads)
      for n in 0..<x.count { weights[n].append(drawn[n]) }
    }
    var (values, sizes): ([Double], [Double]) = ([], [])
    for own in weights {
      let largest = own.max() ?? 0
      let scaled = own.map { Double.exp($0 - largest) }
      let (sum, squares) = (scaled.reduce(0, +), scaled.reduce(0) { $0 + $1 * $1 })
      values.append(largest + Double.log(sum / Double(S)))
      sizes.append(sum * sum / squares)
    }
    return FilterImportance(logLikelihoods: values, effectiveSampleSizes: sizes, draws: S)
  }

  /// ln p(x, w) − ln q(w | x) of each sequence, of one path.
  private func logWeights(
    of x: SequenceBatch<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream, threads: Int
  ) throws(InferenceError) -> [Double] {
    try sweep(x.count, at: θ, threads: threads) {
      (sequences, tape) throws(InferenceError) -> [Double] in
      let B = sequences.count
      let batch = batch(sequences, of: x, masking: 0, noise: noise, on: tape)
      let path = path(of: batch, weightNoise: nil, withRatios: true, on: tape)
      let values = likelihood.logDensity(decoder(path.all), of: batch.data, on: tape)
      let ratios = tape.concatenate(rows: path.logRatios)
      let sums = [values.value, ratios.value]
      return try sequences.enumerated().map { (b, n) throws(InferenceError) in
        var total = 0.0
        for column in sums {
          for row in stride(from: b, to: column.rows, by: B) { total += Double(column[row, 0]) }
        }
        guard total.isFinite else { throw .notFinite(quantity: "bound", row: n) }
        return total
      }
    }
  }
}
