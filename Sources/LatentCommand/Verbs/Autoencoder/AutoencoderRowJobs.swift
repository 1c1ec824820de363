import Latent

// `score`, `posterior` and `reconstruct` of auto-encoders.

/// The work of `score`: the bound of every row, ln p(x) being out of reach; of models whose z is a point what they have.
struct AutoencoderScoreJob: AutoencoderVisitor {
  let options: AppliedModelOptions
  let input: ModelInput

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedAutoencoder<Scalar>) throws {
    let table: Table<Scalar> = try options.table(input)
    let bounds = try options.applied(to: table, input) { rows throws(InferenceError) in
      try fitted.model.bounds(
        of: rows, at: fitted.parameters, noise: RandomStream(seed: options.seed.value),
        threads: options.threads.value)
    }
    let (mean, quantity) = (SampleMean(bounds), AutoencoderWords.quantity(fitted.configuration))
    try options.write(
      Table(
        source: table.source, values: Matrix(rows: bounds.count, columns: 1, elements: bounds),
        columnNames: [quantity]))
    if options.report.json {
      try options.console.result(
        JSONValue.object([
          ("mean", .number(mean.mean)), ("standardError", .number(mean.standardError)),
          ("rows", .integer(mean.count)), ("quantity", .string(quantity)),
          ("seed", .unsigned(options.seed.value)),
        ]).text)
    }
    options.console.note(
      "mean \(name(fitted.configuration)) \(NumberText.fixed(mean.mean, 6)) ± \(NumberText.fixed(mean.standardError, 6)) nats "
        + "(\(NumberText.count(mean.count, "row")))\(options.ending)")
  }
}

extension AutoencoderScoreJob {
  private func name(_ configuration: AutoencoderConfiguration) -> String {
    configuration.isPoint ? AutoencoderWords.quantityName(configuration) : "bound of ln p(x)"
  }
}

/// The work of `posterior`: means and standard deviations of z.
struct AutoencoderPosteriorJob: AutoencoderVisitor {
  let options: AppliedModelOptions
  let input: ModelInput

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedAutoencoder<Scalar>) throws {
    try input.refuseRegression(fitted.configuration, "posterior")
    let table: Table<Scalar> = try options.table(input)
    let q = try options.applied(to: table, input) { rows throws(InferenceError) in
      try fitted.model.posterior(
        of: rows, at: fitted.parameters, noise: RandomStream(seed: options.seed.value),
        threads: options.threads.value)
    }
    let (N, L) = (q.means.rows, q.means.columns)
    try options.write(
      Table(
        source: table.source, values: Matrix(besideEachOther: [q.means, q.deviations]),
        columnNames: (1...L).map { "z\($0)" } + (1...L).map { "z\($0)_sd" }))
    let spreads = (0..<L).map { l in SampleMean(q.deviations.column(l)).mean }
    if options.report.json {
      try options.console.result(
        JSONValue.object([
          ("rows", .integer(N)), ("latent", .integer(L)),
          ("means", .numbers((0..<L).map { SampleMean(q.means.column($0)).mean })),
          ("meanDeviations", .numbers(spreads)), ("seed", .unsigned(options.seed.value)),
        ]).text)
    }
    options.console.note(
      "means and standard deviations of \(NumberText.count(L, "latent dimension")), "
        + NumberText.count(N, "row") + options.ending)
  }
}

/// The work of `reconstruct`: E[x | z] at the posterior's mean.
struct AutoencoderReconstructJob: AutoencoderVisitor {
  let command: ReconstructCommand
  let input: ModelInput

  func run() async throws {
    try input.visitAutoencoder(precision: command.options.precision.given, self)
  }

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedAutoencoder<Scalar>) throws {
    let options = command.options
    let table = try command.table(input, as: Scalar.self)
    if let between = command.between { return try show(between.sizes, of: table, fitted) }
    let values = try options.applied(to: table, input) { rows throws(InferenceError) in
      try fitted.model.reconstruction(
        of: rows, at: fitted.parameters, noise: RandomStream(seed: options.seed.value),
        threads: options.threads.value)
    }
    // The columns of the data are the first.
    let reconstruction = values.selecting(columns: Array(0..<table.columns)).converted(to: Double.self)
    try command.finish(reconstruction, of: table, input)
  }

  /// What lies between rows, by their numbers from 1: a line of the picture from each to the next.
  private func show<Scalar: LatentScalar & TensorElement>(
    _ numbers: [Int], of table: Table<Scalar>, _ fitted: FittedAutoencoder<Scalar>
  ) throws {
    try input.refuseRegression(fitted.configuration, "--between")
    if let row = numbers.first(where: { $0 > table.rows }) {
      throw UsageError.badValue(
        option: "--between", value: "\(row)",
        requirement: "the number of one of the \(NumberText.count(table.rows, "row")) of \(table.source)")
    }
    let (options, steps) = (command.options, command.steps ?? ReconstructCommand.defaultSteps)
    var some = table
    some.values = table.values.selecting(rows: numbers.map { $0 - 1 })
    some.labels = table.labels.map { all in numbers.map { all[$0 - 1] } }
    let ends = try input.givenBeside(some)
    let D = table.columns
    let stretches = try options.applied(to: some, input) { _ throws(InferenceError) in
      try (0..<numbers.count - 1).map { i throws(InferenceError) in
        try fitted.model.interpolation(
          from: ends.row(i), to: ends.row(i + 1), steps: steps, at: fitted.parameters,
          noise: RandomStream(seed: options.seed.value))
      }
    }
    let values = Matrix<Double>(
      rows: stretches.count * steps, columns: D,
      elements: stretches.flatMap { $0.selecting(columns: Array(0..<D)).converted(to: Double.self).elements })
    try command.finish(between: values, steps: steps, input)
  }
}
