import Foundation
import Latent

/// One model of a comparison, fitted.
struct Candidate: Sendable {
  let settings: ModelSettings
  /// Why it could not be fitted.
  var failure: String?
  var bound = Double.nan
  /// Those of the model in the end: moves may have changed the number of components.
  var freeParameters = Int.max
  var components: Int
  /// Where the fit tells ln p(x | θ), and not only a bound.
  var criteria: InformationCriteria?
  var heldOut: SampleMean?
  var outcome: Outcome?
  /// Of all starts.
  var iterations = 0
  var seconds = 0.0
  /// Components that hold a row or more.
  var effectiveComponents = 0
  /// The logarithm of the number of labellings, each of them a mode as high, which a bound around one of them lacks.
  var logLabellings = 0.0

  /// Whether it is a model of sequences, which has no components.
  var isSequences: Bool { Vocabulary.sequenceModels.contains(settings.model) }

  /// Fits from every start and keeps the best.
  ///
  /// - Parameter run: the settings of the comparison, whatever its model.
  init<Kind: ModelKind>(
    fitting settings: ModelSettings, _: Kind.Type, to data: FitData<Kind.Scalar>, run: FitSettings,
    ascent: AscentSettings, threads: Int
  ) async throws {
    self.settings = settings
    components = settings.components
    guard data.rows.rows >= settings.components else {
      failure = "more components than rows"
      return
    }
    var run = run
    run.model = settings
    do {
      let fit = try MixtureFit<Kind>(
        settings: run, data: data, ascent: ascent, threads: threads, console: .silent)
      let result = try await fit.climb()
      try take(fit, result)
    } catch let error as InferenceError {
      // Data that no candidate can take end the comparison; a collapse ends a candidate.
      guard error.exitStatus == ExitStatus.inferenceFailed else { throw error }
      failure = error.reason(columnNames: data.columnNames)
    } catch let error as PreparationError {
      failure = String(error.explanation.prefix { $0 != "\n" })
    }
  }

  private mutating func take<Kind: ModelKind>(
    _ fit: MixtureFit<Kind>, _ result: FitOutcome<MixtureFit<Kind>.Parameters>
  ) throws(InferenceError) {
    let fitted = try fit.fitted(result)
    let (model, θ, data) = (fitted.model, fitted.parameters, fit.data)
    bound = result.bound.value
    outcome = result.outcome
    iterations = result.runs.reduce(0) { $0 + $1.iterations }
    seconds = result.seconds
    (components, freeParameters) = (model.components, model.freeParameters)
    effectiveComponents = model.effectiveComponents(
      at: θ, total: result.bound.count, row: data.rows.weightOfOneRow)
    logLabellings = model.mixing.logLabellings(components: model.components)
    if fitted.description.hasExactPosterior {
      let q = try model.posterior(of: data.rows, at: θ, threads: fit.threads).responsibilities
      criteria = InformationCriteria(
        logLikelihood: result.bound.evidence, freeParameters: freeParameters,
        observations: result.bound.count, entropy: q.weightedEntropy(data.rows.weightsInSourceOrder))
    }
    heldOut = try data.heldOut.map { rows throws(InferenceError) in
      SampleMean(
        try Kind.logDensity(of: rows, under: fitted, threads: fit.threads), weights: rows.weightsInSourceOrder
      )
    }
  }

  /// `3 components, tied covariance`.
  var name: String {
    var parts: [String] = []
    if !Vocabulary.singleComponentModels.contains(settings.model) {
      parts.append(
        NumberText.count(settings.components, settings.model == "hmm" ? "state" : "component"))
    }
    if let latent = settings.latent {
      parts.append(NumberText.count(latent, settings.model == "lds" ? "latent dimension" : "factor"))
    }
    if let covariance = settings.covariance { parts.append("\(covariance.rawValue) covariance") }
    return parts.isEmpty ? Vocabulary.title(ofModel: settings.model) : parts.joined(separator: ", ")
  }

  /// The value to compare by; nil where the fit failed.
  func value(of criterion: Criterion) -> Double? {
    guard failure == nil else { return nil }
    switch criterion {
    case .bic: return criteria?.bic
    case .aic: return criteria?.aic
    case .icl: return criteria?.icl
    case .heldout: return heldOut?.mean
    case .bound: return bound
    }
  }

  /// Whether the fit was stopped before it had converged.
  var isUnfinished: Bool { failure == nil && outcome != .converged }

  func summary(by criterion: Criterion) -> String {
    if let failure { return "failed: \(failure)" }
    return value(of: criterion).map { "\(criterion.title(of: settings.model)) \(NumberText.fixed($0, 4))" }
      ?? "no value"
  }
}

extension Matrix {
  /// −Σ w q ln q over all rows, in nats.
  func weightedEntropy(_ weights: [Double]?) -> Double {
    withUnsafeElements { q in
      var total = 0.0
      for n in 0..<rows {
        for k in 0..<columns where q[n * columns + k] > 0 {
          let value = Double(q[n * columns + k])
          total -= (weights?[n] ?? 1) * value * log(value)
        }
      }
      return Swift.max(total, 0)
    }
  }
}
