import Latent

/// What the training of an auto-encoder found, as JSON and in words.
struct AutoencoderReport<Scalar: LatentScalar & TensorElement> {
  private let fit: AutoencoderFit<Scalar>
  private let fitted: FittedAutoencoder<Scalar>
  private let result: Training<AutoencoderFit<Scalar>.Climber>.Result
  private let test: SampleMean?
  private let output: String?

  init(
    _ fit: AutoencoderFit<Scalar>, fitted: FittedAutoencoder<Scalar>,
    result: Training<AutoencoderFit<Scalar>.Climber>.Result, output: String?
  ) throws {
    self.fit = fit
    self.fitted = fitted
    self.result = result
    self.output = output
    test = try fit.test?.bound(of: fit.model, at: result.parameters, threads: fit.threads)
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
      ("dimensions", .integer(fit.shape.columns)),
      ("quantity", .string(AutoencoderWords.quantity(configuration))),
      ("bound", .number(bound.value)),
      ("boundPerObservation", .number(bound.perObservation)),
      ("terms", AutoencoderWords.terms(bound)),
      ("estimate", .string(AutoencoderWords.estimate(configuration))),
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
      ("latent", .integer(settings.isRegression ? 0 : configuration.latentDimensions)),
      ("hidden", .array(settings.hidden.map { .integer($0) })),
      ("activation", .string(configuration.activation.rawValue)),
      ("likelihood", .string(settings.likelihood.rawValue)),
      ("posterior", .string(settings.posterior.rawValue)),
      ("prior", .string(settings.prior.rawValue)),
      ("importance", .optional(settings.importance) { .integer($0) }),
      ("freeParameters", .integer(fit.model.freeParameters)),
      ("activeUnits", .optional(fitted.diagnosis) { .integer($0.activeUnits) }),
      ("findings", .array((fitted.diagnosis?.findings ?? []).map { $0.json(fit.remedies) })),
      ("trace", .numbers(result.trace.map(\.value))),
    ]
    if let test {
      entries += [
        ("testBoundPerObservation", .number(test.mean)),
        ("testStandardError", .number(test.standardError)), ("testObservations", .integer(test.count)),
        ("testTrace", .numbers(result.testTrace.values)),
      ]
    }
    if let second = configuration.secondLayer {
      entries.append(("latentLayers", .array([configuration.latent, second.latent].map { .integer($0) })))
    }
    if let weightPrior = settings.weightPrior { entries.append(("weightPrior", .number(weightPrior))) }
    if let channels = settings.channels {
      entries.append(("channels", .array(channels.map { .integer($0) })))
    }
    if settings.condition != nil {
      entries.append(("condition", AutoencoderWords.condition(configuration, fit.shape.labels)))
    }
    if settings.restarts > 1 {
      entries += [("restarts", .integer(settings.restarts)), ("bestStart", .integer(result.best + 1))]
    }
    if fit.data.missingCells > 0 { entries.append(("missingCells", .integer(fit.data.missingCells))) }
    if let output { entries.append(("file", .string(output))) }
    if let page = fit.live?.result { entries.append(("report", .string(page))) }
    return .object(entries)
  }

  // MARK: Words

  var text: String {
    let bound = result.bound
    let N = bound.count > 0 ? bound.count : 1
    func nats(_ value: Double) -> String { NumberText.fixed(value / N, 4) }
    let inAll = "nats an observation, \(NumberText.fixed(bound.value, 1)) in all"
    var rows: [[String]]
    if fit.settings.isVariational {
      rows = [
        [
          "bound", nats(bound.value),
          inAll + (fit.settings.importance.map { ", importance-weighted with \($0) draws" } ?? ""),
        ],
        ["= reconstruction", nats(bound.reconstruction), "E_q[ln p(x | z, θ)]"],
        ["− latent KL", nats(bound.latentKL), "KL(q(z | x) ‖ p(z))"],
      ]
    } else {
      rows = [
        [
          AutoencoderWords.quantityName(fit.model.configuration), nats(bound.reconstruction),
          "nats an observation, \(AutoencoderWords.quantityMeaning(fit.model.configuration))",
        ]
      ]
    }
    if bound.parameterKL != 0 {
      rows.append(["− parameter KL", nats(bound.parameterKL), "−ln p(θ) of the weights"])
    }
    if let test {
      rows.append([
        fit.settings.isVariational ? "test bound" : "test", NumberText.fixed(test.mean, 4),
        "± \(NumberText.fixed(test.standardError, 4)), \(fit.test?.source ?? ""), \(NumberText.count(test.count, "row"))",
      ])
    }
    let lines: [String] = [
      NumberText.table(rows, indentation: "", leading: [0, 2]),
      "\(outcome) after \(NumberText.short(passes)) \(passes == 1 ? "pass" : "passes"), "
        + "\(NumberText.count(result.minibatches)) steps, \(NumberText.duration(result.seconds)) in all, "
        + "\(NumberText.rate(stepsPerSecond)) steps/s"
        + (fit.settings.restarts > 1
          ? "; start \(result.best + 1) of \(fit.settings.restarts) did best" : ""),
      fitted.diagnosis?.words(fit.remedies), ending,
    ].compactMap(\.self)
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
    let page = (fit.live?.result).map { " The report is in \($0)." } ?? ""
    if let output { return "The model is in \(output)." + page }
    return result.outcome == .cancelled
      ? "No model file was written." + page : "The model was not saved: give -o FILE to keep it." + page
  }
}
