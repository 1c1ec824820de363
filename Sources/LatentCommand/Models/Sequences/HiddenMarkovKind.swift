import Latent

/// `hmm`, with the densities, priors and options of a kind of mixture for its states.
enum HiddenMarkovKind<Base: ModelKind>: SequenceKind {
  typealias Scalar = Base.Family.Scalar
  typealias Model = HiddenMarkovModel<Base.Family>

  static var cells: CellKind { Base.cells }

  static func completed(_ settings: SequenceSettings) throws -> SequenceSettings {
    var settings = settings
    if settings.model.isDirichletProcess {
      throw UsageError.badValue(
        option: "--prior", value: MixingChoice.process, requirement: "dirichlet for hmm by vb")
    }
    settings.model = try Base.completed(settings.model)
    try Base.check(standardize: settings.standardize, binarize: settings.binarize, of: settings.model)
    return settings
  }

  /// The densities' priors are those of a mixture of as many components; that of the chain is uniform, or Dirichlet by
  /// variational Bayes.
  static func model(
    _ settings: SequenceSettings, for x: SequenceBatch<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Model {
    let mixture = try Base.model(
      settings.model, for: Rows(x.frames), sharesUnits: sharesUnits, threads: threads)
    let chain: ChainPrior
    if settings.model.isVariational {
      let concentration = settings.model.concentration ?? 1
      chain = .dirichlet(initial: concentration, transition: concentration)
    } else {
      chain = settings.model.prior == "none" ? .maximumLikelihood : .mode(initial: 1, transition: 1)
    }
    return try HiddenMarkovModel(states: settings.model.components, of: mixture.emission, chain: chain)
  }

  static func initialParameters(
    of model: Model, for x: SequenceBatch<Scalar>, _ settings: SequenceSettings, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> Model.Parameters {
    try model.initialParameters(
      for: x, start: settings.start == "random" ? .randomRows : .kMeans, sharesUnits: sharesUnits,
      using: stream, threads: threads)
  }

  static func accepts(_ parameters: Model.Parameters, _ model: Model) -> Bool {
    parameters.states == model.states && parameters.dimensions == model.dimensions
      && model.emission.accepts(parameters.emission)
      && (parameters.chain.kind == .dirichlet) == model.chain.isDistribution
  }

  static func title(_ settings: SequenceSettings) -> String {
    let prior = settings.model.prior.map { $0 == "none" ? "no prior" : "\($0) prior" } ?? "no prior"
    let covariance = settings.model.covariance.map { "\($0.rawValue) covariance, " } ?? ""
    return "Hidden Markov model of \(NumberText.count(settings.model.components, "state")) "
      + "(\(settings.emissions.rawValue) emissions, \(covariance)\(prior))"
  }

  static func freeParameters(_ model: Model) -> Int { model.freeParameters }

  static func isVariational(_ model: Model) -> Bool { model.isVariational }

  static func archive(_ fitted: Fitted) throws -> Archive {
    try FittedHiddenMarkov(
      model: fitted.model, parameters: fitted.parameters, description: fitted.description
    ).archive()
  }

  static func read(_ archive: Archive) throws(FileError) -> Fitted {
    let read = try FittedHiddenMarkov<Base.Family>(from: archive)
    return Fitted(model: read.model, parameters: read.parameters, description: read.description)
  }

  static func logDensity(
    of x: SequenceBatch<Scalar>, under fitted: Fitted, threads: Int
  ) throws(InferenceError) -> [Double] {
    try fitted.model.logDensity(of: x, at: fitted.parameters, threads: threads)
  }

  /// A column for each state and the most likely one, or the states of the most likely path, from 1.
  static func posterior(
    of x: SequenceBatch<Scalar>, under fitted: Fitted, path: PathChoice, threads: Int
  ) throws(InferenceError) -> SequencePosterior {
    let K = fitted.model.states
    func counts(_ states: [Int]) -> [Int] {
      states.reduce(into: Array(repeating: 0, count: K)) { $0[$1] += 1 }
    }
    func column(_ states: [Int]) -> Matrix<Double> {
      Matrix(rows: states.count, columns: 1, elements: states.map { Double($0 + 1) })
    }
    guard path != .likely else {
      let found = try fitted.model.mostLikelyPaths(of: x, at: fitted.parameters, threads: threads)
      return SequencePosterior(
        names: ["state"], values: column(found.states), counts: counts(found.states),
        logJoint: found.logJoint)
    }
    let posterior = try fitted.model.posterior(of: x, at: fitted.parameters, threads: threads)
    let γ = path == .filtered ? posterior.filtered : posterior.smoothed
    let states = γ.likeliestComponents()
    return SequencePosterior(
      names: (1...K).map { "state\($0)" } + ["state"],
      values: Matrix(besideEachOther: [γ, column(states)]), counts: counts(states))
  }

  static func features(
    of x: SequenceBatch<Scalar>, under fitted: Fitted, threads: Int
  ) throws(InferenceError) -> Matrix<Double> {
    try fitted.model.posterior(of: x, at: fitted.parameters, threads: threads).smoothed
  }

  static func sample(
    lengths: [Int], controls: Matrix<Scalar>?, under fitted: Fitted, using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> Matrix<Scalar> {
    try fitted.model.sample(lengths: lengths, at: fitted.parameters, using: stream, threads: threads)
      .sequences.frames
  }

  static func imputed(
    _ x: SequenceBatch<Scalar>, under fitted: Fitted, threads: Int
  ) throws(InferenceError) -> (values: Matrix<Scalar>, deviations: Matrix<Scalar>) {
    try fitted.model.imputed(x, at: fitted.parameters, threads: threads)
  }

  static func imputations(
    _ x: SequenceBatch<Scalar>, under fitted: Fitted, draws: Int, using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> [Matrix<Scalar>]? {
    try fitted.model.imputations(x, at: fitted.parameters, draws: draws, using: stream, threads: threads)
  }

  /// Frames to come are missing frames at the end of a sequence: the mean and the deviation of the predictive density.
  static func forecast(
    _ x: SequenceBatch<Scalar>, horizon H: Int, controls future: [Matrix<Scalar>]?, under fitted: Fitted,
    threads: Int
  ) throws(InferenceError) -> SequenceForecast {
    let D = x.columns
    let missing = [Scalar](repeating: .nan, count: H * D)
    let longer: SequenceBatch<Scalar>
    do {
      longer = try SequenceBatch(
        (0..<x.count).map { n in
          let own = x.sequence(n)
          return Matrix(rows: own.rows + H, columns: D, elements: Array(own.elements) + missing)
        })
    } catch {
      preconditionFailure("sequences of a batch have been checked: \(error)")
    }
    let filled = try fitted.model.imputed(longer, at: fitted.parameters, threads: threads)
    let rows = (0..<longer.count).flatMap { n in
      let range = longer.frameRange(of: n)
      return Array(range.upperBound - H..<range.upperBound)
    }
    return SequenceForecast(
      means: filled.values.selecting(rows: rows).converted(to: Double.self),
      deviations: filled.deviations.selecting(rows: rows).converted(to: Double.self), gaussian: nil)
  }

  static func look(_ fitted: Fitted) -> ComponentLook { Base.look(fitted.parameters.emission) }

  static func details(_ fitted: Fitted) -> [(name: String, values: Matrix<Double>)] {
    let chain = fitted.parameters.chain
    let π = chain.initialProbabilities
    var details = [
      ("initial", Matrix(rows: 1, columns: π.count, elements: π)),
      ("transitions", chain.transitionProbabilities),
    ]
    if let centres = Base.centres(fitted.parameters.emission) { details.append(("means", centres)) }
    return details
  }
}
