import Latent

// Which ascent climbs which model on which observations.

extension MixtureFit {
  /// The substreams of the seed that shuffle rows into batches and choose the order of batches; below zero, apart from
  /// those of the restarts.
  private static var shuffleSubstream: Int { -3 }
  private static var orderSubstream: Int { -4 }

  /// The number of batches; nil where every step visits all rows.
  var batchCount: Int? {
    settings.climb.batches.map { data.stream?.batchCount ?? (data.rows.rows - 1) / $0.rows + 1 }
  }

  /// The rows that the model has seen in the end.
  var observations: Int { data.observations + (earlier?.description.observations ?? 0) }

  func climb() async throws -> FitOutcome<Parameters> {
    if settings.climb.batches?.isMemoized == true || earlier != nil, let linear = Kind.linear {
      return try await linear.climb(self)
    }
    if settings.climb.batches != nil { return try await climb(model) }
    return try await Kind.climb(self)
  }

  /// Climbs in any way but with the batches' statistics remembered.
  func climb<Model: ConjugateModel>(_ model: Model) async throws -> FitOutcome<Parameters>
  where
    Model.Observations == Rows<Kind.Scalar>, Model.Parameters == Parameters, Model.Statistics: Archivable
  {
    if let batches = settings.climb.batches {
      guard let file = data.stream else { return try await climb(model, on: shuffled(batches), batches) }
      return try await climb(model, on: file, batches)
    }
    switch settings.climb.acceleration {
    case .none: return try await climb(CoordinateAscent(model, threads: threads), on: data.rows)
    case .anderson: return try await climb(AcceleratedAscent(model, threads: threads), on: data.rows)
    }
  }

  private func climb<Model: ConjugateModel, Source: ObservationSource>(
    _ model: Model, on source: Source, _ batches: BatchSettings
  ) async throws -> FitOutcome<Parameters>
  where
    Source.Batch == Rows<Kind.Scalar>, Model.Observations == Rows<Kind.Scalar>,
    Model.Parameters == Parameters, Model.Statistics: Archivable
  {
    let ascent = StochasticAscent<Model, Source>(
      model, schedule: try batches.schedule(), using: order, threads: threads)
    return try await climb(ascent, on: source)
  }

  /// Rows in memory, cut into batches that are each like the whole.
  private func shuffled(_ batches: BatchSettings) -> Batches<Rows<Kind.Scalar>> {
    Batches(
      data.rows, size: batches.rows,
      shuffledBy: RandomStream(seed: settings.seed).substream(Self.shuffleSubstream))
  }

  private var order: RandomStream { RandomStream(seed: settings.seed).substream(Self.orderSubstream) }

  private func initialParameters(_ restart: Int) throws(InferenceError) -> Parameters {
    switch start {
    case .parameters(let θ): return θ
    case .mixture(let start):
      do throws(InferenceError) {
        return try model.initialParameters(
          for: data.rows, start: start, sharesUnits: data.image != nil,
          using: RandomStream(seed: settings.seed).substream(restart), threads: threads)
      } catch {
        throw error.renumbered(data.sampleNumbers)
      }
    }
  }

