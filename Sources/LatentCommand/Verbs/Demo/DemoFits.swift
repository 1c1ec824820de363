import Foundation
import Latent

/// The fits of the tour.
struct DemoFits<Scalar: LatentScalar> {
  let digits: Table<Scalar>
  let test: Table<Scalar>
  let seed: UInt64
  let threads: Int
  let console: Console

  private static var mostIterations: Int { 200 }

  /// One mixture of ten Gaussians, fitted from one start.
  func fit(_ covariance: CovarianceStructure) async throws -> DemoFit<Scalar> {
    let (x, K) = (digits.values, DemoCommand.components)
    let rows = Rows(x)
    let prior = try GaussianPrior.scaled(
      to: rows, components: K, covariance: covariance, sharesUnits: true, threads: threads)
    let model = try GaussianMixture<Scalar>(
      components: K, dimensions: x.columns, covariance: covariance, prior: prior)
    let start = try model.initialParameters(
      for: rows, sharesUnits: true, using: RandomStream(seed: seed), threads: threads)

    let stopping = StoppingRule(tolerance: 1e-6, maximumIterations: Self.mostIterations)
    let fit = Fit(CoordinateAscent(model, threads: threads), on: rows, stopping: stopping) { _ in
      .init(parameters: start)
    }
    var display = FitDisplay(console: console, stopping: stopping, restarts: 1)
    defer { display.end() }
    let result = try await fit.run { step in
      display.show(
        .init(
          restart: step.restart, iteration: step.iteration, bound: step.bound, gain: step.gain,
          seconds: step.seconds, totalSeconds: step.progress.seconds, isLast: step.outcome != nil))
    }

    let θ = result.state.parameters
    let clusters = try model.posterior(of: rows, at: θ, threads: threads).responsibilities
      .likeliestComponents()
    return DemoFit(
      model: model, result: result, seed: seed,
      image: digits.imageShape.map { .init(height: $0.height, width: $0.width) },
      agreement: digits.labels.map { Agreement(of: clusters, with: $0) },
      unseen: SampleMean(try model.logDensity(of: Rows(test.values), at: θ, threads: threads)))
  }
}

/// What one fit of the tour found.
struct DemoFit<Scalar: LatentScalar> {
  let model: GaussianMixture<Scalar>
  let result: FitResult<CoordinateAscent<GaussianMixture<Scalar>>.State>
  let seed: UInt64
  let image: FitDescription.ImageSize?
  let agreement: Agreement?
  /// ln p(x) of digits outside the fit.
  let unseen: SampleMean

  var parameters: GaussianMixtureParameters { result.state.parameters }

  var text: String {
    let bound = result.bound
    var lines = [trace, ""]
    let terms = [
      ["bound", NumberText.fixed(bound.value, 1), "ln p(x, θ), what EM raises, in nats"],
      ["= reconstruction", NumberText.fixed(bound.reconstruction, 1), "E_q[ln p(x | z, θ)]"],
      ["− latent KL", NumberText.fixed(bound.latentKL, 1), "KL(q(z) ‖ p(z | θ)), what the clusters cost"],
      ["− parameter KL", NumberText.fixed(bound.parameterKL, 1), "−ln p(θ), the prior"],
    ]
    lines.append(NumberText.table(terms, leading: [0, 2]))
    let ending =
      result.outcome == .converged ? "converged" : "stopped, still rising a little,"
    lines.append(
      "  \(ending) after \(result.trace.count) iterations, \(NumberText.duration(result.seconds)); "
        + "\(NumberText.duration(result.seconds / Double(result.trace.count))) an iteration")
    let sizes = parameters.weights.map { Int(($0 * bound.count).rounded()) }.sorted(by: >)
    lines.append("  digits of each Gaussian: \(sizes.map { NumberText.count($0) }.joined(separator: ", "))")
    lines.append(
      "  \(NumberText.count(unseen.count)) digits it has not seen: ln p(x) = "
        + "\(NumberText.fixed(unseen.mean, 1)) ± \(NumberText.fixed(unseen.standardError, 1)) nats a digit "
        + "(those it has: \(NumberText.fixed(bound.evidence / bound.count, 1)))")
    if let agreement, model.emission.covariance == .spherical {
      lines.append(
        "  agreement with the labels (not used in the fit): adjusted Rand index "
          + "\(NumberText.fixed(agreement.adjustedRandIndex, 3)), normalized mutual information "
          + "\(NumberText.fixed(agreement.normalizedMutualInformation, 3)), majority accuracy "
          + NumberText.fixed(agreement.majorityAccuracy, 3))
    }
    return lines.joined(separator: "\n")
  }

  /// The bound by iteration, as bars from the first value to the last.
  private var trace: String {
    let values = result.trace.map(\.perObservation)
    let (low, high) = (values[0], max(values[values.count - 1], values[0]))
    let shown = [1, 2, 3, 5, 8, 13, 21, 34].filter { $0 < values.count } + [values.count]
    let width = 40.0
    let rows = shown.map { iteration -> [String] in
      let value = values[iteration - 1]
      let share = high > low ? (value - low) / (high - low) : 1
      return [
        "iteration \(iteration)", NumberText.fixed(value, 3),
        String(repeating: "█", count: 1 + Int((share * width).rounded())),
      ]
    }
    return "  bound, nats a digit\n" + NumberText.table(rows, leading: [0, 2])
  }

  var json: JSONValue {
    .object([
      ("model", .string("gmm")), ("covariance", .string(model.emission.covariance.rawValue)),
      ("bound", .number(result.bound.value)), ("iterations", .integer(result.trace.count)),
      ("outcome", .string(result.outcome.rawValue)), ("seconds", .number(result.seconds)),
      ("unseenMean", .number(unseen.mean)), ("unseenStandardError", .number(unseen.standardError)),
      ("trace", .numbers(result.trace.map(\.value))),
    ])
  }

  /// The model as a file holds it.
  func fitted() -> FittedMixture<GaussianEmission<Scalar>> {
    FittedMixture(
      model: model, parameters: parameters,
      description: FitDescription(
        model: "gmm", components: model.components, dimensions: model.dimensions,
        covariance: model.emission.covariance, prior: GaussianKind<Scalar>.priors[0],
        image: image, seed: seed,
        precision: Scalar.precisionName, observations: Int(result.bound.count), bound: result.bound,
        hasExactPosterior: true, iterations: result.trace.count, outcome: result.outcome,
        freeParameters: model.freeParameters,
        history: FitHistory(
          trace: result.trace,
          starts: result.runs.map { .init(bound: $0.bound, steps: $0.iterations, outcome: $0.outcome) },
          best: result.best.restart)))
  }
}
