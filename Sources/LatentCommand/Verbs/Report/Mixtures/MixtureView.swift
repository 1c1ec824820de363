import Latent

// N rows, D columns, K components.

/// A fitted mixture in plain numbers and the units of its data.
struct MixtureView: Sendable {
  let description: FitDescription
  /// In words: `Gaussian mixture`.
  let title: String
  /// `[K]`.
  let weights: [Double]
  /// The rows that each component holds in the fit, in expectation, `[K]`.
  let sizes: [Double]
  /// Those whose size is a row or more.
  let effectiveComponents: Int
  /// The centres, `[K, D]`; nil where rows have no mean.
  let centres: Matrix<Double>?
  let look: ComponentLook
  let cells: CellKind
  let relevance: FactorRelevance?
  /// Rows that the model makes up, `[n, D]`, and the component of each.
  let draws: Matrix<Double>
  let drawn: [Int]
  /// What of the model could be changed; nil for states.
  let remedies: Remedies?
  /// What a component is called: `component`, `state`.
  var noun = "component"
  /// What its weight is: `Weight`; of states a share of the frames, or in the long run.
  var weightTitle = "Weight"
  /// Whether sizes are known: of states they are frames, which need data.
  var hasSizes = true

  var components: Int { weights.count }
  /// Components from the heaviest to the lightest.
  var order: [Int] { ReportText.descending(weights) }
  var names: [String] { ReportText.columns(description) }
  var isVariational: Bool { description.inference != "em" }
  /// Whether rows are taken apart by factors, not by components.
  var hasFactors: Bool { !look.loadings.isEmpty }

  /// Pictures have so many images, tables and planes so many points.
  static let mostDraws = 500

  /// - Parameter most: the most rows that are drawn.
  /// - Throws: `InferenceError` of the draws.
  init<Kind: ModelKind>(
    _: Kind.Type, _ fitted: FittedMixture<Kind.Family>, settings: ReportSettings,
    draws most: Int = Self.mostDraws
  ) throws(InferenceError) {
    let d = fitted.description
    description = d
    title = Vocabulary.title(ofModel: d.model)
    weights = fitted.parameters.weights
    let total = d.bound.count
    sizes = fitted.model.expectedCounts(at: fitted.parameters, total: total)
    effectiveComponents = fitted.model.effectiveComponents(
      at: fitted.parameters, total: total,
      row: total > 0 ? min(1, total / Double(max(d.observations, 1))) : 1)
    let centres = Kind.centres(fitted.parameters.emission)
    self.centres = d.standardization.map { s in centres.map { s.removed(from: $0) } } ?? centres
    look = Kind.look(fitted.parameters.emission).unstandardized(d.standardization)
    cells = Kind.cells
    relevance = Kind.relevance(fitted.parameters.emission)
    remedies = Remedies(Kind.self, d)
    let count = max(min(20, most), min(most, 2_000_000 / max(d.dimensions, 1)))
    let sample = try fitted.model.sample(
      count, at: fitted.parameters, using: settings.draws, threads: settings.threads)
    let values = sample.values.converted(to: Double.self)
    draws = d.standardization?.removed(from: values) ?? values
    drawn = sample.components
  }

  /// The states of a hidden Markov model, as the mixture that its frames are.
  init(
    description: FitDescription, title: String, weights: [Double], sizes: [Double], centres: Matrix<Double>?,
    look: ComponentLook, cells: CellKind
  ) {
    self.description = description
    self.title = title
    self.weights = weights
    self.sizes = sizes
    effectiveComponents = weights.count
    self.centres = centres
    self.look = look
    self.cells = cells
    relevance = nil
    draws = Matrix(rows: 0, columns: description.dimensions)
    drawn = []
    remedies = nil
  }

  /// The deviation of a component along a column; nil where it has none.
  func deviation(_ k: Int, _ j: Int) -> Double? {
    look.covariance.map { max($0(k, j, j), 0).squareRoot() }
  }

  /// How far the ellipses of components reach, in words. A Student component may have no standard deviation at all.
  var reach: String { look.degreesOfFreedom == nil ? "two standard deviations" : "twice the scale" }

  /// What an ellipse holds.
  var reachShare: String {
    look.degreesOfFreedom == nil ? "86 % of a Gaussian" : "less than 86 %, the less the heavier the tails"
  }

  /// `component 3`.
  func name(_ k: Int) -> String { "\(noun) \(k + 1)" }

  /// A value of a column as a person reads it.
  func cell(_ value: Double, _ j: Int) -> String {
    guard !value.isNaN else { return "–" }
    guard let levels = description.levels?[j] else { return ReportText.number(value) }
    return levels.indices.contains(Int(value)) ? ReportText.name(levels[Int(value)]) : "–"
  }
}

/// Rows of the data under a mixture, in plain numbers and the units of the data.
struct MixtureRowsView: Sendable {
  let words: String
  let source: String
  let isFitted: Bool
  let total: Int
  /// Where each row stands in the source, from 0.
  let numbers: [Int]
  /// Rows without a density, which are in none of what follows.
  let impossible: ImpossibleRows?
  /// `[N, D]`; NaN for a missing cell.
  let values: Matrix<Double>
  let weights: [Double]?
  let labels: [String]?
  /// `[N, K]`.
  let responsibilities: Matrix<Double>
  let likeliest: [Int]
  /// ln p(x), in nats, in the units of the fit.
  let logDensity: [Double]
  /// Means of latent factors, `[N, L]`, for models that have one space of them.
  let factors: Matrix<Double>?
  /// E[x | z], `[N, D]`; nil where rows have no mean.
  let reconstruction: Matrix<Double>?

  var score: SampleMean { SampleMean(logDensity, weights: weights) }

  func weight(_ n: Int) -> Double { weights?[n] ?? 1 }

  init<Kind: ModelKind>(
    _: Kind.Type, _ fitted: FittedMixture<Kind.Family>, _ rows: ReportRows<Kind.Scalar>, threads: Int
  ) throws(InferenceError) {
    let (x, model, θ) = (rows.rows, fitted.model, fitted.parameters)
    let s = fitted.description.standardization
    words = rows.words
    source = rows.source
    isFitted = rows.isFitted
    total = rows.total
    numbers = rows.numbers
    impossible = rows.impossible.map {
      var rows = $0
      rows.values = s?.removed(from: $0.values) ?? $0.values
      return rows
    }
    // `Rows` may stand in another order than the source, and every answer is in the source's.
    let original = x.inSourceOrder(x.values).converted(to: Double.self)
    values = s?.removed(from: original) ?? original
    weights = x.weightsInSourceOrder
    labels = rows.labels
    responsibilities = try model.posterior(of: x, at: θ, threads: threads).responsibilities
      .converted(to: Double.self)
    likeliest = responsibilities.likeliestComponents()
    logDensity = try Kind.logDensity(of: x, under: fitted, threads: threads)
    factors = try Kind.factors(of: x, under: fitted, threads: threads)?.means
    if Kind.cells == .categories {
      reconstruction = nil
    } else {
      let means = try Kind.reconstruction(of: x, under: fitted, threads: threads)
      reconstruction = means.map { s?.removed(from: $0) ?? $0 }
    }
  }
}
