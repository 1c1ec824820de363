import Latent

// `score`, `posterior`, `reconstruct` and `impute` of deep filters.

/// The work of `score`: the bound of every sequence, ln p(x) being out of reach.
struct FilterScoreJob: FilterVisitor {
  let options: AppliedModelOptions
  let input: ModelInput

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedFilter<Scalar>) throws {
    let sequences: SequenceInput<Scalar> = try options.sequences(input)
    let bounds = try sequences.applied { x throws(InferenceError) in
      try fitted.model.posterior(
        of: x, at: fitted.parameters, noise: RandomStream(seed: options.seed.value),
        threads: options.threads.value
      ).bounds
    }
    try options.write(
      Table(
        source: sequences.table.source, values: Matrix(rows: bounds.count, columns: 1, elements: bounds),
        columnNames: ["bound"]))
    let (mean, frames) = (SampleMean(bounds), sequences.batch.frameCount)
    let perFrame = bounds.reduce(0, +) / Double(frames)
    if options.report.json {
      try options.console.result(
        JSONValue.object([
          ("mean", .number(mean.mean)), ("standardError", .number(mean.standardError)),
          ("rows", .integer(mean.count)), ("frames", .integer(frames)), ("perFrame", .number(perFrame)),
          ("quantity", .string("bound")), ("seed", .unsigned(options.seed.value)),
        ]).text)
    }
    options.console.note(
      "mean bound of ln p(x) \(NumberText.fixed(mean.mean, 6)) ± \(NumberText.fixed(mean.standardError, 6)) nats "
        + "(\(NumberText.count(mean.count, "sequence"))), \(NumberText.fixed(perFrame, 6)) a frame\(options.ending)"
    )
  }
}

/// The work of `posterior`: means and standard deviations of the states of all frames.
struct FilterPosteriorJob: FilterVisitor {
  let options: AppliedModelOptions
  let input: ModelInput

  /// Paths that means and deviations are taken over.
  private static let draws = 32

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedFilter<Scalar>) throws {
    let sequences: SequenceInput<Scalar> = try options.sequences(input)
    let q = try sequences.applied { x throws(InferenceError) in
      try fitted.model.stateMoments(
        of: x, at: fitted.parameters, draws: Self.draws, noise: RandomStream(seed: options.seed.value),
        threads: options.threads.value)
    }
    let L = q.means.columns
    let names = (1...L).map { "z\($0)" }
    try options.write(
      Table(
        source: sequences.table.source,
        values: Matrix(besideEachOther: [sequences.places, q.means, q.deviations]),
        columnNames: ["sequence", "frame"] + names + names.map { "\($0)_sd" }))
    let (N, frames) = (sequences.batch.count, sequences.batch.frameCount)
    let path = fitted.configuration.future == nil ? "filtered" : "smoothed"
    if options.report.json {
      var entries: [(String, JSONValue)] = [
        ("sequences", .integer(N)), ("frames", .integer(frames)), ("path", .string(path)),
        ("latent", .integer(L)),
        ("meanDeviations", .numbers((0..<L).map { SampleMean(q.deviations.column($0)).mean })),
        ("largestState", .number(q.means.elements.reduce(0) { max($0, $1.magnitude) })),
        ("seed", .unsigned(options.seed.value)),
      ]
      if let output = options.output { entries.append(("file", .string(output))) }
      try options.console.result(JSONValue.object(entries).text)
    }
    options.console.note(
      "means and standard deviations of \(NumberText.count(L, "latent dimension")) over \(Self.draws) paths; \(path), "
        + "\(NumberText.count(N, "sequence")) of \(NumberText.count(frames, "frame")) in all\(options.ending)"
    )
  }
}

/// The work of `reconstruct`: E[x | z] along the path on which no noise of q is left.
struct FilterReconstructJob: FilterVisitor {
  let command: ReconstructCommand
  let input: ModelInput

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedFilter<Scalar>) throws {
    let (options, d) = (command.options, input.description)
    let all: SequenceInput<Scalar> = try options.sequences(input)
    let sequences = try all.prefix(command.count ?? (command.isPicture ? FilmStrips.defaultCount : nil))
    let q = try sequences.applied { x throws(InferenceError) in
      try fitted.model.posterior(of: x, at: fitted.parameters, threads: options.threads.value)
    }
    guard let output = options.output, let image = d.image, command.isPicture else {
      let table = Table(
        source: sequences.table.source, values: sequences.batch.frames,
        columnNames: sequences.table.columnNames)
      return try command.finish(q.expectations.converted(to: Double.self), of: table, input)
    }
    let (x, y) = (sequences.batch.frames, q.expectations)
    func inUnitsOfData(_ values: Matrix<Scalar>) -> Matrix<Double> {
      (d.standardization.map { $0.removed(from: values) } ?? values).converted(to: Double.self)
    }
    let (frames, means) = (inUnitsOfData(x), inUnitsOfData(y))
    try FilmStrips(shape: image).image(
      (0..<sequences.batch.count).map { n in
        let rows = Array(sequences.batch.frameRange(of: n))
        return [frames.selecting(rows: rows), means.selecting(rows: rows)]
      }
    ).writePNG(to: output)
    try command.tell(frames, means, input)
  }
}

/// The work of `impute`: a cell is found from the frames before it, of a smoother from all.
struct FilterImputeJob: FilterVisitor {
  let command: ImputeCommand
  let input: ModelInput

  /// Paths that means and deviations are taken over.
  private static let draws = 32

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedFilter<Scalar>) throws {
    let options = command.options
    let (seed, threads) = (options.seed.value, options.threads.value)
    let all: SequenceInput<Scalar> = try options.sequences(input)
    var sequences = try all.prefix(command.count)
    let hidden = command.hiding.applied(
      to: Table(
        source: sequences.table.source, values: sequences.batch.frames,
        columnNames: sequences.table.columnNames),
      image: input.description.image, except: [], seed: seed)
    do throws(SequenceError) {
      sequences.batch = try SequenceBatch(
        hidden.table.values, lengths: sequences.batch.lengths, controls: sequences.batch.controls)
    } catch {
      throw SequenceFailure(error: error, source: sequences.table.source)
    }
    let result = ImputationResult(command: command, input: input, hidden: hidden)
    try result.checkSize()
    let stream = RandomStream(seed: seed)
    var tables: [Matrix<Scalar>] = []
    if let draws = command.draws {
      tables = try sequences.applied { x throws(InferenceError) in
        try fitted.model.imputations(x, at: fitted.parameters, draws: draws, using: stream, threads: threads)
      }
    }
    var expected: (values: Matrix<Scalar>, deviations: Matrix<Scalar>)?
    if result.needsExpectation {
      expected = try sequences.applied { x throws(InferenceError) in
        try fitted.model.imputed(
          x, at: fitted.parameters, draws: Self.draws, noise: stream, threads: threads)
      }
    }
    try result.write(expected, tables)
  }
}
