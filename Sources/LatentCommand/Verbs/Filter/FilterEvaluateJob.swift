import Latent

/// The work of `evaluate` for a deep filter.
struct FilterEvaluateJob: FilterVisitor {
  let command: EvaluateCommand
  let input: ModelInput

  static let defaultDraws = 20

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedFilter<Scalar>) throws {
    let options = command.options
    try input.refuse([("--amortization-gap", command.amortizationGap != nil)])
    let sequences: SequenceInput<Scalar> = try options.sequences(input)
    let (noise, threads) = (RandomStream(seed: options.seed.value), options.threads.value)
    let (model, θ) = (fitted.model, fitted.parameters)
    let draws = command.draws ?? Self.defaultDraws
    let (q, importance) = try sequences.applied { x throws(InferenceError) in
      (
        try model.posterior(of: x, at: θ, noise: noise, threads: threads),
        try model.importanceLogLikelihood(of: x, at: θ, draws: draws, noise: noise, threads: threads)
      )
    }
    var fits: [(String, Double?)] = []
    if let truth = sequences.table.truth {
      let names = sequences.table.truthNames ?? []
      let states = q.states.converted(to: Double.self)
      fits = names.enumerated().map { j, name in
        (name, LeastSquares.rSquared(of: truth.column(j), on: states))
      }
    }
    if options.output != nil {
      try options.write(
        sequences.table(
          of: [q.bounds, importance.logLikelihoods, importance.effectiveSampleSizes],
          names: ["bound", "importanceBound", "effectiveSampleSize"]))
    }
    let found = Found(
      bound: SampleMean(q.bounds), terms: Self.bound(q), importance: SampleMean(importance.logLikelihoods),
      draws: draws, effectiveSize: Self.median(importance.effectiveSampleSizes),
      squaredError: squaredError(q.expectations, sequences.batch.frames), frames: sequences.batch.frameCount,
      fits: fits)
    try options.console.result(json(found), orText: text(found))
  }

  private struct Found {
    let bound: SampleMean
    let terms: Bound
    let importance: SampleMean
    let draws: Int
    let effectiveSize: Double
    let squaredError: Double
    let frames: Int
    let fits: [(name: String, value: Double?)]
  }

  /// The bound of all sequences, with its terms.
  private static func bound<Scalar>(_ q: FilterPosterior<Scalar>) -> Bound {
    var bound = Bound.zero
    bound.reconstruction = q.reconstructions.reduce(0, +)
    bound.latentKL = q.divergences.reduce(0, +)
    bound.count = Double(q.reconstructions.count)
    return bound
  }

  /// The mean over the observed cells of (x − E[x | z])², in the units of the data.
  private func squaredError<Scalar: LatentScalar>(_ y: Matrix<Scalar>, _ x: Matrix<Scalar>) -> Double {
    let D = x.columns
    let scales = input.description.standardization?.scales ?? Array(repeating: 1, count: D)
    var (sum, count) = (0.0, 0)
    y.withUnsafeElements { y in
      x.withUnsafeElements { x in
        for i in 0..<x.count where !x[i].isNaN {
          let δ = (Double(x[i]) - Double(y[i])) * scales[i % D]
          sum += δ * δ
          count += 1
        }
      }
    }
    return count > 0 ? sum / Double(count) : 0
  }

  private static func median(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }

  private func json(_ found: Found) -> JSONValue {
    var entries: [(String, JSONValue)] = [
      ("model", .string(input.description.model)), ("rows", .integer(found.bound.count)),
      ("frames", .integer(found.frames)), ("quantity", .string("bound")), ("estimate", .string("monteCarlo")),
      ("bound", .number(found.bound.mean)),
      ("boundPerFrame", .number(found.terms.value / Double(found.frames))),
      ("terms", AutoencoderWords.terms(found.terms, perObservation: true)),
      ("importanceBound", .number(found.importance.mean)), ("draws", .integer(found.draws)),
      ("standardError", found.bound.errorJSON),
      ("importanceStandardError", found.importance.errorJSON),
      ("medianEffectiveSampleSize", .number(found.effectiveSize)),
      ("meanSquaredError", .number(found.squaredError)), ("seed", .unsigned(command.options.seed.value)),
    ]
    if !found.fits.isEmpty {
      entries.append(
        ("rSquared", .object(found.fits.map { ($0.name, .optional($0.value) { .number($0) }) })))
    }
    if let output = command.options.output { entries.append(("file", .string(output))) }
    return .object(entries)
  }

  private func text(_ found: Found) -> String {
    let N = found.terms.count > 0 ? found.terms.count : 1
    func nats(_ value: Double, _ error: Double?) -> [String] {
      [NumberText.fixed(value, 4), error.map { "± \(NumberText.fixed($0, 4))" } ?? ""]
    }
    let rows = [
      ["bound"] + nats(found.bound.mean, found.bound.count > 1 ? found.bound.standardError : nil)
        + ["nats a sequence, \(NumberText.count(found.bound.count, "sequence"))"],
      ["= reconstruction"] + nats(found.terms.reconstruction / N, nil) + ["E_q[ln p(x | z)]"],
      ["− latent KL"] + nats(found.terms.latentKL / N, nil) + ["KL(q(w | x, u) ‖ p(w))"],
      ["importance bound"]
        + nats(
          found.importance.mean, found.importance.count > 1 ? found.importance.standardError : nil)
        + [
          "\(NumberText.count(found.draws, "draw")) a sequence, as good as \(NumberText.short(found.effectiveSize)) from "
            + "p(w | x) in half of them"
        ],
    ]
    var lines = [
      NumberText.table(rows, indentation: "", leading: [0, 2, 3]),
      "mean squared error of E[x | z] \(NumberText.short(found.squaredError)) a cell",
    ]
    for (name, value) in found.fits {
      lines.append("R² of \(name): \(value.map { NumberText.fixed($0, 4) } ?? "does not vary")")
    }
    if let output = command.options.output { lines.append("The values of all sequences are in \(output).") }
    return lines.joined(separator: "\n")
  }
}
