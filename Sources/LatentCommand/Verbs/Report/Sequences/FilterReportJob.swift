import Latent

/// The work of `report` for a deep filter.
final class FilterReportJob: FilterVisitor {
  private let command: ReportCommand
  private let input: ModelInput
  /// Set by the visit.
  private(set) var page: Result<ReportPage, any Error> = .failure(CancellationError())

  init(command: ReportCommand, input: ModelInput) {
    self.command = command
    self.input = input
  }

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedFilter<Scalar>) throws {
    let settings = command.settings
    var rows: SequenceRowsView?
    var controls: Matrix<Scalar>?
    if let data = command.data {
      var sequences: SequenceInput<Scalar> = try input.sequences(
        DataSource(data, console: command.console, threads: settings.threads), options: command.dataOptions,
        command.sequenceOptions, seed: settings.seed, as: Scalar.self)
      let total = sequences.batch.count
      let chosen = ReportText.evenly(command.rows ?? SequenceReportJob.mostSequences, of: total)
      if chosen.count < total { sequences.batch = sequences.batch.selecting(chosen) }
      controls = SequenceView.firstControls(sequences.batch)
      rows = try SequenceRowsView(
        fitted, sequences, total: total, chosen: chosen, isFitted: false, settings: settings)
    }
    page = .success(
      SequencePage(
        view: SequenceView(fitted, controls: controls, settings: settings), rows: rows, settings: settings
      ).page)
  }
}

extension SequenceView {
  /// - Parameter controls: what a made-up sequence is controlled by, `[T, U]`, for models that have controls.
  init<Scalar: LatentScalar & TensorElement>(
    _ fitted: FittedFilter<Scalar>, controls: Matrix<Scalar>? = nil, settings: ReportSettings
  ) {
    let d = fitted.description
    var drawn: Matrix<Double>?
    let isControlled = fitted.configuration.controls > 0
    if !isControlled || controls != nil {
      // Left alone, the states of a filter that has learned little may run away beyond all numbers: there is then nothing to show.
      let sample = try? fitted.model.sample(
        1, frames: isControlled ? controls?.rows ?? 0 : Self.drawnFrames,
        controls: isControlled ? controls : nil, at: fitted.parameters, using: settings.draws,
        threads: settings.threads)
      let values = sample?.expectations.converted(to: Double.self)
      drawn = values.map { d.standardization?.removed(from: $0) ?? $0 }
    }
    self.init(
      description: d, title: Vocabulary.title(ofModel: d.model), details: [:], centres: nil,
      look: ComponentLook(),
      cells: .numbers, drawn: drawn)
  }
}

extension SequenceRowsView {
  /// Paths of the states that means and deviations are taken over.
  private static var draws: Int { 20 }

  init<Scalar: LatentScalar & TensorElement>(
    _ fitted: FittedFilter<Scalar>, _ input: SequenceInput<Scalar>, total: Int, chosen: [Int], isFitted: Bool,
    settings: ReportSettings
  ) throws {
    let (x, model, θ, s) = (input.batch, fitted.model, fitted.parameters, fitted.description.standardization)
    let (noise, threads) = (RandomStream(seed: settings.seed), settings.threads)
    func inUnitsOfData(_ values: Matrix<Scalar>) -> Matrix<Double> {
      let values = values.converted(to: Double.self)
      return s?.removed(from: values) ?? values
    }
    let frames = inUnitsOfData(x.frames)
    let (q, moments) = try input.applied { x throws(InferenceError) in
      (
        try model.posterior(of: x, at: θ, noise: noise, threads: threads),
        try model.stateMoments(of: x, at: θ, draws: Self.draws, noise: noise, threads: threads)
      )
    }
    let states = Matrix(besideEachOther: [moments.means, moments.deviations])
    let truth = Self.truth(of: input, chosen: chosen)
    let names = (input.table.truthNames ?? []).map(ReportText.name)
    self.init(
      source: input.table.source, isFitted: isFitted, total: total, lengths: x.lengths,
      names: chosen.map { n in input.table.names.map { ReportText.name($0[n]) } ?? "\(n + 1)" },
      frames: frames,
      logDensity: q.bounds, filtered: states, smoothed: states, path: nil,
      rSquared: truth.map { truth in
        names.enumerated().map { j, name in
          (name, LeastSquares.rSquared(of: truth.column(j), on: moments.means))
        }
      } ?? [], truth: truth, truthNames: names,
      forecast: try Self.forecast(fitted, input, frames: frames, threads: threads, inUnitsOfData))
  }

  /// Blind predictions after the first third of sequences that are as long as the first.
  private static func forecast<Scalar: LatentScalar & TensorElement>(
    _ fitted: FittedFilter<Scalar>, _ input: SequenceInput<Scalar>, frames: Matrix<Double>, threads: Int,
    _ inUnitsOfData: (Matrix<Scalar>) -> Matrix<Double>
  ) throws -> Forecast? {
    let x = input.batch
    let T = x.lengths[0]
    let needed = fitted.configuration.future == nil ? fitted.configuration.initialFrames : 1
    let G = max(T / 3, needed)
    let H = min(T - G, longestForecast)
    guard H >= 1 else { return nil }
    let own = Array(x.lengths.indices.filter { x.lengths[$0] >= T }.prefix(mostForecasts))
    var some = input
    some.batch = x.selecting(own)
    // As in draws, nothing is shown of states that run away.
    guard
      let rollout = try? fitted.model.rollout(
        of: some.batch, given: G, horizon: H, at: fitted.parameters, threads: threads)
    else { return nil }
    let means = inUnitsOfData(rollout.expectations)
    let starts = own.map { x.frameRange(of: $0).lowerBound - x.frameRange(of: 0).lowerBound }
    let comparison = RolloutComparison(
      forecast: means, interval: nil, frames: frames, starts: starts, lengths: own.map { x.lengths[$0] },
      given: G,
      horizon: H, isCategorical: false)
    return Forecast(
      given: G, means: means.selecting(rows: Array(0..<H)), deviations: nil, comparison: comparison)
  }
}
