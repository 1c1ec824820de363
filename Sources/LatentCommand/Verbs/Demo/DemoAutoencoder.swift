import Latent

/// The auto-encoder of the tour: digits on a plane.
struct DemoAutoencoder {
  let fitted: FittedAutoencoder<Float>
  let result: Training<AutoencoderFit<Float>.Climber>.Result
  /// The bound of digits outside the fit.
  let unseen: SampleMean

  private static let passes = 80
  private static let hidden = [256]
  private static let batch = 50
  /// Seconds, where the machine has much else to do.
  private static let longest = 60.0

  /// Two latent dimensions, a hidden layer each way, five thousand digits. Networks are trained in single precision.
  static func fit<Scalar: LatentScalar>(
    _ digits: Table<Scalar>, test: Table<Scalar>, seed: UInt64, threads: Int, console: Console
  ) async throws -> DemoAutoencoder {
    let stream = RandomStream(seed: seed)
    let rows = Rows(digits.values.converted(to: Float.self))
    let others = Rows(test.values.converted(to: Float.self))
    let configuration = AutoencoderConfiguration(
      columns: digits.columns, latent: 2, hidden: hidden, binarization: .stochastic)
    let model = try VariationalAutoencoder<Float>(configuration)
    let evaluation = stream.substream(2)
    typealias Climber = AutoencoderFit<Float>.Climber
    let training = Training<Climber>(
      climber: Climber(
        model, try OptimizerChoice.adam.rule(), learningRate: try ConstantRate(1e-3),
        settings: try GradientSettings(batchSize: batch), using: stream.substream(0), threads: threads),
      observations: rows,
      start: { (_) throws(InferenceError) in
        Climber.State(parameters: try model.initialParameters(for: rows, using: stream.substream(1)))
      },
      ascent: AscentSettings(tolerance: 0, timeLimit: longest), passes: passes,
      stepsPerPass: (rows.rows - 1) / batch + 1,
      console: console, checkpoint: nil, testBound: nil)
    let result = try await training.run(resuming: FitProgress())
    let unseen = SampleMean(
      try model.bounds(of: others, at: result.parameters, noise: evaluation, threads: threads))
    return DemoAutoencoder(
      fitted: FittedAutoencoder(
        model: model, parameters: result.parameters,
        description: FitDescription(
          model: "vae", inference: AutoencoderSettings.inference, components: 1, dimensions: digits.columns,
          latent: 2, prior: LatentPriorChoice.standard.rawValue,
          image: digits.imageShape.map { .init(height: $0.height, width: $0.width) },
          binarization: Binarization.stochastic.description, seed: seed, precision: Float.precisionName,
          observations: digits.rows, bound: result.bound, iterations: result.trace.count,
          outcome: result.outcome, freeParameters: model.layout.parameterCount, history: result.history)),
      result: result, unseen: unseen)
  }

  var text: String {
    let bound = result.bound
    let N = bound.count
    let rows = [
      [
        "bound", NumberText.fixed(bound.perObservation, 2),
        "nats a digit, of zeros and ones drawn from its greys",
      ],
      ["= reconstruction", NumberText.fixed(bound.reconstruction / N, 2), "E_q[ln p(x | z)]"],
      [
        "− latent KL", NumberText.fixed(bound.latentKL / N, 2),
        "KL(q(z | x) ‖ p(z)), what two numbers a digit cost",
      ],
    ]
    let shown = [1, 2, 5, 10, 20, 40].filter { $0 < result.trace.count } + [result.trace.count]
    let trace = shown.map { ["pass \($0)", NumberText.fixed(result.trace[$0 - 1].perObservation, 2)] }
    return "  bound, nats a digit\n" + NumberText.table(trace) + "\n\n"
      + NumberText.table(rows, leading: [0, 2])
      + "\n  \(NumberText.count(result.minibatches)) steps, \(NumberText.duration(result.seconds)); "
      + "\(NumberText.rate(result.stepsPerSecond)) steps/s"
      + "\n  digits it has not seen: \(NumberText.fixed(unseen.mean, 2)) ± "
      + "\(NumberText.fixed(unseen.standardError, 2)) nats a digit"
  }

  var json: JSONValue {
    .object([
      ("model", .string("vae")), ("latent", .integer(2)), ("bound", .number(result.bound.value)),
      ("passes", .integer(result.trace.count)), ("steps", .integer(result.minibatches)),
      ("stepsPerSecond", .number(result.stepsPerSecond)), ("seconds", .number(result.seconds)),
      ("unseenBound", .number(unseen.mean)), ("unseenStandardError", .number(unseen.standardError)),
      ("trace", .numbers(result.trace.map(\.value))),
    ])
  }
}
