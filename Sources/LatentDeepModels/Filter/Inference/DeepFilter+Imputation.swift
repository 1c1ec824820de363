// N sequences, ΣT frames of all, D columns, L latent dimensions, S draws

public import LatentEvidence
import LatentNetworks
public import LatentNumerics

/// Means and standard deviations over paths from q.
public struct FilterMoments: Sendable, Equatable {
  /// `[rows, columns]` both.
  public let means: Matrix<Double>
  public let deviations: Matrix<Double>
}

extension DeepFilter {
  /// Means and standard deviations of the states, `[ΣT, L]`, over S paths drawn from q: path s from the noise's substream s.
  ///
  /// - Throws: what `validate(_:)` throws; `.invalidParameter` without draws.
  public func stateMoments(
    of x: SequenceBatch<Scalar>, at θ: ParameterVector<Scalar>, draws S: Int, noise: RandomStream,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> FilterMoments {
    var moments = RunningMoments(rows: x.frameCount, columns: configuration.latent)
    for s in 0..<(try positive(S)) {
      let q = try posterior(of: x, at: θ, noise: noise.substream(s), threads: threads)
      moments.add(q.states)
    }
    return moments.result()
  }

  /// Fills missing entries by what S paths from q say of them: the mean, and the root of the expected loss; entries that are there stay, with
  /// deviation 0.
  ///
  /// The networks meet missing entries as 0, and where a whole frame is missing the filter predicts. q is no better here than training made
  /// it: one that met few gaps knows little of them.
  ///
  /// - Throws: what `validate(_:)` throws; `.invalidParameter` without draws.
  public func imputed(
    _ x: SequenceBatch<Scalar>, at θ: ParameterVector<Scalar>, draws S: Int, noise: RandomStream,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (values: Matrix<Scalar>, deviations: Matrix<Scalar>) {
    try validate(x)
    var moments: [RunningMoments]?
    for s in 0..<(try positive(S)) {
      let cells = try cellMoments(of: x, at: θ, noise: noise.substream(s), threads: threads)
      if moments == nil {
        moments = cells.map { RunningMoments(rows: $0.means.rows, columns: $0.means.columns) }
      }
      for n in 0..<x.count { moments![n].add(cells[n].means, variances: cells[n].variances) }
    }
    var (values, deviations) = (x.frames, Matrix<Scalar>(rows: x.frameCount, columns: x.columns))
    for n in 0..<x.count {
      let first = x.frameRange(of: n).lowerBound
      let found = moments![n].result()
      for t in 0..<found.means.rows {
        let row = first + t
        guard (0..<x.columns).contains(where: { values[row, $0].isNaN }) else { continue }
        let variances = found.deviations.row(t).map { $0 * $0 }
        let filled = likelihood.imputation(means: found.means.row(t), variances: variances)
        for j in 0..<x.columns where values[row, j].isNaN {
          values[row, j] = Scalar(filled.values[j])
          deviations[row, j] = Scalar(filled.deviations[j])
        }
      }
    }
    return (values, deviations)
  }

  /// Draws what is missing S times: from p(x | z) along a path of its own each.
  ///
  /// - Returns: S matrices `[ΣT, D]`.
  /// - Throws: what `validate(_:)` throws; `.invalidParameter` without draws.
  public func imputations(
    _ x: SequenceBatch<Scalar>, at θ: ParameterVector<Scalar>, draws S: Int, using stream: RandomStream,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Matrix<Scalar>] {
    try validate(x)
    return try (0..<(try positive(S))).map { (s) throws(InferenceError) in
      let noise = stream.substream(s)
      let parts = try sweep(x.count, at: θ, threads: threads) {
        (sequences, tape) throws(InferenceError) -> [Matrix<Scalar>] in
        let batch = batch(sequences, of: x, masking: 0, noise: noise, on: tape)
        let path = path(of: batch, weightNoise: nil, on: tape)
        let draws = tape.constant(
          likelihood.draw(
            decoder(path.all),
            from: (0..<batch.frames).flatMap { t in
              sequences.map { noise.substream($0).substream(2 + t) }
            }))
        return sequences.enumerated().map { (b, n) in
          draws.frames(of: b, among: sequences.count, count: x.frameRange(of: n).count)
        }
      }
      var values = x.frames
      let drawn = Matrix(below: parts, columns: x.columns)
      for i in 0..<values.rows {
        for j in 0..<values.columns where values[i, j].isNaN { values[i, j] = drawn[i, j] }
      }
      return values
    }
  }

  private func positive(_ draws: Int) throws(InferenceError) -> Int {
    guard draws >= 1 else {
      throw .invalidParameter(name: "number of draws", value: "\(draws)", requirement: "at least 1")
    }
    return draws
  }

  /// What the likelihood averages over z of each sequence, along one path.
  private func cellMoments(
    of x: SequenceBatch<Scalar>, at θ: ParameterVector<Scalar>, noise: RandomStream, threads: Int
  ) throws(InferenceError) -> [(means: Matrix<Double>, variances: Matrix<Double>?)] {
    try sweep(x.count, at: θ, threads: threads) {
      (sequences, tape) throws(InferenceError) -> [(means: Matrix<Double>, variances: Matrix<Double>?)] in
      let batch = batch(sequences, of: x, masking: 0, noise: noise, on: tape)
      let path = path(of: batch, weightNoise: nil, on: tape)
      let cells = likelihood.cellMoments(decoder(path.all))
      return sequences.enumerated().map { (b, n) in
        let rows = (0..<x.frameRange(of: n).count).map { $0 * sequences.count + b }
        return (cells.means.selecting(rows: rows), cells.variances?.selecting(rows: rows))
      }
    }
  }
}

/// Sums of numbers and of their squares about a first guess, which is the first of them.
struct RunningMoments {
  private var count = 0.0
  private var means: Matrix<Double>
  /// Σ (x − mean)².
  private var squares: Matrix<Double>
  /// Σ of variances given beside the numbers.
  private var variances: Matrix<Double>

  init(rows: Int, columns: Int) {
    means = Matrix(rows: rows, columns: columns)
    squares = means
    variances = means
  }

  /// - Source: Welford (1962).
  mutating func add<Scalar: LatentScalar>(_ x: Matrix<Scalar>, variances more: Matrix<Double>? = nil) {
    let x = x.converted(to: Double.self)
    count += 1
    for i in 0..<means.rows {
      for j in 0..<means.columns {
        let δ = x[i, j] - means[i, j]
        means[i, j] += δ / count
        squares[i, j] += δ * (x[i, j] - means[i, j])
        if let more { variances[i, j] += more[i, j] }
      }
    }
  }

  /// Means, and the deviations of one number more: the variance between (divisor count) and the mean of those within.
  func result() -> FilterMoments {
    var deviations = squares
    for i in 0..<means.rows {
      for j in 0..<means.columns {
        deviations[i, j] = ((squares[i, j] + variances[i, j]) / Swift.max(count, 1)).squareRoot()
      }
    }
    return FilterMoments(means: means, deviations: deviations)
  }
}
