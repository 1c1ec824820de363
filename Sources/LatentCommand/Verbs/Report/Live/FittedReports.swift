import Latent

// The last page of `fit --report`: the report of what was found, on the data of the fit.

extension MixtureFit {
  /// What the page calls the model.
  private var reportSettings: ReportSettings {
    ReportSettings(
      model: data.source, plane: nil, rows: nil, labelName: nil, seed: settings.seed, threads: threads)
  }

  /// The rows of the fit; of a file that is read in batches a sample.
  private func reportRows(most: Int) -> ReportRows<Kind.Scalar> {
    let x = data.rows
    var rows = ReportRows(
      source: data.source, values: x.inSourceOrder(x.values), weights: x.weightsInSourceOrder,
      labels: data.labels,
      numbers: data.sampleNumbers ?? data.rowNumbers?.fitted, total: data.observations, most: most)
    rows.isFitted = true
    return rows
  }

  /// The report of a fit that ended, or was interrupted after its first step.
  func report(_ fitted: FittedMixture<Kind.Family>) throws -> Page {
    let settings = reportSettings
    let rows = try MixtureRowsView(
      Kind.self, fitted, reportRows(most: ReportCommand.mostRows), threads: threads)
    let heldOut = try data.heldOut.map { rows in
      SampleMean(
        try Kind.logDensity(of: rows, under: fitted, threads: threads), weights: rows.weightsInSourceOrder)
    }
    return try MixturePage(
      view: MixtureView(Kind.self, fitted, settings: settings), rows: rows, settings: settings,
      heldOut: heldOut
    ).page.page
  }

  /// What the parameters are under way.
  func reportSections(at θ: Parameters, bound: Bound, iterations: Int) throws -> [Page.Section?] {
    guard Kind.cells != .categories || data.levels != nil else { return [] }
    let fitted = FittedMixture(
      model: try Mixture(components: θ.components, of: model.emission, mixing: model.mixing), parameters: θ,
      description: description(
        components: θ.components, bound: bound, iterations: iterations, outcome: .budgetExhausted,
        history: nil))
    let settings = reportSettings
    let view = try MixtureView(Kind.self, fitted, settings: settings, draws: 1)
    guard let plane = ReportPlane(view, asked: nil) else {
      return [ComponentSections(view: view, rows: nil, plane: nil).section]
    }
    let rows = try MixtureRowsView(
      Kind.self, fitted, reportRows(most: ReportPlane.mostPoints), threads: threads)
    return [
      Page.Section(
        "The components so far", ifAny: ComponentSections(view: view, rows: rows, plane: plane).shapes)
    ]
  }
}

extension AutoencoderFit {
  private var reportSettings: ReportSettings {
    ReportSettings(
      model: data.source, plane: nil, rows: nil, labelName: labelName, seed: settings.seed,
      threads: threads)
  }

  /// The report of training that ended, or was interrupted after its first pass.
  ///
  /// - Parameter divergence: why it ended early, at the last good parameters.
  func report(
    _ fitted: FittedAutoencoder<Scalar>, test: TestTrace, diverged divergence: InferenceError?
  ) throws -> Page {
    let x = data.rows
    var rows = ReportRows(
      source: data.source, values: x.inSourceOrder(x.values), weights: x.weightsInSourceOrder,
      labels: data.labels,
      numbers: data.rowNumbers?.fitted, total: data.observations, most: ReportCommand.mostNetworkRows)
    rows.isFitted = true
    let settings = reportSettings
    let looked = try AutoencoderRowsView(fitted, rows, settings: settings)
    return AutoencoderPage(
      view: try AutoencoderView(fitted, rows: looked, settings: settings), rows: looked, settings: settings,
      test: test,
      heldOut: try self.test.map { test in
        HeldOutScore(
          try test.bound(of: model, at: fitted.parameters, threads: threads), source: test.source)
      },
      divergence: divergence?.explanation(columnNames: data.columnNames, remedies: nil)
    ).page.page
  }

  /// What the networks do under way.
  func reportSections(at parameters: ParameterVector<Scalar>, bound: Bound, passes: Int) throws -> [Page
    .Section?]
  {
    let fitted = FittedAutoencoder(
      model: model, parameters: parameters,
      description: description(bound: bound, iterations: passes, outcome: .budgetExhausted, history: nil),
      labels: shape.labels)
    let view = try AutoencoderView(fitted, settings: reportSettings)
    let images = AutoencoderImageSections(view: view, rows: nil)
    var latent = AutoencoderLatentSections(view: view, rows: nil, settings: reportSettings)
    latent.showsExplorer = false
    return [latent.explorer, images.draws]
  }
}

