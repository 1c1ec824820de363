import Foundation
import Latent

// z ~ 𝒩(μ, σ²), f(z) = −½ (z − a)², ∂/∂μ E[f] = −(μ − a)

/// Two unbiased estimates of the gradient of an expectation by the mean that is drawn with.
struct GradientEstimates: Sendable {
  let mean = 0.0
  let deviation = 1.0
  let target = 2.0

  func value(_ z: Double) -> Double { -0.5 * (z - target) * (z - target) }

  /// The exact gradient.
  var gradient: Double { -(mean - target) }

  /// z = μ + σ ε: the slope of f where z lies.
  func reparametrised(_ ε: Double) -> Double { -(mean + deviation * ε - target) }

  /// f(z) ∂ ln q(z) / ∂μ: the height of f alone is known.
  func score(_ ε: Double) -> Double { value(mean + deviation * ε) * ε / deviation }
}

/// (e) Reparametrisation: gradients with and without.
struct ReparametrisationScene {
  private let estimates = GradientEstimates()
  private let noise: [Double]
  private static let draws = 60

  init(seed: UInt64) {
    var stream = RandomStream(seed: seed)
    noise = (0..<Self.draws).map { _ in stream.normal() }
  }

  var animation: Animation {
    let e = estimates
    let curve = stride(from: -4.0, through: 4.0, by: 0.1).map { $0 }
    let z = noise.map { e.mean + e.deviation * $0 }
    let (paths, scores) = (noise.map(e.reparametrised), noise.map(e.score))
    func running(_ values: [Double]) -> [Double] {
      var sum = 0.0
      return values.enumerated().map { i, v in
        sum += v
        return sum / Double(i + 1)
      }
    }
    let means = [running(paths), running(scores)]
    let frames = (0..<Self.draws).map { i -> Animation.Frame in
      let first = max(0, i - 11)
      let tangents = (first...i).map { n -> Figure.Layer in
        let reach = 0.35
        return .line(
          x: [z[n] - reach, z[n] + reach],
          y: [e.value(z[n]) - reach * paths[n], e.value(z[n]) + reach * paths[n]]
        ).styled(colour: .series(1), lineWidth: 2)
      }
      let left = Figure.Panel(
        "draws z = μ + σ ε, and the slope of f at each", x: .init("z", range: -4...4),
        y: .init("f(z) = −½ (z − 2)²", range: -19...2),
        [.line(x: curve, y: curve.map(e.value)).styled(colour: .muted)] + tangents
          + [.points(x: Array(z[first...i]), y: z[first...i].map(e.value)).styled(colour: .series(0))])
      let right = Figure.Panel(
        "the mean of the estimates so far", x: .init("draws", range: 0...Double(Self.draws)),
        y: .init("∂/∂μ E[f(z)]", range: -4...8),
        [
          .horizontalRule(at: e.gradient, label: "exact"),
          .line(
            x: (0...i).map { Double($0 + 1) }, y: Array(means[1][...i]),
            name: "score function: f(z) ∂ ln q(z)/∂μ"),
          .line(
            x: (0...i).map { Double($0 + 1) }, y: Array(means[0][...i]), name: "reparametrised: f′(μ + σ ε)"),
        ])
      let spread = Figure.Panel(
        "each estimate", x: .init("estimate", range: -8...14),
        y: .init("", scale: .categories(["score function", "reparametrised"]), range: -0.6...1.6),
        [
          .points(
            x: Array(scores[...i]), y: scores[...i].map { _ in 0 }, name: "score function: f(z) ∂ ln q(z)/∂μ"
          ).styled(
            opacity: 0.5),
          .points(x: Array(paths[...i]), y: paths[...i].map { _ in 1 }, name: "reparametrised: f′(μ + σ ε)")
            .styled(opacity: 0.5),
          .verticalRule(at: e.gradient, label: "exact"),
        ])
      var figure = Figure("", [left, spread, right])
      figure.columns = 3
      return .init("\(i + 1) \(i == 0 ? "draw" : "draws")", figure)
    }
    var animation = Animation("Gradients with and without reparametrisation", frames, framesPerSecond: 5)
    animation.alternativeText =
      "With every draw both running means near the exact gradient, 2; those of the score function scatter several times wider."
    return animation
  }

  /// The standard deviation of one estimate of each kind.
  ///
  ///     Var[f(μ + σ ε) ε / σ] = E[¼ (ε − 2)⁴ ε²] − 2² = 103 / 4 − 4,   Var[f′(μ + σ ε)] = 1,   for μ = 0, σ = 1, a = 2
  static let deviations = (score: 21.75.squareRoot(), reparametrised: 1.0)

  /// Of many draws: the means of both estimates, and their deviations.
  static func averages(
    draws: Int, seed: UInt64
  ) -> (score: (mean: Double, deviation: Double), reparametrised: (mean: Double, deviation: Double)) {
    var stream = RandomStream(seed: seed)
    let (estimates, noise) = (GradientEstimates(), (0..<draws).map { _ in stream.normal() })
    func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
      let mean = values.reduce(0, +) / Double(draws)
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (mean, (square / Double(draws - 1)).squareRoot())
    }
    return (moments(noise.map(estimates.score)), moments(noise.map(estimates.reparametrised)))
  }
}
