// N sequences, ΣT their frames, D dimensions

public import LatentEvidence
public import LatentNumerics

extension HiddenMarkovModel where Family: ImputingEmission {
  /// What missing entries most likely were, with how far off that may be, given all of their sequence: as
  /// `Mixture.imputed` has it, with the smoothed probabilities of the states for responsibilities. A frame
  /// with nothing observed is filled too.
  ///
  /// - Returns: the frames with their missing entries filled, observed ones untouched, and the deviations, both `[ΣT, D]`.
  /// - Throws: what `logDensity(of:at:threads:)` throws; `.notPositiveDefinite`.
  public func imputed(
    _ x: SequenceBatch<Scalar>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (values: Matrix<Scalar>, deviations: Matrix<Scalar>) {
    let posterior = try posterior(of: x, at: θ, threads: threads)
    return try emission.imputed(
      x.withoutWeights().rows, responsibilities: posterior.smoothed, at: θ.emission, threads: threads)
  }

  /// Multiple imputations: the frames with missing entries drawn from p(x_m | x_o), a path of states for each sequence and
  /// then the entries of each frame jointly.
  ///
  /// The path of sequence n comes from the substream n of substream 0 of `stream`, the entries of frame t, counted over all
  /// sequences, from the substream t of substream 1; so they do not depend on the number of threads.
  ///
  /// - Returns: M tables, `[ΣT, D]` each.
  /// - Throws: what `logDensity(of:at:threads:)` throws; `.notPositiveDefinite`.
  public func imputations(
    _ x: SequenceBatch<Scalar>, at θ: Parameters, draws M: Int, using stream: RandomStream,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Matrix<Scalar>] {
    precondition(M >= 0, "a number of tables")
    let paths = try eachSequence(of: x, at: θ, threads: threads) { n, recursions, frames -> [[Int]]? in
      var own = stream.substream(0).substream(n)
      return recursions.drawPaths(M, frames, using: &own)
    }
    let states = (0..<M).map { m in paths.flatMap { $0[m] } }
    var tables = Array(repeating: x.frames, count: M)
    let none = Matrix<Double>(rows: x.frameCount, columns: 0)
    let parts = try emission.eachIncompleteRow(
      of: x.withoutWeights().rows, responsibilities: none, at: θ.emission, threads: threads
    ) { row, _, cells in
      var own = stream.substream(1).substream(row.source)
      return states.map { cells.draw(of: row.values, component: $0[row.source], using: &own) }
    }
    for part in parts {
      for m in 0..<M {
        for (l, j) in part.missing.enumerated() { tables[m][part.row, j] = Scalar(part.result[m][l]) }
      }
    }
    return tables
  }
}
