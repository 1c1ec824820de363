// N rows

public import LatentEvidence
import LatentNetworks
public import LatentNumerics
import RealModule

extension VariationalAutoencoder {
  /// What the latent dimensions do, on rows such as a minibatch of held-out ones: one sweep of the encoder and two of the decoder, so that it
  /// can be asked between passes of training.
  ///
  /// - Parameters:
  ///   - x: the rows.
  ///   - θ: the parameters.
  ///   - noise: what q's draws come from, and binary cells where the data are probabilities.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: what `validate(_:)` throws; `.notFinite` with the row.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func diagnosis(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream = RandomStream(seed: 0),
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> AutoencoderDiagnosis {
    let weights = x.weights.map { $0.elements }
    func mean(_ values: [Double]) -> Double { RowMean(values, weights: weights).value }
    let q = try latentMoments(of: x, at: θ, noise: noise, threads: threads)
    let dimensions = (0..<configuration.latentDimensions).map { l in
      let means = q.map { $0.means[l] }
      let center = mean(means)
      return AutoencoderDiagnosis.Dimension(
        divergence: mean(q.map { $0.divergences[l] }),
        varianceOfMeans: mean(means.map { ($0 - center) * ($0 - center) }),
        deviation: mean(q.map { $0.deviations[l] }))
    }
    let use = try decoderUse(of: x, at: θ, noise: noise, threads: threads)
    let counted = use.indices.filter { !use[$0].isNaN }
    let uses = RowMean(counted.map { use[$0] }, weights: weights.map { w in counted.map { w[$0] } })
    let largest = Self.largest(of: θ)
    return AutoencoderDiagnosis(
      rows: x.rows, dimensions: dimensions, decoderUse: counted.isEmpty ? nil : uses.value,
      decoderUseStandardError: counted.isEmpty ? nil : uses.standardError,
      smallestRelativeVariance: smallestRelativeVariance(of: x, at: θ), largestParameter: largest.magnitude,
      largestParameterName: largest.name)
  }

  /// ln p(x | z) of every row less that with the z of the next row of its block; NaN for a row without another.
  private func decoderUse(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream, threads: Int
  ) throws(InferenceError) -> [Double] {
    try sweep(x, at: θ, blocksOf: Self.block, threads: threads) {
      (block) throws(InferenceError) -> [Double] in
      let B = block.rows.count
      guard B > 1 else { return [.nan] }
      let batch = begin(block, of: x, noise: noise)
      let ε = self.noise(rows: block.rows, from: noise, on: block.tape)
      let z = latents(encode(batch), ε, times: 1, withDivergences: false, on: block.tape).first
      let others = block.tape.constant(z.value.selecting(rows: (0..<B).map { ($0 + 1) % B }))
      let terms = [z, others].map { z in
        likelihood.logDensity(decode(z, given: batch.condition), of: batch.data, on: block.tape).doubles()
      }
      return try block.rows.enumerated().map { (place, row) throws(InferenceError) in
        let use = terms[0][place][0] - terms[1][place][0]
        guard use.isFinite else { throw .notFinite(quantity: "bound", row: x.sourceIndex(of: row)) }
        return use
      }
    }
  }

  /// The smallest learned variance against its column's.
  private func smallestRelativeVariance(of x: Rows<Scalar>, at θ: ParameterVector<Scalar>) -> Double? {
    guard layout["decoder/logVariance"] != nil else { return nil }
    let learned = θ["decoder/logVariance"].elements.map { Double.exp(Double($0)) }
    let data = CellMoments(
      dataColumns.map { Rows(x.values.selecting(columns: $0), weights: x.weights?.elements) } ?? x)
    if learned.count == 1 { return data.variance > 0 ? learned[0] / data.variance : nil }
    return zip(learned, data.variances).compactMap { $1 > 0 ? $0 / $1 : nil }.min()
  }

  /// The largest magnitude among parameters.
  private static func largest(of θ: ParameterVector<Scalar>) -> (name: String, magnitude: Double) {
    var result = (name: "", magnitude: 0.0)
    for entry in θ.layout.entries {
      let magnitude = θ[entry.reference].elements.reduce(0.0) { Swift.max($0, Double($1.magnitude)) }
      if magnitude > result.magnitude { result = (entry.name, magnitude) }
    }
    return result
  }
}
