import Foundation
import Latent

/// One fit of a mixture, from prepared data to the report.
struct MixtureFit<Kind: ModelKind>: Sendable {
  typealias Parameters = MixtureParameters<Kind.Family.Parameters>

  let settings: FitSettings
  let data: FitData<Kind.Scalar>
  let ascent: AscentSettings
  let threads: Int
  let console: Console
  let model: Mixture<Kind.Family>
  /// The fit that this one goes on from.
  let earlier: FittedMixture<Kind.Family>?
  /// Whether the model file keeps the statistics of the rows.
  let keepsStatistics: Bool
  let checkpoint: Archive?
  let start: FitStart<Kind>
  /// Nil when nothing is kept on the disk.
  let configuration: CheckpointConfiguration?
  /// The page that is rewritten while the fit runs; nil without --report.
  var live: LiveReport?

  /// - Throws: `UsageError` when a checkpoint belongs to other data; `InferenceError` of the prior.
  init(
    settings: FitSettings, data: FitData<Kind.Scalar>, ascent: AscentSettings, threads: Int, console: Console,
    checkpoint: Archive? = nil, earlier: FittedMixture<Kind.Family>? = nil, keepsStatistics: Bool = false
  ) throws {
    if let earlier, earlier.memory == nil { throw PreparationError.noStatistics(path: settings.from ?? "") }
    self.settings = settings
    self.earlier = earlier
    // Where statistics do not tell the bound, nothing can go on from them.
    self.keepsStatistics =
      Kind.linear != nil && (keepsStatistics || settings.climb.batches != nil || earlier != nil)
    self.ascent = ascent
    self.threads = threads
    self.console = console
    self.checkpoint = checkpoint
    try Self.checkMemory(settings, columns: data.rows.columns)
    let needsFingerprint = checkpoint != nil || ascent.checkpoint != nil
    var configuration =
      needsFingerprint ? CheckpointConfiguration(settings: settings, data: data.fingerprint) : nil
    if let earlier, let data = configuration?.data {
      // Another file to go on from is other data.
      var hash = SHA256()
      (Array(data.sha256.utf8) + (try earlier.archive().encoded())).withUnsafeBytes { hash.update($0) }
      configuration?.data.sha256 = hash.hexDigest()
    }
    if let checkpoint, let configuration {
      try CheckpointConfiguration(from: checkpoint).data.check(configuration.data, path: ascent.resume ?? "")
    }
    self.configuration = configuration
    let model =
      try earlier?.model
      ?? Kind.model(settings.model, for: data.rows, sharesUnits: data.image != nil, threads: threads)
      .keeping(settings.model.sparse)
    self.model = model
    var data = data
    data.stream = data.stream?.checked(by: model.emission)
    // A start that is given does not look at the rows.
    if data.stream == nil { try model.emission.validate(data.rows) }
    self.data = data
    // A start from a file is in the checkpoint already.
    if let earlier {
      start = .parameters(earlier.parameters)
    } else if checkpoint != nil, settings.startFile != nil {
      start = .mixture(.kMeans)
    } else {
      start = try FitStart.read(
        settings, family: model.emission, data: data, console: console, threads: threads)
    }
  }

  /// Fits, reports, and writes the model file.
  func run(writingTo output: String?) async throws {
    let work = InterruptibleFit.steps(settings.model.model, console, live)
    let result = try await work.result(
      orWithout: "latent: interrupted before the first step.",
      failure: { data.failure($0, restarts: settings.restarts, remedies: remedies) }
    ) { try await climb() }
    let isInterrupted = result.outcome == .cancelled
    var fitted = try fitted(result)
    fitted.description.findings = try findings(result)
    if let output, !isInterrupted {
      if keepsStatistics { fitted.memory = try memory(at: result.parameters) }
      try fitted.archive().write(to: output)
    }
    live?.finish { try self.report(fitted) }
    let report = try FitReport(self, fitted: fitted, result: result, output: isInterrupted ? nil : output)
    try console.result(report.json, orText: report.text)
    try work.end(result.outcome, resumption: resumption)
  }

  // MARK: The result

  /// The model at the parameters found, with as many components as there are in the end.
  func fitted(_ result: FitOutcome<Parameters>) throws(InferenceError) -> FittedMixture<Kind.Family> {
    let model = try Mixture(
      components: result.parameters.components, of: model.emission, mixing: model.mixing)
    return FittedMixture(
      model: model, parameters: result.parameters,
      description: description(
        components: model.components, bound: result.bound, iterations: result.trace.count,
        outcome: result.outcome, history: result.history))
  }

