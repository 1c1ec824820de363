// N sequences, ΣT their frames, L latent dimensions, U controls

public import LatentEvidence
public import LatentNumerics

extension LinearStateSpace {
  /// Draws sequences from p(x, z | θ, u).
  ///
  /// Sequence n uses the substream n of `stream`: the first ones do not depend on how many are drawn, nor a sequence's
  /// first frames on its length.
  ///
  /// - Parameters:
  ///   - lengths: T of each sequence, at least 1.
  ///   - u: controls, `[ΣT, U]`; nil for a model without.
  ///   - θ: the parameters.
  ///   - stream: the randomness.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Returns: the sequences, and the states of all frames, `[ΣT, L]`.
  /// - Throws: `.invalidParameter` for a length below 1 or other controls; `.wrongWidth` for parameters of another size;
  ///   `.notPositiveDefinite` for a covariance with a negative eigenvalue; `.notFinite` for parameters that are no numbers, and,
  ///   with the sequence, where states grow beyond all numbers.
  public func sample(
    lengths: [Int], controls u: Matrix<Scalar>? = nil, at θ: Parameters, using stream: RandomStream,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (sequences: SequenceBatch<Scalar>, states: Matrix<Double>) {
    let total = try lengths.totalFrames(columns: Swift.max(dimensions, latent))
    let starts = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    guard (u?.columns ?? 0) == controls, u.map({ $0.rows == total }) ?? true else {
      throw .invalidParameter(
        name: "controls", value: "\(u?.rows ?? 0) of \(u?.columns ?? 0) columns",
        requirement: "\(total) of \(controls) columns")
    }
    try require(θ)
    guard θ.isFinite else { throw .notFinite(quantity: "parameters", row: nil) }
    let initial = try θ.initialCovariance.covarianceRoot("the initial covariance")
    let transition = try θ.transitionNoise.covarianceRoot("the transition noise")
    let emission = try θ.emissionNoise.covarianceRoot("the emission noise")
    let parts = Lanes.map(lengths.count, threads: threads) { n -> (values: [Scalar], states: [Double]) in
      var own = stream.substream(n)
      func noise(_ root: Matrix<Double>) -> [Double] {
        root.times((0..<root.columns).map { _ in own.normal() })
      }
      var (values, states): ([Scalar], [Double]) = ([], [])
      var z = zip(θ.initialMean, noise(initial)).map(+)
      for t in starts[n]..<starts[n + 1] {
        if t > starts[n] {
          z = zip(θ.transition.times(z), noise(transition)).map(+)
          if let u { z = zip(z, θ.control.times(u.row(t - 1).map { Double($0) })).map(+) }
        }
        states += z
        let mean = zip(θ.emission.times(z), θ.offset).map(+)
        values += zip(mean, noise(emission)).map { Scalar($0 + $1) }
      }
      return (values, states)
    }
    // NaN would stand for a missing entry.
    if let n = parts.firstIndex(where: { !$0.values.allSatisfy(\.isFinite) }) {
      throw .notFinite(quantity: "sample", row: n)
    }
    let frames = Matrix<Scalar>(rows: total, columns: dimensions, elements: parts.flatMap { $0.values })
    do {
      return (
        try SequenceBatch(frames, lengths: lengths, controls: u),
        Matrix(rows: total, columns: latent, elements: parts.flatMap { $0.states })
      )
    } catch {
      throw .invalidParameter(name: "controls", value: "\(error)", requirement: "finite numbers")
    }
  }
}
