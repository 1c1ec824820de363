// N rows, S draws for each

public import LatentEvidence
import LatentNetworks
public import LatentNumerics
import RealModule

extension VariationalAutoencoder {
  /// The bound of every row, in nats, in the order of the source; weights of rows do not matter.
  ///
  /// With the same noise it adds up to the bound that gradient ascent reports for these parameters.
  ///
  /// - Parameters:
  ///   - x: the rows.
  ///   - θ: the parameters.
  ///   - noise: what q's draws come from, and binary cells where the data are probabilities.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: what `validate(_:)` throws; `.notFinite` with the row.
  public func bounds(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream = RandomStream(seed: 0),
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Double] {
    x.inSourceOrder(try rowBounds(of: x, at: θ, noise: noise, threads: threads)).map {
      $0.reconstruction - $0.divergence
    }
  }

  /// The terms of the bound of every row, in the order of `x`.
  func rowBounds(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream, threads: Int
  ) throws(InferenceError) -> [RowBound] {
    let S = configuration.bound.draws
    let size = Swift.max(1, Self.block / S)
    return try sweep(x, at: θ, blocksOf: size, threads: threads) {
      (block) throws(InferenceError) -> [RowBound] in
      let terms = terms(
        of: begin(block, of: x, noise: noise), bound: configuration.bound, in: block.workspace)
      let (values, divergences) = (terms.value.doubles(), terms.divergence.doubles())
      let layers = terms.layers.map { [$0.first.doubles(), $0.second.doubles()] } ?? []
      return try block.rows.enumerated().map { (place, row) throws(InferenceError) in
        let (value, divergence) = (values[place][0], divergences[place][0])
        guard value.isFinite, divergence.isFinite else {
          throw .notFinite(quantity: "bound", row: x.sourceIndex(of: row))
        }
        return RowBound(
          reconstruction: terms.isWhole ? value + divergence : value, divergence: divergence,
          layers: layers.map { layer in
            layer[place * S..<(place + 1) * S].reduce(0) { $0 + $1[0] } / Double(S)
          })
      }
    }
  }

  /// ln p(x) of every row by importance sampling: the importance-weighted bound with many draws,
  ///
  ///     ln 1/S Σ p(x, z[s]) / q(z[s] | x),   z[s] ~ q(z | x)
  ///
  /// a lower bound in expectation that nears ln p(x) as S grows. The effective sample size (Σ w)² / Σ w² says how far to trust it: near 1
  /// a single draw decides.
  ///
  /// - Parameters:
  ///   - x: the rows.
  ///   - θ: the parameters.
  ///   - draws: S.
  ///   - noise: what they come from, and binary cells where the data are probabilities.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: what `validate(_:)` throws; `.invalidParameter` without draws; `.notFinite` with the row.
  /// - Complexity: O(N·S) evaluations of the decoder.
  /// - Source: Rezende, Mohamed & Wierstra (2014), appendix E; Burda, Grosse & Salakhutdinov (2016); Kong (1992).
  public func importanceLogLikelihood(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, draws: Int,
    noise: RandomStream = RandomStream(seed: 0), threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> ImportanceEstimate {
    try requirePositive(draws, "number of draws")
    guard configuration.posterior != .point else {
      throw .invalidParameter(
        name: "posterior", value: "a point", requirement: "a distribution, for importance sampling")
    }
    // Draws come from substreams of negative numbers: those of rows draw their binary cells.
    // So many draws of a row at once, and so many rows.
    let together = Swift.min(draws, 2 * Self.block)
    let size = Swift.max(1, 2 * Self.block / together)
    let rows = try sweep(x, at: θ, blocksOf: size, threads: threads) {
      (block) throws(InferenceError) -> [(value: Double, size: Double)] in
      var sums = [ImportanceSum](repeating: ImportanceSum(), count: block.rows.count)
      var done = 0
      while done < draws {
        let S = Swift.min(together, draws - done)
        let batch = begin(block, of: x, noise: noise)
        let q = encode(batch)
        let ε = self.noise(
          rows: block.rows, times: S, from: noise.substream(-1 - done / together), on: block.tape)
        let z = latents(q, ε, times: S, withDivergences: true, on: block.tape)
        let y = decode(z.first, given: batch.condition, times: S)
        let logWeights = likelihood.logDensity(y, of: batch.data.spread(S), on: block.tape) - z.divergence!
        for (i, row) in logWeights.reshaped(rows: block.rows.count, columns: S).doubles().enumerated() {
          for weight in row { sums[i].add(weight) }
        }
        done += S
      }
      return try block.rows.enumerated().map { (place, row) throws(InferenceError) in
        guard sums[place].value.isFinite else {
          throw .notFinite(quantity: "importance weight", row: x.sourceIndex(of: row))
        }
        return (sums[place].value - Double.log(Double(draws)), sums[place].effectiveSize)
      }
    }
    let ordered = x.inSourceOrder(rows)
    return ImportanceEstimate(
      draws: draws, logLikelihoods: ordered.map(\.value), effectiveSampleSizes: ordered.map(\.size))
  }
}

/// The terms of the bound of a row.
struct RowBound: Sendable {
  let reconstruction: Double
  let divergence: Double
  /// The divergence of each layer where there are two.
  let layers: [Double]
}

/// ln p(x) of rows by importance sampling.
public struct ImportanceEstimate: Sendable, Equatable {
  /// S.
  public let draws: Int
  /// In nats, a row each.
  public let logLikelihoods: [Double]
  /// (Σ w)² / Σ w², between 1 and S, a row each.
  public let effectiveSampleSizes: [Double]

