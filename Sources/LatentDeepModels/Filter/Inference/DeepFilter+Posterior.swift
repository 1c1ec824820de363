// N sequences, ΣT frames of all, D columns, L latent dimensions

public import LatentEvidence
import LatentNetworks
public import LatentNumerics

/// What a deep filter says of sequences that it has seen.
public struct FilterPosterior<Scalar: LatentScalar>: Sendable, Equatable {
  /// z of every frame, `[ΣT, L]`: one draw from q, or the path without noise.
  public let states: Matrix<Scalar>
  /// E[x | z] of every frame, `[ΣT, D]`.
  public let expectations: Matrix<Scalar>
  /// E_q[ln p(x | z)] of each sequence by this draw, and its divergence, in nats; their difference is a bound on the sequence's density where
  /// the path is a draw.
  public let reconstructions: [Double]
  public let divergences: [Double]

  /// The bound of each sequence in nats.
  public var bounds: [Double] { zip(reconstructions, divergences).map { $0 - $1 } }
}

extension DeepFilter {
  /// The states of sequences and what they say of the frames.
  ///
  /// - Parameters:
  ///   - x: the sequences.
  ///   - θ: the parameters.
  ///   - noise: draws the states, those of sequence n from its substream n; nil for the path on which all noise of q is 0. The transition's
  ///     weights are at their mean either way.
  ///   - threads: their number; the result does not depend on it.
  public func posterior(
    of x: SequenceBatch<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream? = nil,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> FilterPosterior<Scalar> {
    try validate(x)
    let parts = try sweep(x.count, at: θ, threads: threads) {
      (sequences, tape) throws(InferenceError) -> [SequencePart<Scalar>] in
      let batch = batch(sequences, of: x, masking: 0, noise: noise, on: tape)
      let path = path(of: batch, weightNoise: nil, on: tape)
      let y = decoder(path.all)
      let terms = FilterTerms(
        reconstruction: likelihood.logDensity(y, of: batch.data, on: tape), first: divergence(path.first),
        others: path.others.map { divergence($0) })
      let means = tape.constant(likelihood.expectation(y))
      let B = sequences.count
      var results: [SequencePart<Scalar>] = []
      for (b, n) in sequences.enumerated() {
        let (value, kl) = terms.values(of: b, among: B)
        guard value.isFinite, kl.isFinite else { throw .notFinite(quantity: "bound", row: n) }
        let length = x.frameRange(of: n).count
        results.append(
          SequencePart(
            states: path.all.frames(of: b, among: B, count: length),
            expectations: means.frames(of: b, among: B, count: length), reconstruction: value, divergence: kl)
        )
      }
      return results
    }
    return FilterPosterior(
      states: Matrix(below: parts.map(\.states), columns: configuration.latent),
      expectations: Matrix(below: parts.map(\.expectations), columns: configuration.columns),
      reconstructions: parts.map(\.reconstruction), divergences: parts.map(\.divergence))
  }

  /// The bound of sequences and the mean squared error of what their states say of the observed entries.
  ///
  /// - Parameters:
  ///   - x: the sequences.
  ///   - θ: the parameters.
  ///   - noise: draws the states.
  ///   - threads: their number; the result does not depend on it.
  public func evaluate(
    _ x: SequenceBatch<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> FilterEvaluation {
    let q = try posterior(of: x, at: θ, noise: noise, threads: threads)
    var bound = Bound.zero
    for n in 0..<x.count {
      let w = x.weight(of: n)
      bound.reconstruction += w * q.reconstructions[n]
      bound.latentKL += w * q.divergences[n]
      bound.count += w
    }
    bound.estimate = .monteCarlo(draws: 1)
    bound.roundoff =
      Double(Scalar.ulpOfOne) * (bound.reconstruction.magnitude + bound.latentKL.magnitude)
    return FilterEvaluation(
      bound: bound, squaredError: meanSquaredError(q.expectations, x.frames), frames: x.frameCount)
  }
}

/// What a posterior puts together.
private struct SequencePart<Scalar: LatentScalar>: Sendable {
  let states: Matrix<Scalar>
  let expectations: Matrix<Scalar>
  let reconstruction: Double
  let divergence: Double
}

/// How well a deep filter does on sequences.
public struct FilterEvaluation: Sendable, Hashable {
  /// In nats, a sum over the sequences.
  public let bound: Bound
  /// The mean over observed entries of (x − E[x | z])², z drawn from q; 0 without any.
  public let squaredError: Double
  /// Frames of all sequences.
  public let frames: Int
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func meanSquaredError<Scalar: LatentScalar>(_ y: Matrix<Scalar>, _ x: Matrix<Scalar>) -> Double {
  var (sum, count) = (0.0, 0)
  y.withUnsafeElements { y in
    x.withUnsafeElements { x in
      for i in 0..<x.count where !x[i].isNaN {
        let δ = Double(x[i]) - Double(y[i])
        sum += δ * δ
        count += 1
      }
    }
  }
  return count > 0 ? sum / Double(count) : 0
}
