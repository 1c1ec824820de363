import Latent

/// How the training of networks ended: they are trained for so many passes, and nothing tells them that they have settled.
struct TrainingEnd {
  let description: FitDescription
  /// What the bound is called where it is none.
  var quantity = "bound"

  /// What is added to a summary; empty for training that came to its end.
  static func sentence(_ d: FitDescription) -> String {
    d.outcome == .cancelled ? " " + MixturePage.ending(d) : ""
  }

  /// - Parameter remedies: what may be tried besides going on.
  func interrupted(whatToTry remedies: [String]) -> Page.Finding? {
    guard description.outcome == .cancelled else { return nil }
    return Page.Finding(
      .warning,
      "The fit was interrupted after \(NumberText.count(description.iterations, "pass", plural: "passes")).",
      why: "It had more to learn, so the numbers would still change.",
      whatToTry: ["Go on from a checkpoint: --resume"] + remedies)
  }

  /// A note where the bound had not flattened out; nil where it had, or where nobody can tell.
  var stillClimbing: Page.Finding? {
    guard description.outcome != .cancelled, let history = description.history, history.count > 0,
      let climb = Self.climb(history.bounds.map { $0 / history.count }, steps: history.steps)
    else { return nil }
    return Page.Finding(
      .note,
      "The \(quantity) was still climbing: by about \(ReportText.nats(climb.gain)) nats a row over the last "
        + "\(climb.passes == 1 ? "pass" : NumberText.count(climb.passes, "pass", plural: "passes")).",
      why: "The networks had not learned all they can.", whatToTry: ["More --passes"])
  }

  /// How much was gained in the end, where that is much: from the mean of the fifth before the last to the mean of the last.
  ///
  /// The gain counts where it is
  /// - above what trembling makes, by four of its standard errors. The deviation of a pass, s, is that of differences between neighbours
  ///   in the second half of the climb, over √2, which a steady slope adds nothing to; two means of w passes differ by s √(2/w);
  /// - above a fiftieth of what was gained since the first fifth, which is told by its median, as first passes may be far below;
  /// - above a hundredth of a nat.
  ///
  /// Of fewer than ten passes the trembling is not known: then a climb counts that has never taken a step back.
  ///
  /// - Parameters:
  ///   - bounds: after some of the passes, in nats an observation.
  ///   - steps: those passes, ascending.
  static func climb(_ bounds: [Double], steps: [Int]) -> (gain: Double, passes: Int)? {
    let n = bounds.count
    guard n >= fewest, bounds.allSatisfy(\.isFinite) else { return nil }
    let w = max(1, n / 5)
    func mean(_ values: some Collection<Double>) -> Double { values.reduce(0, +) / Double(values.count) }
    let last = mean(bounds.suffix(w))
    let gain = last - mean(bounds.dropLast(w).suffix(w))
    let early = bounds.prefix(w).sorted()[w / 2]
    guard gain > leastGain, gain > leastShare * (last - early) else { return nil }
    if n < enough {
      guard zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
    } else {
      let half = bounds.suffix(n / 2)
      let steps = zip(half, half.dropFirst()).map { $1 - $0 }
      let slope = mean(steps)
      let variance = steps.reduce(0) { $0 + ($1 - slope) * ($1 - slope) } / Double(2 * (steps.count - 1))
      guard gain > 4 * (2 * variance / Double(w)).squareRoot() else { return nil }
    }
    return (gain, steps[n - 1] - steps[n - 1 - w])
  }

  private static let fewest = 4
  private static let enough = 10
  private static let leastShare = 0.02
  /// In nats an observation.
  private static let leastGain = 0.01
}
