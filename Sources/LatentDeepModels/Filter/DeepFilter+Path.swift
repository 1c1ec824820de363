// B sequences, T frames of the longest, L latent dimensions

import LatentEvidence
import LatentNetworks
import LatentNumerics

/// The states of some sequences on a tape, drawn from q, and what q is.
struct FilterPath<Scalar: LatentScalar> {
  /// z of each frame, `[B, L]`.
  let states: [Variable<Scalar>]
  /// All of them below each other, `[T·B, L]`.
  let all: Variable<Scalar>
  /// Mean and ln σ² of w[1] under q, `[B, 2L]`.
  let first: Variable<Scalar>
  /// The same of all other w, `[(T − 1)·B, 2L]`; nil with a single frame.
  let others: Variable<Scalar>?
  /// What ln σ² of a state has beside that of its w, where the transition has a variance of its own, `[(T − 1)·B, L]`.
  let logVariances: Variable<Scalar>?
  /// The weights of all transitions.
  let weights: Variable<Scalar>?
  /// ln p(w) − ln q(w) at the draws, `[B, 1]` for each frame; empty unless they were asked for.
  var logRatios: [Variable<Scalar>] = []
}

extension DeepFilter {
  /// Draws the states of sequences from q.
  ///
  /// - Parameters:
  ///   - weightNoise: what the transition's weights are drawn from; nil for their mean.
  ///   - withRatios: whether ln p(w) − ln q(w) is wanted.
  func path(
    of batch: FilterBatch<Scalar>, weightNoise: RandomStream?, withRatios: Bool = false,
    on tape: Tape<Scalar>
  ) -> FilterPath<Scalar> {
    let (B, T) = (batch.count, batch.frames)
    let summaries = future.map { $0(batch.inputs, frames: T, presence: batch.presence, on: tape) }
    let first = bounded(initial(summaries?[0] ?? batch.first!))
    let begin = draw(first, batch.firstNoise)
    var ratios = withRatios ? [logRatio(first, begin, batch.firstNoise)] : []
    var z = start(begin)
    var states = [z]
    let weights = transition.weights(on: tape, noise: weightNoise)
    guard T > 1, let noise = batch.noise else {
      return FilterPath(
        states: states, all: z, first: first, others: nil, logVariances: nil, weights: weights,
        logRatios: ratios)
    }
    let seen = recognitionOfFrame(
      summaries.map { tape.concatenate(rows: $0) } ?? batch.inputs)
    var innovations: [Variable<Scalar>] = []
    var logVariances: [Variable<Scalar>] = []
    states.reserveCapacity(T)
    innovations.reserveCapacity(T - 1)
    for t in 1..<T {
      let local = transition.local(z, batch.controls?.rows(batch.rows(t - 1)))
      var h = recognitionOfState(z) + seen.rows(batch.rows(t))
      if let recognition { h = recognition(h.activated(by: configuration.activation)) }
      var q = transition.innovation(bounded(h), at: local)
      if let kept = batch.kept { q = q * kept.rows(batch.rows(t)) }
      let ε = noise.rows((t - 1) * B..<t * B)
      let w = draw(q, ε)
      if withRatios { ratios.append(logRatio(q, w, ε)) }
      z = transition.next(local, w, weights: weights)
      // Behind a sequence's end nothing may grow.
      if let presence = batch.presence { z = z * presence.rows(batch.rows(t)) }
      states.append(z)
      innovations.append(q)
      if let second = local.second {
        logVariances.append(batch.presence.map { second * $0.rows(batch.rows(t)) } ?? second)
      }
    }
    return FilterPath(
      states: states, all: tape.concatenate(rows: states), first: first,
      others: tape.concatenate(rows: innovations),
      logVariances: logVariances.isEmpty ? nil : tape.concatenate(rows: logVariances), weights: weights,
      logRatios: ratios)
  }

  /// μ and v side by side, v kept within −16 ... 3: while the joint density weighs little, variances grow with states that they drive, and
  /// would overflow within a few frames.
  private func bounded(_ q: Variable<Scalar>) -> Variable<Scalar> {
    let L = configuration.latent
    return q.columns(0..<L).concatenated(with: q.columns(L..<2 * L).clamped(to: -16...3))
  }

  /// μ + exp(v / 2) ε.
  private func draw(_ q: Variable<Scalar>, _ ε: Variable<Scalar>) -> Variable<Scalar> {
    let L = configuration.latent
    return q.columns(L..<2 * L).scaled(by: 0.5).exp() * ε + q.columns(0..<L)
  }

  /// ln 𝒩(w | 0, I) − ln 𝒩(w | μ, diag exp v) = ½ Σ (ε² + v − w²) of each row, with w = μ + exp(v / 2) ε.
  private func logRatio(
    _ q: Variable<Scalar>, _ w: Variable<Scalar>, _ ε: Variable<Scalar>
  ) -> Variable<Scalar> {
    let L = configuration.latent
    return (ε.squared() + q.columns(L..<2 * L) - w.squared()).sumOfColumns().scaled(by: 0.5)
  }

  /// KL(q(w) ‖ 𝒩(0, I)) of each row.
  func divergence(_ q: Variable<Scalar>) -> Variable<Scalar> {
    let L = configuration.latent
    return q.columns(0..<L).standardDivergence(logVariance: q.columns(L..<2 * L))
  }
}
