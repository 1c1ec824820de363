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
    let (evaluation, q, importance) = try sequences.applied { x throws(InferenceError) in
      (
        try model.evaluate(x, at: θ, noise: noise, threads: threads),
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
        Table(
          source: sequences.table.source,
          values: Matrix(
            besideEachOther: [q.bounds, importance.logLikelihoods, importance.effectiveSampleSizes].map {
              Matrix(rows: $0.count, columns: 1, elements: $0)
            }), columnNames: ["bound", "importanceBound", "effectiveSampleSize"]))
    }
    let found = Found(
      bound: SampleMean(q.bounds), terms: evaluation.bound, importance: SampleMean(importance.logLikelihoods),
      draws: draws, effectiveSize: Self.median(importance.effectiveSampleSizes),
      squaredError: evaluation.squaredError, frames: evaluation.frames, fits: fits)
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
      ("standardError", .number(found.bound.standardError)),
      ("importanceStandardError", .number(found.importance.standardError)),
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
      ["bound"] + nats(found.bound.mean, found.bound.standardError)
        + ["nats a sequence, \(NumberText.count(found.bound.count, "sequence"))"],
      ["= reconstruction"] + nats(found.terms.reconstruction / N, nil) + ["E_q[ln p(x | z)]"],
      ["− latent KL"] + nats(found.terms.latentKL / N, nil) + ["KL(q(w | x, u) ‖ p(w))"],
      ["importance bound"] + nats(found.importance.mean, found.importance.standardError)
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