extension SequenceFit {
  private var reportSettings: ReportSettings {
    ReportSettings(
      model: data.source, plane: nil, rows: nil, labelName: nil, seed: settings.seed, threads: threads)
  }

  /// The report of a fit that ended, or was interrupted after its first step.
  func report(_ fitted: Kind.Fitted) throws -> Page {
    let all = data.sequences
    let chosen = ReportText.evenly(SequenceReportJob.mostSequences, of: all.count)
    let input = SequenceInput(
      table: SequenceTable(
        source: data.source, frames: all.frames, lengths: all.lengths, names: data.names,
        columnNames: data.columnNames),
      batch: chosen.count < all.count ? all.selecting(chosen) : all)
    let settings = reportSettings
    return try SequencePage(
      view: SequenceView(
        Kind.self, fitted, controls: SequenceView.firstControls(all), settings: settings),
      rows: SequenceRowsView(
        Kind.self, fitted, input, total: all.count, chosen: chosen, isFitted: true, threads: threads),
      settings: settings,
      heldOut: data.heldOut.map { x in
        HeldOutScore(
          SampleMean(try Kind.logDensity(of: x, under: fitted, threads: threads)),
          source: "sequences held out", observation: "sequence",
          scale: Double(x.count) / Double(max(x.frameCount, 1)))
      }
    ).page.page
  }

  /// What the parameters are under way.
  func reportSections(at θ: Parameters, bound: Bound, iterations: Int) throws -> [Page.Section?] {
    let fitted = Kind.Fitted(
      model: model, parameters: θ,
      description: description(bound: bound, iterations: iterations, outcome: .budgetExhausted, history: nil))
    let view = try SequenceView(Kind.self, fitted, settings: reportSettings)
    return [
      view.isHiddenMarkov
        ? StateSections(view: view, rows: nil, settings: reportSettings).section
        : DynamicsSections(view: view).section
    ]
  }
}

extension FilterFit {
  private var reportSettings: ReportSettings {
    ReportSettings(
      model: data.source, plane: nil, rows: nil, labelName: nil, seed: settings.seed, threads: threads)
  }

  /// The report of training that ended, or was interrupted after its first pass.
  ///
  /// - Parameter divergence: why it ended early, at the last good parameters.
  func report(
    _ fitted: FittedFilter<Scalar>, test: TestTrace, diverged divergence: InferenceError?
  ) throws -> Page {
    let all = data.sequences
    let chosen = ReportText.evenly(SequenceReportJob.mostSequences, of: all.count)
    let input = SequenceInput(
      table: SequenceTable(
        source: data.source, frames: all.frames, lengths: all.lengths, names: data.names,
        columnNames: data.columnNames),
      batch: chosen.count < all.count ? all.selecting(chosen) : all)
    let settings = reportSettings
    return SequencePage(
      view: SequenceView(fitted, controls: SequenceView.firstControls(all), settings: settings),
      rows: try SequenceRowsView(
        fitted, input, total: all.count, chosen: chosen, isFitted: true, settings: settings),
      settings: settings, test: test,
      heldOut: try self.test.map { test in
        let x = test.sequences
        return HeldOutScore(
          try test.bounds(of: model, at: fitted.parameters, threads: threads), source: test.source,
          observation: "sequence", scale: Double(x.count) / Double(max(x.frameCount, 1)))
      },
      divergence: divergence?.explanation(columnNames: data.columnNames, remedies: nil)
    ).page.page
  }

  /// What the networks do under way: how the first sequence goes on.
  func reportSections(at parameters: ParameterVector<Scalar>, bound: Bound, passes: Int) throws -> [Page
    .Section?]
  {
    let fitted = FittedFilter(
      model: model, parameters: parameters,
      description: description(bound: bound, iterations: passes, outcome: .budgetExhausted, history: nil),
      recipe: recipe)
    let first = data.sequences.selecting([0])
    let input = SequenceInput(
      table: SequenceTable(
        source: data.source, frames: first.frames, lengths: first.lengths, columnNames: data.columnNames),
      batch: first)
    let rows = try SequenceRowsView(
      fitted, input, total: 1, chosen: [0], isFitted: true, settings: reportSettings)
    let view = SequenceView(fitted, settings: reportSettings)
    return [SequenceTimeSections(view: view, rows: rows).forecasts]
  }
}
