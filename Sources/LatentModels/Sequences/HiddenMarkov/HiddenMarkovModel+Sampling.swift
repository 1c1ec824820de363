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
  /// - Throws: `.invalidParameter` for a length below 1; `.notPositiveDefinite`; `.notFinite`, with the sequence, for parameters
  ///   that give no numbers.
  public func sample(
    lengths: [Int], at θ: Parameters, using stream: RandomStream, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (sequences: SequenceBatch<Scalar>, states: [Int]) {
    let total = try lengths.totalFrames(columns: dimensions)
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
    // NaN would stand for a missing entry.
    if let n = parts.firstIndex(where: { !$0.values.allSatisfy(\.isFinite) }) {
      throw .notFinite(quantity: "sample", row: n)
    }
    let frames = Matrix<Scalar>(
      rows: total, columns: dimensions, elements: parts.flatMap { $0.values })
    do {
      return (try SequenceBatch(frames, lengths: lengths), parts.flatMap { $0.states })
    } catch {
      preconditionFailure("lengths have been checked: \(error)")
    }
  }
}

extension [Int] {
  /// The sum of lengths of sequences whose frames are to be made.
  ///
  /// - Throws: `.invalidParameter` for a length below 1, and for more numbers than can be counted.
  func totalFrames(columns: Int) throws(InferenceError) -> Int {
    var total = 0
    for length in self {
      guard length >= 1 else {
        throw .invalidParameter(name: "length", value: "\(length)", requirement: "at least 1")
      }
      let (sum, overflow) = total.addingReportingOverflow(length)
      guard !overflow, sum < Int.max / 16 / Swift.max(columns, 1) else {
        throw .invalidParameter(
          name: "length", value: "\(length)", requirement: "less, with this many frames")
      }
      total = sum
    }
    return total
  }
}
