import Latent

/// The work of `rollout` for a deep filter: q sees the first frames, the transition goes on alone.
struct FilterRolloutJob: FilterVisitor {
  let command: RolloutCommand
  let input: ModelInput

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedFilter<Scalar>) throws {
    let (options, G, H) = (command.options, command.given, command.horizon)
    let all: SequenceInput<Scalar> = try options.sequences(input)
    let sequences = try all.prefix(command.count ?? (command.isPicture ? FilmStrips.defaultCount : nil))
    let (x, source) = (sequences.batch, sequences.table.source)
    try check(sequences.table, fitted.configuration)
    try command.checkSize(of: x.count, columns: x.columns, besides: fitted.configuration.unitsPerFrame)
    let starts = (0..<x.count).map { x.frameRange(of: $0).lowerBound }
    // Without controls nothing of the frames to come is needed, not even their number.
    let threads = options.threads.value
    let (model, θ) = (fitted.model, fitted.parameters)
    let (means, deviations) = try sequences.applied { x throws(InferenceError) in
      guard let draws = command.draws else {
        let path = try model.rollout(of: x, given: G, horizon: H, at: θ, threads: threads)
        return (path.expectations.converted(to: Double.self), nil as Matrix<Double>?)
      }
      let moments = try model.rolloutMoments(
        of: x, given: G, horizon: H, draws: draws, at: θ, noise: RandomStream(seed: options.seed.value),
        threads: threads)
      return (moments.means, moments.deviations)
    }
    let standardization = input.description.standardization
    let predicted = standardization?.removed(from: means) ?? means
    let spread = deviations.map { values in
      standardization.map {
        Standardization(means: Array(repeating: 0, count: x.columns), scales: $0.scales).removed(from: values)
      } ?? values
    }
    let frames = (standardization?.removed(from: x.frames) ?? x.frames).converted(to: Double.self)
    let comparison = RolloutComparison(
      forecast: predicted, interval: nil, frames: frames, starts: starts, lengths: x.lengths, given: G,
      horizon: H, isCategorical: false)
    try comparison.check(source: source)
    if let output = options.output, let image = input.description.image, command.isPicture {
      // A smoother must not see what is to be predicted.
      let seen = try sequences.beginning(of: starts, frames: G).applied { x throws(InferenceError) in
        try model.posterior(of: x, at: θ, threads: threads).expectations
      }
      let shown = (standardization?.removed(from: seen) ?? seen).converted(to: Double.self)
      try FilmStrips(shape: image).image(
        (0..<x.count).map { n in
          let length = min(x.lengths[n], G + H)
          let given = shown.selecting(rows: Array(n * G..<(n + 1) * G))
          let ahead = predicted.selecting(rows: Array(n * H..<(n + 1) * H))
          return [
            frames.selecting(rows: Array(starts[n]..<starts[n] + length)),
            Matrix(
              rows: G + H, columns: given.columns,
              elements: Array(given.elements) + Array(ahead.elements)),
          ]
        }
      ).writePNG(to: output)
    } else {
      var named = sequences.table
      named.columnNames = named.columnNames ?? input.description.columnNames
      try options.write(
        command.table(
          [predicted] + [spread].compactMap(\.self), endings: spread == nil ? [] : ["_sd"], of: named))
    }
    if options.report.json { try options.console.result(json(comparison, x.count).text) }
    options.console.note(
      "\(NumberText.count(H, "frame")) after \(G) of \(NumberText.count(x.count, "sequence"))\(options.ending)"
    )
    if let words = comparison.words(level: 0) { options.console.note(words) }
  }

  /// Refuses sequences too short for what is asked for.
  private func check<Scalar>(_ x: SequenceTable<Scalar>, _ c: DeepFilterConfiguration) throws {
    let (G, H) = (command.given, command.horizon)
    let needed = c.future == nil ? c.initialFrames : 1
    guard G >= needed else {
      throw SequenceUseError.givenTooFew(model: command.options.file, given: G, needed: needed)
    }
    for (n, T) in x.lengths.enumerated() {
      let name = RolloutCommand.name(of: n, in: x)
      guard T >= G else {
        throw SequenceUseError.tooShort(source: x.source, sequence: name, frames: T, given: G)
      }
      guard c.controls == 0 || T >= G + H - 1 else {
        throw SequenceUseError.horizon(source: x.source, sequence: name, frames: T, given: G, horizon: H)
      }
    }
  }

  private func json(_ comparison: RolloutComparison, _ count: Int) -> JSONValue {
    func numbers(_ values: [Double?]) -> JSONValue {
      .array(values.map { .optional($0) { .number($0) } })
    }
    var entries: [(String, JSONValue)] = [
      ("model", .string(input.description.model)), ("sequences", .integer(count)),
      ("given", .integer(command.given)), ("horizon", .integer(command.horizon)),
      ("draws", .optional(command.draws) { .integer($0) }), (comparison.key, numbers(comparison.errors)),
      ("copyLast", numbers(comparison.copyErrors)), ("meanFrame", numbers(comparison.meanErrors)),
      ("seed", .unsigned(command.options.seed.value)),
    ]
    if let output = command.options.output { entries.append(("file", .string(output))) }
    return .object(entries)
  }
}
