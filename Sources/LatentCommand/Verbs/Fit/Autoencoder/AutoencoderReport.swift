import Latent

/// What the training of an auto-encoder found, as JSON and in words.
struct AutoencoderReport<Scalar: LatentScalar & TensorElement> {
  private let fit: AutoencoderFit<Scalar>
  private let fitted: FittedAutoencoder<Scalar>
  private let result: Training<VariationalAutoencoder<Scalar>>.Result
  private let test: SampleMean?
  private let units: LatentUnits
  private let output: String?

  init(
    _ fit: AutoencoderFit<Scalar>, fitted: FittedAutoencoder<Scalar>,
    result: Training<VariationalAutoencoder<Scalar>>.Result, output: String?
  ) throws {
    self.fit = fit
    self.fitted = fitted
    self.result = result
    self.output = output
    test = try fit.test?.bound(of: fit.model, at: result.parameters, threads: fit.threads)
    units = try LatentUnits(of: fit.data.rows, under: fitted, threads: fit.threads)
  }

  private var stepsPerSecond: Double { result.stepsPerSecond }
  private var passes: Double { Double(result.minibatches) / Double(max(fit.stepsPerPass, 1)) }

  // MARK: JSON

  var json: JSONValue {
    let (bound, settings) = (result.bound, fit.settings)
    let configuration = fit.model.configuration
    var entries: [(String, JSONValue)] = [
      ("model", .string(settings.model)),
      ("inference", .string(AutoencoderSettings.inference)),
      ("observations", .integer(fit.data.observations)),
      ("dimensions", .integer(fit.data.rows.columns)),
      ("bound", .number(bound.value)),
      ("boundPerObservation", .number(bound.perObservation)),
      ("terms", AutoencoderWords.terms(bound)),
      ("estimate", .string("monteCarlo")),
      ("iterations", .integer(result.trace.count)),
      ("outcome", .string(result.outcome.rawValue)),
      ("seconds", .number(result.seconds)),
      ("secondsPerIteration", .number(result.seconds / Double(max(result.trace.count, 1)))),
      ("passes", .number(passes)),
      ("steps", .integer(result.minibatches)),
      ("stepsPerSecond", .number(stepsPerSecond)),
      ("batch", .integer(settings.batch)),
      ("optimizer", .string(settings.optimizer.rawValue)),
      ("learningRate", .number(settings.learningRate)),
      ("seed", .unsigned(settings.seed)),
      ("threads", .integer(fit.threads)),
      ("precision", .string(settings.precision.rawValue)),
      ("latent", .integer(configuration.latent)),
      ("hidden", .array(configuration.hidden.map { .integer($0) })),
      ("activation", .string(configuration.activation.rawValue)),
      ("likelihood", .string(settings.likelihood.rawValue)),
      ("posterior", .string(configuration.posterior.rawValue)),
      ("prior", .string(settings.prior.rawValue)),
      ("importance", .optional(settings.importance) { .integer($0) }),
      ("freeParameters", .integer(fit.model.layout.parameterCount)),
      ("activeUnits", .integer(units.active)),
      ("trace", .numbers(result.trace.map(\.value))),
    ]
    if let test {
      entries += [
        ("testBoundPerObservation", .number(test.mean)),
        ("testStandardError", .number(test.standardError)), ("testObservations", .integer(test.count)),
        ("testTrace", .numbers(result.testTrace)),
      ]
    }
    if fit.data.missingCells > 0 { entries.append(("missingCells", .integer(fit.data.missingCells))) }
    if let output { entries.append(("file", .string(output))) }
    return .object(entries)
  }

  // MARK: Words