  /// Climbs by one ascent, showing how far it is and keeping checkpoints.
  func climb<A: Ascent>(
    _ climber: A, on observations: A.Observations
  ) async throws -> FitOutcome<Parameters> where A.State: Archivable & StartingState<Parameters> {
    let recorded = try checkpoint.map { archive throws(FileError) in
      try FitCheckpoint<A.State>(
        from: archive, accepting: { model.emission.accepts($0.parameters.emission) })
    }
    let progress = recorded?.progress ?? FitProgress()
    console.note(header(of: progress))
    live?.begin(title: Kind.title(settings.model), words: header(of: progress))
    let stopping = ascent.stopping(by: settings.climb.batches, count: batchCount ?? 1)
    let fit = Fit(
      climber, on: observations, stopping: stopping, restarts: settings.restarts,
      race: settings.climb.race ? RestartRace(threads: threads) : nil, resuming: progress
    ) { (restart) throws(InferenceError) in A.State(parameters: try initialParameters(restart)) }
    var keeper = CheckpointKeeper<A.State>(
      path: ascent.checkpoint, every: ascent.every, configuration: configuration)
    var display = FitDisplay(console: console, stopping: stopping, restarts: settings.restarts)
    defer { display.end() }
    var watch = FitWatch(console: console, columnNames: data.columnNames)
    var (seconds, steps) = (0.0, 0)
    var iterator = fit.makeAsyncIterator()
    while true {
      keeper?.willStep(from: iterator.progress)
      guard let step = try await iterator.next() else { break }
      if step.iteration > 1 {
        seconds += step.seconds
        steps += 1
      }
      var shown = step.bound
      shown.count += earlier?.description.bound.count ?? 0
      display.show(
        .init(
          restart: step.restart, iteration: step.iteration, bound: shown, gain: step.gain,
          seconds: step.seconds, totalSeconds: step.progress.seconds, isLast: step.outcome != nil))
      if let state = step.progress.state {
        watch.look(
          at: state.parameters, of: model, bound: shown, row: data.rows.weightOfOneRow, restart: step.restart,
          iteration: step.iteration)
      }
      live?.step(.init(step.progress, restart: step.restart, of: settings.restarts)) {
        guard let state = step.progress.state else { return [] }
        return try reportSections(at: state.parameters, bound: shown, iterations: step.iteration)
      }
      try keeper?.didStep(to: step.progress, outcome: step.outcome)
    }
    try keeper?.finish()
    let result = try iterator.result(interruptedAs: Task.isCancelled ? .cancelled : .budgetExhausted)
    return FitOutcome(result, secondsPerIteration: steps > 0 ? seconds / Double(steps) : nil)
  }

  // MARK: What a model file keeps

  /// All rows at some parameters, and those seen before: one pass.
  func memory(at parameters: Parameters) throws -> FittedMixture<Kind.Family>.Memory {
    let found =
      try data.stream?.expectation(of: model, at: parameters, threads: threads)
      ?? CoordinateAscent(model, threads: threads).expectation(at: parameters, of: data.rows)
    var memory = FittedMixture<Kind.Family>.Memory(
      statistics: found.statistics, evidence: found.bound.evidence)
    if let before = earlier?.memory, let linear = Kind.linear {
      memory.statistics += before.statistics
      memory.evidence += try linear.earlierBound(self, parameters).evidence
    }
    return memory
  }
}

extension MixtureFit where Kind.Family: LinearEmission {
  /// Climbs with the batches' statistics remembered, from earlier rows, or both.
  func climbLinearly() async throws -> FitOutcome<Parameters> {
    let isMemoized = settings.climb.batches?.isMemoized == true
    guard let continuation = try continuation() else { return try await climbIncrementally(model) }
    var outcome = try await isMemoized ? climbIncrementally(continuation) : climb(continuation)
    // The bound of all rows, whose earlier part the ascent counts with the prior.
    let before = try earlierBound(at: outcome.parameters)
    outcome.bound.reconstruction += before.reconstruction
    outcome.bound.latentKL += before.latentKL
    outcome.bound.parameterKL += before.evidence
    outcome.bound.count += earlier?.description.bound.count ?? 0
    return outcome
  }

  private func climbIncrementally<Model: LinearModel>(_ model: Model) async throws -> FitOutcome<Parameters>
  where
    Model.Observations == Rows<Kind.Scalar>, Model.Parameters == Parameters, Model.Statistics: Archivable
  {
    guard let batches = settings.climb.batches else { preconditionFailure("no batches to remember") }
    guard let file = data.stream else { return try await climbIncrementally(model, on: shuffled(batches)) }
    return try await climbIncrementally(model, on: file)
  }

  private func climbIncrementally<Model: LinearModel, Source: ObservationSource>(
    _ model: Model, on source: Source
  ) async throws -> FitOutcome<Parameters>
  where
    Source.Batch == Rows<Kind.Scalar>, Model.Observations == Rows<Kind.Scalar>,
    Model.Parameters == Parameters, Model.Statistics: Archivable
  {
    try await climb(IncrementalAscent<Model, Source>(model, using: order, threads: threads), on: source)
  }

  private func continuation() throws(InferenceError) -> Continuation<Mixture<Kind.Family>>? {
    guard let earlier, let memory = earlier.memory else { return nil }
    return try Continuation(
      model, earlier: memory.statistics, at: earlier.parameters, evidence: memory.evidence)
  }

  /// What the rows seen before contribute to the bound.
  func earlierBound(at parameters: Parameters) throws(InferenceError) -> Bound {
    try continuation()?.earlierBound(at: parameters) ?? .zero
  }
}