  /// What a model file says of a fit with so many components in the end.
  func description(
    components: Int, bound: Bound, iterations: Int, outcome: Outcome, history: FitHistory?
  ) -> FitDescription {
    let free =
      model.emission.freeParameters(components: components)
      + model.mixing.freeParameters(components: components)
    return FitDescription(
      model: settings.model.model, inference: settings.model.inference,
      components: components, dimensions: model.dimensions,
      covariance: settings.model.covariance, latent: settings.model.latent,
      prior: settings.model.prior ?? "none",
      columnNames: data.columnNames ?? earlier?.description.columnNames,
      levels: settings.model.levels,
      image: data.image, standardization: data.standardization,
      binarization: settings.binarize?.description ?? earlier?.description.binarization,
      seed: settings.seed,
      precision: settings.precision.rawValue, observations: observations,
      missingCells: data.missingCells + (earlier?.description.missingCells ?? 0), bound: bound,
      hasExactPosterior: hasExactPosterior(bound), iterations: iterations,
      outcome: outcome, freeParameters: free, history: history)
  }

  /// Whether the bound's q(z) is that of all rows at the parameters found, and these are a point: not where components are
  /// left out of it, and not where batches or earlier rows keep what they had at other parameters.
  private func hasExactPosterior(_ bound: Bound) -> Bool {
    !model.mixing.isDistribution && !model.emission.isVariational && model.kept == nil
      && bound.estimate == .exact && settings.climb.batches?.isMemoized != true && earlier == nil
  }

  /// What is worth a look. Of rows that are not all at hand, parameters tell how many each component holds; which these are,
  /// and which components share them, is seen in the sample of a file. New rows say little of what components share.
  private func findings(_ result: FitOutcome<Parameters>) throws(InferenceError) -> [MixtureFinding] {
    let θ = result.parameters
    let isWhole = data.stream == nil && earlier == nil
    let found = try model.findings(
      in: data.rows, at: θ,
      expectedCounts: isWhole ? nil : model.expectedCounts(at: θ, total: result.bound.count),
      threads: threads)
    return found.filter { earlier == nil || !$0.isOfPair }.map {
      $0.renumbered(data.sampleNumbers ?? data.rowNumbers?.fitted)
    }
  }

  /// What of the model could be changed.
  var remedies: Remedies { Self.remedies(settings) }

  static func remedies(_ settings: FitSettings) -> Remedies {
    Remedies(
      Kind.self, settings.model, standardized: settings.standardize || settings.from != nil,
      single: settings.precision == .single)
  }

  // MARK: Words

  func header<State>(of progress: FitProgress<State>) -> String {
    let held = data.heldOut.map { ", \(NumberText.count($0.rows, "row")) held out" } ?? ""
    let missing =
      data.missingCells > 0 ? ", \(NumberText.count(data.missingCells, "missing cell"))" : ""
    var resumed = ascent.resume.map { "\nGoing on from \($0)." } ?? ""
    let ended = progress.runs.count { $0.outcome == .budgetExhausted }
    if ended > 0 { resumed += " Starts that had used up their budget stay as they are: \(ended)." }
    return "\(Kind.title(settings.model)) fitted to \(data.source), "
      + "\(NumberText.count(data.observations)) × \(NumberText.count(data.rows.columns))\(missing)\(held)\n"
      + "\(Vocabulary.title(ofInference: settings.model.inference)), \(settings.precision.rawValue) precision, "
      + "\(NumberText.count(threads, "thread")), seed \(settings.seed)" + batchWords + resumed
  }

  /// How the data are gone through, and what a start knows of them.
  private var batchWords: String {
    let after = earlier.map {
      "\nGoing on from \(NumberText.count($0.description.observations, "row")) of \(settings.from ?? "")."
    }
    guard let batches = settings.climb.batches else { return after ?? "" }
    let sample =
      data.stream == nil || earlier != nil || data.rows.rows == data.observations
      ? "" : "; start and prior from \(NumberText.count(data.rows.rows, "row")) spread over the file"
    return "\n\(NumberText.count(batchCount ?? 1, "batch", plural: "batches")) of up to "
      + "\(NumberText.count(batches.rows, "row"))\(data.stream == nil ? "" : " from the file")"
      + (batches.isMemoized ? ", their statistics kept" : "") + sample + "." + (after ?? "")
  }

  private var resumption: String {
    guard let checkpoint = ascent.checkpoint else {
      let kept = ascent.resume.map { "\($0) is as it was" } ?? "nothing was saved"
      return "latent: interrupted; \(kept). With --checkpoint FILE a fit keeps how far it came."
    }
    return "latent: interrupted. To go on:\n  \(CommandLineText.resuming(from: checkpoint))"
  }

  /// Refuses sizes that cannot be held before they are reserved.
  private static func checkMemory(_ settings: FitSettings, columns: Int) throws {
    let model = settings.model
    let (K, D) = (Double(model.components), Double(columns))
    // The parameters, the statistics of two lanes, and the factors; the prior's scale and its factor.
    let matrices = model.covariance.map { $0 == .full ? 4 * K + 4 : 8 } ?? 0
    let vectors = 8 * K * Double(1 + (model.latent ?? 0))
    let needed = 8 * (matrices * D * D + vectors * D)
    let available = Double(Memory.physical)
    guard needed <= available else {
      throw PreparationError.tooLargeForMemory(
        components: model.components, columns: columns, needed: needed, available: available,
        remedies: Self.remedies(settings))
    }
  }
}