  var text: String {
    let bound = result.bound
    let N = max(bound.count, 1)
    func nats(_ value: Double) -> String { NumberText.fixed(value / N, 4) }
    var rows = [
      [
        "bound", nats(bound.value),
        "nats an observation, \(NumberText.fixed(bound.value, 1)) in all"
          + (fit.settings.importance.map { ", importance-weighted with \($0) draws" } ?? ""),
      ],
      ["= reconstruction", nats(bound.reconstruction), "E_q[ln p(x | z, θ)]"],
      ["− latent KL", nats(bound.latentKL), "KL(q(z | x) ‖ p(z))"],
    ]
    if let test {
      rows.append([
        "test bound", NumberText.fixed(test.mean, 4),
        "± \(NumberText.fixed(test.standardError, 4)), \(fit.test?.source ?? ""), \(NumberText.count(test.count, "row"))",
      ])
    }
    let lines = [
      NumberText.table(rows, indentation: "", leading: [0, 2]),
      "\(outcome) after \(NumberText.short(passes)) \(passes == 1 ? "pass" : "passes"), "
        + "\(NumberText.count(result.minibatches)) steps, \(NumberText.duration(result.seconds)) in all, "
        + "\(NumberText.rate(stepsPerSecond)) steps/s",
      units.text,
      ending,
    ]
    return lines.joined(separator: "\n")
  }

  private var outcome: String {
    switch result.outcome {
    case .converged: "converged"
    case .cancelled: "interrupted"
    case .budgetExhausted, .outpaced: "stopped"
    }
  }

  private var ending: String {
    if let output { return "The model is in \(output)." }
    return result.outcome == .cancelled
      ? "No model file was written." : "The model was not saved: give -o FILE to keep it."
  }
}

/// Words that several verbs use of auto-encoders.
enum AutoencoderWords {
  /// p(z) in a word or two, and in full.
  static func prior(_ prior: AutoencoderPrior) -> String {
    switch prior {
    case .standard: "standard normal"
    case .mixture(let components): "mixture of \(NumberText.count(components, "Gaussian"))"
    case .vamp(let components): "posteriors of \(NumberText.count(components, "pseudo-input"))"
    }
  }

  /// `Variational auto-encoder 784–500–20 (tanh, Bernoulli likelihood, diagonal posterior)`.
  static func title(_ configuration: AutoencoderConfiguration) -> String {
    let widths = widths(configuration.columns, configuration.hidden, configuration.latent)
    return "Variational auto-encoder \(widths) "
      + "(\(configuration.activation.rawValue), \(likelihood(configuration.likelihood)), "
      + "\(configuration.posterior.rawValue) posterior"
      + (configuration.prior == .standard ? "" : ", prior: \(prior(configuration.prior))")
      + "\(bound(configuration.bound)))"
  }

  /// `784–500–20`.
  static func widths(_ first: Int, _ hidden: [Int], _ last: Int) -> String {
    ([first] + hidden + [last]).map(String.init).joined(separator: "–")
  }

  /// k of an importance-weighted bound.
  static func importanceDraws(_ bound: AutoencoderBound) -> Int? {
    guard case .importance(let draws, _) = bound else { return nil }
    return draws
  }

  static func likelihood(_ likelihood: AutoencoderLikelihood) -> String {
    switch likelihood {
    case .bernoulli: "Bernoulli likelihood"
    case .continuousBernoulli: "continuous Bernoulli likelihood"
    case .discretizedLogistic(let levels): "logistic likelihood of \(NumberText.count(levels, "level"))"
    case .categorical: "categorical likelihood"
    case .gaussian(.fixed(let variance)): "Gaussian likelihood of variance \(NumberText.short(variance))"
    case .gaussian(.shared): "Gaussian likelihood of one variance"
    case .gaussian(.columns): "Gaussian likelihood of a variance a column"
    case .gaussian(.network): "Gaussian likelihood of a variance a cell"
    }
  }

  private static func bound(_ bound: AutoencoderBound) -> String {
    importanceDraws(bound).map { ", importance-weighted bound of \(NumberText.count($0, "draw"))" } ?? ""
  }

  static func terms(_ bound: Bound, perObservation: Bool = false) -> JSONValue {
    let scale = perObservation ? 1 / max(bound.count, 1) : 1
    return .object([
      ("reconstruction", .number(bound.reconstruction * scale)),
      ("latentKL", .number(bound.latentKL * scale)),
      ("parameterKL", .number(bound.parameterKL * scale)),
    ])
  }
}
