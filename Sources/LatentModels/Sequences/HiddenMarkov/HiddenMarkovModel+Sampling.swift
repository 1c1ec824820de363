// N sequences, ΣT their frames, K states

public import LatentEvidence
public import LatentNumerics

extension HiddenMarkovModel {
  /// Draws sequences from p(x, z | θ); under variational Bayes with the chain's expected probabilities and frames from the
  /// posterior predictive.
  ///
  /// Sequence n uses the substream n of `stream`: the first ones do not depend on how many are drawn, nor a sequence's
  /// first frames on its length.
  ///
  /// - Parameters:
  ///   - lengths: T of each sequence, at least 1.
  ///   - θ: the parameters.
  ///   - stream: the randomness.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Returns: the sequences, and the states of all frames, `[ΣT]`.
  /// - Throws: `.invalidParameter` for a length below 1; `.notPositiveDefinite`.
  public func sample(
    lengths: [Int], at θ: Parameters, using stream: RandomStream, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (sequences: SequenceBatch<Scalar>, states: [Int]) {
    if let length = lengths.first(where: { $0 < 1 }) {
      throw .invalidParameter(name: "length", value: "\(length)", requirement: "at least 1")
    }
    let sampler = try emission.sampler(at: θ.emission)
    let (π, A) = (θ.chain.initialProbabilities, θ.chain.transitionProbabilities)
    let rows = (0..<states).map { A.row($0) }
    let parts = Lanes.map(lengths.count, threads: threads) { n -> (values: [Scalar], states: [Int]) in
      var own = stream.substream(n)
      var values: [Scalar] = []
      var path: [Int] = []
      for _ in 0..<lengths[n] {
        let z = own.categorical(weights: path.last.map { rows[$0] } ?? π)
        values += sampler.draw(from: z, using: &own).map { Scalar($0) }
        path.append(z)
      }
      return (values, path)
    }
    let frames = Matrix<Scalar>(
      rows: lengths.reduce(0, +), columns: dimensions, elements: parts.flatMap { $0.values })
    do {
      return (try SequenceBatch(frames, lengths: lengths), parts.flatMap { $0.states })
    } catch {
      preconditionFailure("lengths have been checked: \(error)")
    }
  }
}
