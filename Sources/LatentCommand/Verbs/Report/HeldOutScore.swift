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
  let standardError: Double

  /// - Parameter scale: units in an observation, the other way round: 1 for rows, sequences over frames for nats a frame.
  init(_ score: SampleMean, source: String, observation: String = "row", scale: Double = 1) {
    self.source = source
    self.observation = observation
    count = score.count
    mean = score.mean * scale
    standardError = score.standardError * scale
  }

  private var isHeldOut: Bool { source.hasSuffix("held out") }

  /// - Parameter unit: what the nats are of: `row`, `frame`.
  func keyFigure(unit: String) -> Page.KeyFigure {
    let error = standardError > 0 ? "± \(NumberText.fixed(standardError, standardError < 0.1 ? 3 : 2)) " : ""
    let all = NumberText.count(count, observation)
    return Page.KeyFigure(
      isHeldOut ? "Held out" : "Test", ReportText.nats(mean),
      note: "\(error)nats a \(unit), \(all)" + (isHeldOut ? "" : " of \(ReportText.name(source))"))
  }

  /// A note where the score lies below that of the fit by more than chance and more than a little.
  ///
  /// - Parameters:
  ///   - fit: the score of the fit, in the same units.
  ///   - unit: what the nats are of.
  ///   - whatToTry: what may help.
  func finding(below fit: Double, unit: String, whatToTry: [String]) -> Page.Finding? {
    let lost = fit - mean
    guard lost > 4 * standardError, lost > 0.02 * fit.magnitude else { return nil }
    let what = isHeldOut ? source : "\(observation)s of \(ReportText.name(source))"
    return Page.Finding(
      .note,
      "\(what.prefix(1).uppercased() + what.dropFirst()) score \(ReportText.nats(lost)) nats a \(unit) less than those of the fit.",
      why: "Either they are of another kind, or the model has learned those of the fit by heart.",
      whatToTry: whatToTry)
  }
}
