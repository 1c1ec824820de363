import Latent

// N sequences of T[n] frames, D columns, K states or L latent dimensions.

/// A fitted model of sequences in plain numbers and the units of its data.
struct SequenceView: Sendable {
  let description: FitDescription
  /// In words: `Hidden Markov model`.
  let title: String
  /// What the model file says of its parameters: names and numbers, in the units of the fit.
  let details: [String: Matrix<Double>]
  /// The centres of states, `[K, D]`; nil where frames have no mean, and for models without states.
  let centres: Matrix<Double>?
  let look: ComponentLook
  let cells: CellKind
  /// A sequence that the model makes up, `[T, D]`, where it has controls from those of the first sequence; nil where there are none to take.
  let drawn: Matrix<Double>?

  static let drawnFrames = 100

  /// K; 0 for models without states.
  var states: Int { details["transitions"]?.rows ?? 0 }
  var isHiddenMarkov: Bool { description.model == "hmm" }
  /// Whether the rule and what is seen are networks.
  var isFilter: Bool { Vocabulary.filterModels.contains(description.model) }
  var names: [String] { ReportText.columns(description) }

  init(
    description: FitDescription, title: String, details: [String: Matrix<Double>], centres: Matrix<Double>?,
    look: ComponentLook, cells: CellKind, drawn: Matrix<Double>?
  ) {
    self.description = description
    self.title = title
    self.details = details
    self.centres = centres
    self.look = look
    self.cells = cells
    self.drawn = drawn
  }

  /// The first sequence's controls, at most as many frames as are drawn; nil without controls.
  static func firstControls<Scalar>(_ x: SequenceBatch<Scalar>) -> Matrix<Scalar>? {
    guard let T = x.lengths.first else { return nil }
    return x.controls.map { $0.selecting(rows: Array(0..<min(T, drawnFrames))) }
  }

  /// - Parameter controls: what a made-up sequence is controlled by, `[T, U]`, for models that have controls.
  /// - Throws: `InferenceError` of the draws.
  init<Kind: SequenceKind>(
    _: Kind.Type, _ fitted: Kind.Fitted, controls: Matrix<Kind.Scalar>? = nil, settings: ReportSettings
  ) throws(InferenceError) {
    let d = fitted.description
    description = d
    title = Vocabulary.title(ofModel: d.model)
    details = Dictionary(uniqueKeysWithValues: Kind.details(fitted).map { ($0.name, $0.values) })
    let means = d.model == "hmm" ? details["means"] : nil
    centres = d.standardization.map { s in means.map { s.removed(from: $0) } } ?? means
    look = Kind.look(fitted).unstandardized(d.standardization)
    cells = Kind.cells
    if d.controls == nil || controls != nil {
      let values = try Kind.sample(
        lengths: [controls?.rows ?? Self.drawnFrames], controls: d.controls == nil ? nil : controls,
        under: fitted, using: settings.draws, threads: settings.threads
      ).converted(to: Double.self)
      drawn = d.standardization?.removed(from: values) ?? values
    } else {
      drawn = nil
    }
  }

  /// How long a chain of these states stays in each in the long run, from where it begins: the limit of p(z₁) Pᵗ, `[K]`.
  ///
  /// P = (A + 1)/2 has the shares of A, and no period; it is squared until 2⁴⁰ steps are behind, so that states which a chain leaves for
  /// good have none. Of very many states 2000 steps are taken instead.
  var stationary: [Double]? {
    guard let A = details["transitions"], let π = details["initial"]?.row(0) else { return nil }
    let K = A.rows
    guard K <= Self.mostSquared else {
      var p = π
      for _ in 0..<2000 {
        p = (0..<K).map { l in (0..<K).reduce(0.5 * p[l]) { $0 + 0.5 * p[$1] * A[$1, l] } }
      }
      return p
    }
    var P = Matrix<Double>(
      rows: K, columns: K,
      elements: (0..<K).flatMap { k in (0..<K).map { 0.5 * (A[k, $0] + (k == $0 ? 1 : 0)) } })
    for _ in 0..<40 {
      var square: [Double] = []
      for k in 0..<K {
        var row = [Double](repeating: 0, count: K)
        for j in 0..<K where P[k, j] > 0 { for l in 0..<K { row[l] += P[k, j] * P[j, l] } }
        // Rounding doubles at each step as well.
        let total = row.reduce(0, +)
        square += row.map { $0 / total }
      }
      P = Matrix(rows: K, columns: K, elements: square)
    }
    return (0..<K).map { l in (0..<K).reduce(0) { $0 + π[$1] * P[$1, l] } }
  }

  /// Squaring takes the third power of the states.
  private static let mostSquared = 150
}
