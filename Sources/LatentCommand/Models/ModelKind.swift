import Latent

/// How the command line builds and describes one kind of model. `Vocabulary` lists them; `ModelKinds` finds one by its
/// name.
protocol ModelKind: Sendable {
  associatedtype Family: KeptEmission & ImputingEmission
  typealias Scalar = Family.Scalar

  /// The names of priors, the default first.
  static var priors: [String] { get }

  /// What the cells of the data are.
  static var cells: CellKind { get }

  /// Refuses options that have no meaning for this kind, and fills in the defaults of those that have.
  static func completed(_ settings: ModelSettings) throws -> ModelSettings

  /// The model for these observations.
  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<Family>

  /// What the model is, in words: `Gaussian mixture of 3 components (full covariance, no prior)`.
  static func title(_ settings: ModelSettings) -> String

  /// Climbs with all rows in memory, by the ascent that the settings ask for.
  static func climb(
    _ fit: MixtureFit<Self>
  ) async throws -> FitOutcome<MixtureParameters<Family.Parameters>>

  /// ln p(x) of every row, in the order of the source: for variational Bayes that of the posterior predictive.
  static func logDensity(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> [Double]

  /// The means and standard deviations of latent factors, `[N, L]` each, in the order of the source; nil for models
  /// without factors.
  static func factors(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> (means: Matrix<Double>, deviations: Matrix<Double>)?

  /// The centre of every component, `[K, D]`, for reports and pictures; nil where rows have no mean.
  static func centres(_ parameters: Family.Parameters) -> Matrix<Double>?

  /// What of the components can be drawn, in the units of the fit.
  static func look(_ parameters: Family.Parameters) -> ComponentLook

  /// Which factors matter, where inference finds that out; otherwise nil.
  static func relevance(_ parameters: Family.Parameters) -> FactorRelevance?

  /// E[x | z] of every row, `[N, D]`, with z from its posterior, in the order of the source; nil where rows have no mean.
  static func reconstruction(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> Matrix<Double>?

  /// How it is climbed where statistics tell the bound without the rows; nil where they do not.
  static var linear: LinearClimb<Self>? { get }
}

/// What --memoized, --from and --keep-statistics need.
struct LinearClimb<Kind: ModelKind> {
  typealias Parameters = MixtureParameters<Kind.Family.Parameters>

  /// Climbs with the batches' statistics remembered, from earlier rows, or both.
  let climb: (MixtureFit<Kind>) async throws -> FitOutcome<Parameters>
  /// What the rows that a fit goes on from contribute to its bound.
  let earlierBound: (MixtureFit<Kind>, Parameters) throws -> Bound
}

extension ModelKind {
  static var linear: LinearClimb<Self>? { nil }

  static func relevance(_ parameters: Family.Parameters) -> FactorRelevance? { nil }

  static func climb(
    _ fit: MixtureFit<Self>
  ) async throws -> FitOutcome<MixtureParameters<Family.Parameters>> { try await fit.climb(fit.model) }

  static func logDensity(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> [Double] {
    try fitted.model.logDensity(of: x, at: fitted.parameters, threads: threads)
  }

  static func factors(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> (means: Matrix<Double>, deviations: Matrix<Double>)? { nil }
}

extension ModelKind where Family: LinearEmission {
  static var linear: LinearClimb<Self>? {
    LinearClimb(
      climb: { fit in try await fit.climbLinearly() },
      earlierBound: { fit, parameters in try fit.earlierBound(at: parameters) })
  }
}

extension ModelKind where Family: RestructuringEmission {
  /// A Dirichlet process has no number of components: the ascent splits, merges and removes them.
  static func climb(
    _ fit: MixtureFit<Self>
  ) async throws -> FitOutcome<MixtureParameters<Family.Parameters>> {
    guard fit.settings.model.isDirichletProcess else { return try await fit.climb(fit.model) }
    return try await fit.climb(MovingAscent(fit.model, threads: fit.threads), on: fit.data.rows)
  }
}

/// What defines a model: equal settings and equal data make equal models.
struct ModelSettings: Codable, Equatable, Sendable {
  /// The name: `gmm`, ….
  var model: String
  /// `em`, `vb` or `svi`.
  var inference: String
  var components: Int
  var covariance: CovarianceStructure?
  /// The number of latent factors.
  var latent: Int?
  /// The name of the prior, one of the kind's.
  var prior: String?
  /// α₀, β₀, ν₀ and s of variational Bayes, where given.
  var concentration: Double?
  var meanPrecision: Double?
  var degreesOfFreedom: Double?
  var scale: Double?
  /// The categories of each column, for models of categories.
  var levels: [[String]]?
  /// How many components a row may belong to; nil for all.
  var sparse: Int?

  var isVariational: Bool { inference != "em" }

  var isDirichletProcess: Bool { prior == MixingChoice.process }
}

/// Work that is the same for every kind of model.
protocol KindVisitor {
  associatedtype Result
  func visit<Kind: ModelKind>(_: Kind.Type) async throws -> Result
}
