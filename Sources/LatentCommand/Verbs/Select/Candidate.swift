import Foundation
import Latent

/// One model of a comparison, fitted.
struct Candidate: Sendable {
  let settings: ModelSettings
  /// Why it could not be fitted.
  var failure: String?
  var bound = Double.nan
  var criteria: InformationCriteria?
  var heldOut: SampleMean?
  var outcome: Outcome?
  var iterations = 0
  var seconds = 0.0
  /// Components that hold a row or more.
  var effectiveComponents = 0

  /// Fits from every start and keeps the best.
  init<Kind: ModelKind>(
    fitting settings: ModelSettings, _: Kind.Type, to data: FitData<Kind.Scalar>, stopping: StoppingRule,
    restarts: Int, seed: UInt64, threads: Int
  ) async throws {
    self.settings = settings
    guard data.rows.rows >= settings.components else {
      failure = "more components than rows"
      return
    }
    do {
      let model = try Kind.model(
        settings, for: data.rows, sharesUnits: data.image != nil, threads: threads)
      let stream = RandomStream(seed: seed)
      let fit = Fit(
        CoordinateAscent(model, threads: threads), on: data.rows, stopping: stopping, restarts: restarts
      ) { (restart) throws(InferenceError) in
        .init(
          parameters: try model.initialParameters(
            for: data.rows, sharesUnits: data.image != nil, using: stream.substream(restart), threads: threads
          )
        )
      }
      let result = try await fit.run()
      let θ = result.state.parameters
      bound = result.bound.value
      outcome = result.outcome
      iterations = result.iterations
      seconds = result.seconds
      let q = try model.posterior(of: data.rows, at: θ, threads: threads).responsibilities
      let weights = data.rows.inSourceOrder((0..<data.rows.rows).map { data.rows.weight(of: $0) })
      criteria = InformationCriteria(
        logLikelihood: result.bound.evidence, freeParameters: model.freeParameters,
        observations: result.bound.count, entropy: q.weightedEntropy(weights))
      effectiveComponents = θ.weights.count { $0 * result.bound.count >= 1 }
      if let rows = data.heldOut {
        let fitted = FittedMixture(
          model: model, parameters: θ,
          description: FitDescription(
            model: settings.model, inference: settings.inference, components: settings.components,
            dimensions: model.dimensions, seed: seed, precision: Kind.Scalar.precisionName,
            observations: data.rows.rows, bound: result.bound, iterations: result.iterations,
            outcome: result.outcome, freeParameters: model.freeParameters))
        heldOut = SampleMean(try Kind.logDensity(of: rows, under: fitted, threads: threads))
      }
    } catch let error as InferenceError {
      // Data that no candidate can take end the comparison; a collapse ends a candidate.
      guard error.exitStatus == ExitStatus.inferenceFailed else { throw error }
      failure = error.reason(columnNames: data.columnNames)
    }
  }

  /// `3 components, tied covariance`.
  var name: String {
    var parts: [String] = []
    if !Vocabulary.singleComponentModels.contains(settings.model) {
      parts.append(NumberText.count(settings.components, "component"))
    }
    if let latent = settings.latent { parts.append(NumberText.count(latent, "factor")) }
    if let covariance = settings.covariance { parts.append("\(covariance.rawValue) covariance") }
    return parts.joined(separator: ", ")
  }

  /// The value to compare by; nil where the fit failed.
  func value(of criterion: Criterion) -> Double? {
    guard failure == nil, let criteria else { return nil }
    switch criterion {
    case .bic: return criteria.bic
    case .aic: return criteria.aic
    case .icl: return criteria.icl
    case .heldout: return heldOut?.mean
    case .bound: return bound
    }
  }

  /// ln K!, which a bound around one of the K! equal modes lacks.
  var logPermutations: Double { logGamma(Double(settings.components) + 1) }

  func summary(by criterion: Criterion) -> String {
    if let failure { return "failed: \(failure)" }
    return value(of: criterion).map { "\(criterion.title) \(NumberText.fixed($0, 4))" } ?? "no value"
  }
}

extension Matrix {
  /// −Σ w q ln q over all rows, in nats.
  func weightedEntropy(_ weights: [Double]) -> Double {
    withUnsafeElements { q in
      var total = 0.0
      for n in 0..<rows {
        for k in 0..<columns where q[n * columns + k] > 0 {
          let value = Double(q[n * columns + k])
          total -= weights[n] * value * log(value)
        }
      }
      return Swift.max(total, 0)
    }
  }
}
