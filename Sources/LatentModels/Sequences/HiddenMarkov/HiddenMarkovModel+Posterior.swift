// N sequences, ΣT their frames, K states

public import LatentEvidence
public import LatentNumerics

/// What sequences say about the states that produced them.
public struct HiddenMarkovPosterior: Sendable, Equatable {
  /// p(z[t] | x[1…t]), the state of each frame given the frames up to it, `[ΣT, K]`.
  public let filtered: Matrix<Double>
  /// p(z[t] | x), the state of each frame given its whole sequence, `[ΣT, K]`.
  public let smoothed: Matrix<Double>
  /// ln p(x), `[N]`, in nats.
  public let logDensity: [Double]
}

extension HiddenMarkovModel {
  /// ln p(x | θ) of every sequence, `[N]`, in nats; of what is observed, where entries are missing.
  ///
  /// Under variational Bayes it is what the sequence adds to the bound, the logarithm of a sum over paths of exponentials
  /// of expected logarithms: no density.
  ///
  /// - Throws: `.wrongWidth`; `.notFinite` with the sequence; what the family's `validate(_:)` throws, with the frame.
  /// - Complexity: O(ΣT·K²), and the densities.
  public func logDensity(
    of x: SequenceBatch<Scalar>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Double] {
    try eachSequence(of: x, at: θ, threads: threads) { _, recursions, frames in
      let evidence = recursions.smooth(frames, weight: 0).evidence
      return evidence.isFinite ? evidence : nil
    }
  }

  /// The exact posterior of the states of every frame, filtered and smoothed, and ln p(x | θ) of every sequence. Weights of
  /// sequences do not matter.
  ///
  /// - Throws: what `logDensity(of:at:threads:)` throws.
  public func posterior(
    of x: SequenceBatch<Scalar>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> HiddenMarkovPosterior {
    let K = states
    let parts = try eachSequence(of: x, at: θ, threads: threads) {
      (_, recursions, frames) -> (filtered: [Double], smoothed: [Double], evidence: Double)? in
      func copy() -> [Double] {
        Array(
          UnsafeBufferPointer(
            start: recursions.posterior.base + frames.lowerBound * K, count: frames.count * K))
      }
      guard recursions.filter(frames).isFinite else { return nil }
      let filtered = copy()
      let terms = recursions.smooth(frames, weight: 0)
      return (filtered, copy(), terms.evidence)
    }
    return HiddenMarkovPosterior(
      filtered: Matrix(rows: x.frameCount, columns: K, elements: parts.flatMap { $0.filtered }),
      smoothed: Matrix(rows: x.frameCount, columns: K, elements: parts.flatMap { $0.smoothed }),
      logDensity: parts.map { $0.evidence })
  }

  /// The path of highest probability of every sequence, the states of all frames `[ΣT]`, and ln p(x, z | θ) of each, `[N]`,
  /// in nats. Under variational Bayes by expected logarithms.
  ///
  /// - Throws: what `logDensity(of:at:threads:)` throws.
  /// - Source: Viterbi (1967); Bishop (2006), §13.2.5.
  public func mostLikelyPaths(
    of x: SequenceBatch<Scalar>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (states: [Int], logJoint: [Double]) {
    let parts = try eachSequence(of: x, at: θ, threads: threads) { _, recursions, frames in
      let path = recursions.chain.mostLikelyPath(
        recursions.log.base + frames.lowerBound * states, frames: frames.count)
      return path.logJoint.isFinite ? path : nil
    }
    return (parts.flatMap { $0.states }, parts.map { $0.logJoint })
  }

  /// Calls `body` with every sequence, its number and its frames, whose log densities the recursions hold.
  ///
  /// - Throws: `.notFinite` with the sequence where `body` returns nil.
  func eachSequence<Result: Sendable>(
    of x: SequenceBatch<Scalar>, at θ: Parameters, threads: Int,
    _ body: @Sendable (_ n: Int, inout ForwardBackward, Range<Int>) -> Result?
  ) throws(InferenceError) -> [Result] {
    guard x.columns == dimensions else { throw .wrongWidth(expected: dimensions, actual: x.columns) }
    let x = x.withoutWeights()
    let oracle = try oracle(at: θ, threads: threads)
    let lanes = Lanes.ranges(
      count: x.count, lanes: Swift.max(1, Swift.min(64, x.count / x.observationsPerLane)))
    return try Lanes.map(lanes.count, threads: threads) { (lane) throws(InferenceError) -> [Result] in
      let part = x.chunk(lanes[lane])
      var results: [Result] = []
      var frames = FrameDensities(oracle)
      for sequences in part.tables() {
        let table = FrameTable(part, sequences)
        do throws(InferenceError) {
          try frames.takeDensities(of: table)
          for (n, range) in table.parts {
            guard let result = body(lanes[lane].lowerBound + n, &frames.recursions, range) else {
              throw .notFinite(quantity: "density", row: n)
            }
            results.append(result)
          }
        } catch .notFinite(let quantity, let row) {
          throw .notFinite(quantity: quantity, row: row.map { part.sourceIndex(of: $0) })
        }
      }
      return results
    }.flatMap { $0 }
  }
}