  /// The mean over rows, in nats.
  public var mean: Double { RowMean(logLikelihoods).value }
  /// The standard error of `mean` as an estimate for rows like these.
  public var standardError: Double { RowMean(logLikelihoods).standardError }
  /// Half of the rows have an effective sample size at most this.
  public var medianEffectiveSampleSize: Double {
    let sorted = effectiveSampleSizes.sorted()
    return sorted.isEmpty ? 0 : sorted[(sorted.count - 1) / 2]
  }
}

/// Σ w and Σ w² of weights given by their logarithms, without overflow.
private struct ImportanceSum {
  private var largest = -Double.infinity
  private var sum = 0.0
  private var squares = 0.0

  mutating func add(_ logWeight: Double) {
    if logWeight > largest {
      let scale = largest == -.infinity ? 0 : Double.exp(largest - logWeight)
      sum *= scale
      squares *= scale * scale
      largest = logWeight
    }
    // Only a weight that is not a number, or infinite, keeps its sum from being finite.
    let w = logWeight == largest ? 1 : Double.exp(logWeight - largest)
    sum += w
    squares += w * w
  }

  var value: Double { largest + Double.log(sum) }
  var effectiveSize: Double { sum * sum / squares }
}

/// A mean over rows and its standard error.
struct RowMean: Sendable {
  let value: Double
  let standardError: Double

  /// Σ w v / Σ w, and √(Σ w² (v − mean)² · n / (n − 1)) / Σ w; the error is 0 for a single row.
  init(_ values: [Double], weights: [Double]? = nil) {
    var (sum, total) = (0.0, 0.0)
    for (i, v) in values.enumerated() {
      let w = weights?[i] ?? 1
      sum += w * v
      total += w
    }
    let mean = total > 0 ? sum / total : 0
    // Squares of large numbers would be infinite. Division by a power of two rounds nothing.
    var largest = 0.0
    for (i, v) in values.enumerated() { largest = max(largest, ((weights?[i] ?? 1) * (v - mean)).magnitude) }
    let unit = largest.isNormal ? largest.binade : 1
    var squares = 0.0
    for (i, v) in values.enumerated() {
      let δ = (weights?[i] ?? 1) * (v - mean) / unit
      squares += δ * δ
    }
    let n = Double(weights.map { $0.count { $0 > 0 } } ?? values.count)
    value = mean
    standardError = n > 1 && total > 0 ? unit * ((squares * n / (n - 1)).squareRoot() / total) : 0
  }
}
