import Latent

// N sequences of T[n] frames, D columns, K states or L latent dimensions.

/// Sequences of the data under a model, in plain numbers and the units of the data.
struct SequenceRowsView: Sendable {
  let source: String
  let isFitted: Bool
  /// How many sequences the source has, and those looked at.
  let total: Int
  let lengths: [Int]
  /// Names of the sequences looked at.
  let names: [String]
  /// `[ΣT, D]`; NaN for a missing cell.
  let frames: Matrix<Double>
  /// ln p of each sequence, or what it adds to the bound.
  let logDensity: [Double]
  /// The latent variables given the frames up to each, and given all: probabilities of states `[ΣT, K]`, or means and deviations
  /// `[ΣT, 2L]`.
  let filtered: Matrix<Double>
  let smoothed: Matrix<Double>
  /// The most likely state of each frame on the most likely path, from 0; nil for models without states.
  let path: [Int]?
  /// Columns of ground truth and how much of each the smoothed latent variables tell; nil where it does not vary.
  let rSquared: [(name: String, value: Double?)]
  let truth: Matrix<Double>?
  let truthNames: [String]
  /// How the first sequence goes on from its first frames; nil where it is too short.
  let forecast: Forecast?

  struct Forecast: Sendable {
    let given: Int
    /// `[H, D]`; no deviations where the path without noise is followed.
    let means: Matrix<Double>
    let deviations: Matrix<Double>?
    /// The root mean squared error by horizon over all sequences that are long enough; and of repeating the last frame.
    let comparison: RolloutComparison
  }

  var words: String {
    let frames = NumberText.count(lengths.reduce(0, +), "frame")
    return lengths.count == total
      ? "\(NumberText.count(total, "sequence")) of \(ReportText.name(source)), \(frames) in all"
      : "\(NumberText.count(lengths.count)) of \(NumberText.count(total, "sequence")) of \(ReportText.name(source)), \(frames)"
  }

  /// How many of the frames are in each state, in expectation, `[K]`; nil for models without states.
  var expectedFrames: [Double]? {
    guard path != nil else { return nil }
    return (0..<smoothed.columns).map { k in (0..<smoothed.rows).reduce(0) { $0 + smoothed[$1, k] } }
  }

  var starts: [Int] { lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }.dropLast() }

  static let longestForecast = 60
  static let mostForecasts = 50

  init(
    source: String, isFitted: Bool, total: Int, lengths: [Int], names: [String], frames: Matrix<Double>,
    logDensity: [Double], filtered: Matrix<Double>, smoothed: Matrix<Double>, path: [Int]?,
    rSquared: [(name: String, value: Double?)], truth: Matrix<Double>?, truthNames: [String],
    forecast: Forecast?
  ) {
    self.source = source
    self.isFitted = isFitted
    self.total = total
    self.lengths = lengths
    self.names = names
    self.frames = frames
    self.logDensity = logDensity
    self.filtered = filtered
    self.smoothed = smoothed
    self.path = path
    self.rSquared = rSquared
    self.truth = truth
    self.truthNames = truthNames
    self.forecast = forecast
  }

  init<Kind: SequenceKind>(
    _: Kind.Type, _ fitted: Kind.Fitted, _ input: SequenceInput<Kind.Scalar>, total: Int, chosen: [Int],
    isFitted: Bool, threads: Int
  ) throws {
    let (x, d) = (input.batch, fitted.description)
    let s = d.standardization
    source = input.table.source
    self.isFitted = isFitted
    self.total = total
    lengths = x.lengths
    names = chosen.map { n in input.table.names.map { ReportText.name($0[n]) } ?? "\(n + 1)" }
    let values = x.frames.converted(to: Double.self)
    frames = s?.removed(from: values) ?? values
    logDensity = try input.applied { x throws(InferenceError) in
      try Kind.logDensity(of: x, under: fitted, threads: threads)
    }
    func posterior(_ path: PathChoice) throws -> SequencePosterior {
      try input.applied { x throws(InferenceError) in
        try Kind.posterior(of: x, under: fitted, path: path, threads: threads)
      }
    }
    let isChain = d.model == "hmm"
    func variables(_ posterior: SequencePosterior) -> Matrix<Double> {
      guard isChain else { return posterior.values }
      // The last column is the likeliest state.
      return posterior.values.selecting(columns: Array(0..<posterior.values.columns - 1))
    }
    filtered = variables(try posterior(.filtered))
    smoothed = variables(try posterior(.smoothed))
    path = isChain ? try posterior(.likely).values.column(0).map { Int($0) - 1 } : nil

    truth = Self.truth(of: input, chosen: chosen)
    truthNames = (input.table.truthNames ?? []).map(ReportText.name)
    if let truth {
      let features = try input.applied { x throws(InferenceError) in
        try Kind.features(of: x, under: fitted, threads: threads)
      }
      rSquared = truthNames.enumerated().map { j, name in
        (name, LeastSquares.rSquared(of: truth.column(j), on: features))
      }
    } else {
      rSquared = []
    }
    forecast = try Self.forecast(Kind.self, fitted, input, frames: frames, threads: threads)
  }

  /// What is known of the frames of the sequences that are looked at.
  static func truth<Scalar>(of input: SequenceInput<Scalar>, chosen: [Int]) -> Matrix<Double>? {
    let all = input.table.lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let places = chosen.flatMap { Array(all[$0]..<all[$0 + 1]) }
    return input.table.truth.map { $0.selecting(rows: places) }
  }

  /// Blind predictions after the first two thirds of sequences that are as long as the first.
  private static func forecast<Kind: SequenceKind>(
    _: Kind.Type, _ fitted: Kind.Fitted, _ input: SequenceInput<Kind.Scalar>, frames: Matrix<Double>,
    threads: Int
  ) throws -> Forecast? {
    let x = input.batch
    let T = x.lengths[0]
    guard T >= 4 else { return nil }
    let H = min(max(T / 3, 1), longestForecast)
    let G = T - H
    let own = Array(x.lengths.indices.filter { x.lengths[$0] >= T }.prefix(mostForecasts))
    let starts = own.map { x.frameRange(of: $0).lowerBound - x.frameRange(of: 0).lowerBound }
    let future = x.controls.map { u in starts.map { u[rows: $0 + G..<$0 + G + H - 1] } }
    var forecast = try input.beginning(of: starts, frames: G).applied { x throws(InferenceError) in
      try Kind.forecast(x, horizon: H, controls: future, under: fitted, threads: threads)
    }
    if let s = fitted.description.standardization {
      forecast.means = s.removed(from: forecast.means)
      forecast.deviations = Standardization(
        means: Array(repeating: 0, count: s.scales.count), scales: s.scales
      ).removed(from: forecast.deviations)
    }
    let comparison = RolloutComparison(
      forecast: forecast.means, interval: nil, frames: frames, starts: starts,
      lengths: own.map { x.lengths[$0] }, given: G,
      horizon: H, isCategorical: fitted.description.levels != nil)
    let first = Array(0..<H)
    return Forecast(
      given: G, means: forecast.means.selecting(rows: first),
      deviations: forecast.deviations.selecting(rows: first),
      comparison: comparison)
  }
}
