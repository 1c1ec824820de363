import Latent

/// What the training of a deep filter found, as JSON and in words.
struct FilterReport<Scalar: LatentScalar & TensorElement> {
  private let fit: FilterFit<Scalar>
  private let fitted: FittedFilter<Scalar>
  private let result: Training<FilterAscent<Scalar>>.Result
  private let test: SampleMean?
  private let output: String?

  init(
    _ fit: FilterFit<Scalar>, fitted: FittedFilter<Scalar>,
    result: Training<FilterAscent<Scalar>>.Result, output: String?
  ) throws {
    self.fit = fit
    self.fitted = fitted
    self.result = result
    self.output = output
    test = try fit.test?.bounds(of: fit.model, at: result.parameters, threads: fit.threads)
  }

  private var x: SequenceBatch<Scalar> { fit.data.sequences }
  /// Starts begun anew.
  private var attempts: Int { result.state.attempt + 1 }

  var json: JSONValue {
    let (bound, settings, c) = (result.bound, fit.settings, fit.model.configuration)
    let minibatches = result.state.minibatches
    var entries: [(String, JSONValue)] = [
      ("model", .string(settings.model)), ("inference", .string(AutoencoderSettings.inference)),
      ("observations", .integer(x.count)), ("frames", .integer(x.frameCount)),
      ("dimensions", .integer(x.columns)), ("controls", .integer(x.controlColumns)),
      ("bound", .number(bound.value)), ("boundPerObservation", .number(bound.perObservation)),
      ("boundPerFrame", .number(bound.value / Double(x.frameCount))),
      ("terms", AutoencoderWords.terms(bound)), ("estimate", .string("monteCarlo")),
      ("iterations", .integer(result.trace.count)), ("outcome", .string(result.outcome.rawValue)),
      ("seconds", .number(result.seconds)),
      ("secondsPerIteration", .number(result.seconds / Double(max(result.trace.count, 1)))),
      ("passes", .number(Double(minibatches) / Double(fit.stepsPerPass))), ("steps", .integer(minibatches)),
      ("stepsPerSecond", .number(result.stepsPerSecond)), ("batch", .integer(settings.batch)),
      ("learningRate", .number(settings.learningRate)), ("masking", .number(settings.masking)),
      ("attempts", .integer(attempts)), ("seed", .unsigned(settings.seed)),
      ("threads", .integer(fit.threads)), ("precision", .string(settings.precision.rawValue)),
      ("latent", .integer(settings.latent)), ("matrices", .optional(settings.matrices) { .integer($0) }),
      ("hidden", .array(settings.hidden.map { .integer($0) })),
      ("recognition", .array(settings.recognition.map { .integer($0) })),
      ("transitionHidden", .array(settings.transitionHidden.map { .integer($0) })),
      ("firstFrames", .integer(settings.firstFrames)),
      ("smoothing", .optional(settings.smoothing) { .integer($0) }),
      ("activation", .string(c.activation.rawValue)), ("likelihood", .string(settings.likelihood.rawValue)),
      ("freeParameters", .integer(fitted.description.freeParameters)),
      ("trace", .numbers(result.trace.map(\.value))),
    ]
    if let test {
      entries += [
        ("testBoundPerObservation", .number(test.mean)), ("testStandardError", test.errorJSON),
        ("testObservations", .integer(test.count)), ("testTrace", .numbers(result.testTrace.values)),
      ]
    }
    if let weightPrior = settings.weightPrior { entries.append(("weightPrior", .number(weightPrior))) }
    if settings.restarts > 1 {
      entries += [("restarts", .integer(settings.restarts)), ("bestStart", .integer(result.best + 1))]
    }
    if fit.data.missingCells > 0 { entries.append(("missingCells", .integer(fit.data.missingCells))) }
    if let output { entries.append(("file", .string(output))) }
    if let page = fit.live?.result { entries.append(("report", .string(page))) }
    return .object(entries)
  }

  var text: String {
    let bound = result.bound
    let N = bound.count > 0 ? bound.count : 1
    func nats(_ value: Double) -> String { NumberText.fixed(value / N, 4) }
    var rows: [[String]] = [
      [
        "bound", nats(bound.value),
        "nats a sequence, \(NumberText.fixed(bound.value / Double(x.frameCount), 4)) a frame",
      ],
      ["= reconstruction", nats(bound.reconstruction), "E_q[ln p(x | z, θ)]"],
      ["− latent KL", nats(bound.latentKL), "KL(q(w | x, u) ‖ p(w))"],
    ]
    if bound.parameterKL != 0 {
      rows.append(["− parameter KL", nats(bound.parameterKL), "KL(q(v) ‖ p(v)) of the matrices"])
    }
    if let test {
      rows.append([
        "test bound", NumberText.fixed(test.mean, 4),
        (test.count > 1 ? "± \(NumberText.fixed(test.standardError, 4)), " : "")
          + "\(fit.test?.source ?? ""), "
          + NumberText.count(test.count, "sequence"),
      ])
    }
    var ending = "The model was not saved: give -o FILE to keep it."
    if let output {
      ending = "The model is in \(output)."
    } else if result.outcome == .cancelled {
      ending = "No model file was written."
    }
    if let page = fit.live?.result { ending += " The report is in \(page)." }
    return [
      NumberText.table(rows, indentation: "", leading: [0, 2]),
      "\(outcome) after \(NumberText.count(result.state.minibatches)) steps, "
        + "\(NumberText.duration(result.seconds)) in all, \(NumberText.rate(result.stepsPerSecond)) steps/s"
        + (attempts > 1 ? "; begun anew \(NumberText.count(attempts - 1, "time"))" : "")
        + (fit.settings.restarts > 1
          ? "; start \(result.best + 1) of \(fit.settings.restarts) did best" : ""),
      ending,
    ].joined(separator: "\n")
  }

  private var outcome: String {
    switch result.outcome {
    case .converged: "the recipe has run its course"
    case .cancelled: "interrupted"
    case .budgetExhausted, .outpaced: "stopped"
    }
  }
}
