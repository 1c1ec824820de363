import Latent

/// How well a model explains what it was not fitted to: test data, or what was held out.
struct HeldOutScore: Sendable {
  /// `mnist-sample-test`; `rows held out`.
  let source: String
  /// What is counted: `row`, `sequence`.
  let observation: String
  let count: Int
  /// In nats a row, or a frame.
  let mean: Double
  /// Likewise; nil where there is none, as of a single observation.
  let error: Double?

  /// - Parameter scale: units in an observation, the other way round: 1 for rows, sequences over frames for nats a frame.
  init(_ score: SampleMean, source: String, observation: String = "row", scale: Double = 1) {
    self.source = source
    self.observation = observation
    count = score.count
    mean = score.mean * scale
    error = score.error.map { $0 * scale }
  }

  private var isHeldOut: Bool { source.hasSuffix("held out") }

  /// - Parameter unit: what the nats are of: `row`, `frame`.
  func keyFigure(unit: String) -> Page.KeyFigure {
    let error = error.map { ReportText.plusMinus($0, digits: $0 < 0.1 ? 3 : 2) + " " } ?? ""
    let all = NumberText.count(count, observation)
    return Page.KeyFigure(
      isHeldOut ? "Held out" : "Test", ReportText.nats(mean),
      note: "\(error)nats a \(unit), \(all)" + (isHeldOut ? "" : " of \(ReportText.name(source))"))
  }

  /// A note where the score lies below that of the fit by more than chance and more than a little. One observation says nothing of
  /// others.
  ///
  /// - Parameters:
  ///   - fit: the score of the fit, in the same units.
  ///   - unit: what the nats are of.
  ///   - whatToTry: what may help.
  func finding(below fit: Double, unit: String, whatToTry: [String]) -> Page.Finding? {
    let lost = fit - mean
    guard count > 1, lost > 4 * (error ?? 0), lost > 0.02 * fit.magnitude else { return nil }
    let what = isHeldOut ? source : "\(observation)s of \(ReportText.name(source))"
    return Page.Finding(
      .note,
      "\(what.prefix(1).uppercased() + what.dropFirst()) score \(ReportText.nats(lost)) nats a \(unit) less than those of the fit.",
      why: "Either they are of another kind, or the model has learned those of the fit by heart.",
      whatToTry: whatToTry)
  }
}

extension HeldOutScore {
  /// - Parameter observation: `row`, `sequence`.
  static func ifFitted(_ observation: String) -> String {
    " If these are the \(observation)s of the fit, as their number and their score suggest, \(observation)s that were not are likely "
      + "to fare a little worse."
  }
}

extension SampleMean {
  /// Whether the data of this score may well be those of the fit, whose name a model file does not keep: as many, and of the same score.
  ///
  /// - Parameters:
  ///   - fit: the score of the fit, in the same units.
  ///   - description: how many observations were fitted.
  ///   - observations: how many there are, of which the score may be of some.
  ///   - isExact: whether scores of the same data are the same but for rounding; otherwise they differ by chance.
  func isLikelyOfTheFit(_ fit: Double, _ description: FitDescription, observations: Int, isExact: Bool)
    -> Bool
  {
    guard observations == description.observations, mean.isFinite else { return false }
    let isWhole = isExact && observations == count
    return (mean - fit).magnitude <= (isWhole ? 1e-4 * max(1, fit.magnitude) : 4 * (error ?? 0))
  }
}
