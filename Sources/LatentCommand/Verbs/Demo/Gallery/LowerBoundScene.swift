import Foundation
import Latent

// N numbers x, z ∈ {0, 1}, p(z = 1) = ½, p(x | z = 0) = 𝒩(0, 1), p(x | z = 1) = 𝒩(θ, 1)

/// A mixture of which all but one mean is known: ln p(x | θ) is a curve that can be drawn, and so is every lower bound of it.
struct OneMeanMixture: Sendable {
  let x: [Double]

  /// ln p(x | θ) = Σₙ ln [½ 𝒩(xₙ | 0, 1) + ½ 𝒩(xₙ | θ, 1)], in nats.
  func logEvidence(_ θ: Double) -> Double {
    x.reduce(0) { sum, x in
      let (a, b) = (logJoint(x, 0), logJoint(x, θ))
      let largest = max(a, b)
      return sum + largest + log(exp(a - largest) + exp(b - largest))
    }
  }

  /// q(zₙ = 1), the exact posterior at θ, `[N]`.
  func responsibilities(at θ: Double) -> [Double] {
    x.map { 1 / (1 + exp(logJoint($0, 0) - logJoint($0, θ))) }
  }

  /// L(q, θ) = Σₙ E_q[ln p(xₙ, zₙ | θ)] + H(q), in nats.
  func bound(_ q: [Double], at θ: Double) -> Double {
    zip(x, q).reduce(0) { sum, pair in
      let (x, q) = pair
      let entropy = [q, 1 - q].reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
      return sum + (1 - q) * logJoint(x, 0) + q * logJoint(x, θ) + entropy
    }
  }

  /// The θ at which L(q, θ) is highest: the mean of x weighted by q.
  func maximiser(of q: [Double]) -> Double {
    zip(x, q).reduce(0) { $0 + $1.0 * $1.1 } / q.reduce(0, +)
  }

  /// ln p(x, z) with the mean that z has.
  private func logJoint(_ x: Double, _ mean: Double) -> Double {
    -0.5 * (x - mean) * (x - mean) - 0.5 * log(2 * Double.pi) + log(0.5)
  }
}

/// (b) The bound as a function of one parameter: it touches ln p(x | θ) after each q-step, and its maximum is the next θ. From a good
/// start EM ends at the highest maximum, from a bad one at another.
struct LowerBoundScene {
  let model: OneMeanMixture

  /// Most of the second group lies at 4, some at −5: two maxima.
  init(seed: UInt64) {
    var stream = RandomStream(seed: seed)
    let groups = [(0.0, 20), (4.0, 14), (-5.0, 6)]
    model = OneMeanMixture(
      x: groups.flatMap { mean, count in (0..<count).map { _ in mean + stream.normal() } })
  }

  /// θ before each step.
  static func path(of model: OneMeanMixture, from start: Double, steps: Int) -> [Double] {
    var path = [start]
    for _ in 1..<steps { path.append(model.maximiser(of: model.responsibilities(at: path[path.count - 1]))) }
    return path
  }

  private static let starts = [("a good start", 1.2), ("a bad start", -1.6)]
  private static let steps = 9
  private static let places = stride(from: -8.0, through: 8.0, by: 0.08).map { $0 }

  /// Where each start ends: θ, and ln p(x | θ) there.
  var ends: [(start: Double, end: Double, logEvidence: Double)] {
    Self.starts.map { _, start in
      let end = Self.path(of: model, from: start, steps: 200)[199]
      return (start, end, model.logEvidence(end))
    }
  }

  var animation: Animation {
    let paths = Self.starts.map { Self.path(of: model, from: $0.1, steps: Self.steps + 1) }
    let curve = Self.places.map { model.logEvidence($0) }
    let (low, high) = (curve.min() ?? 0, curve.max() ?? 1)
    let floor = low - 0.25 * (high - low)
    var frames: [Animation.Frame] = []
    for i in 0..<Self.steps {
      for phase in 0..<2 {
        let panels = Self.starts.indices.map { s in
          panel(
            Self.starts[s].0, curve, from: paths[s][i], to: paths[s][i + 1], phase,
            floor...(high + 0.08 * (high - low)))
        }
        var figure = Figure("", panels)
        figure.columns = 2
        frames.append(
          .init(
            "iteration \(i + 1), "
              + (phase == 0
                ? "q-step: the bound is raised until it touches" : "θ-step: up the bound, and a gap opens"),
            figure))
      }
    }
    var animation = Animation("The lower bound and ln p", frames, framesPerSecond: 1.5)
    animation.alternativeText =
      "Under the curve of ln p with two peaks, parabolas touch it one after the other, each further up: from the good start to "
      + "the higher peak, from the bad start to the lower one."
    return animation
  }

  /// - Parameter phase: 0 after the q-step, 1 after the θ-step.
  private func panel(
    _ title: String, _ curve: [Double], from θ: Double, to next: Double, _ phase: Int,
    _ range: ClosedRange<Double>
  ) -> Figure.Panel {
    let q = model.responsibilities(at: θ)
    // A parabola is drawn where it is inside the panel.
    let inside = Self.places.map { ($0, model.bound(q, at: $0)) }.filter { $0.1 > range.lowerBound }
    let now = phase == 0 ? θ : next
    let (below, above) = (model.bound(q, at: now), model.logEvidence(now))
    var layers: [Figure.Layer] = [
      .line(x: Self.places, y: curve, name: "ln p(x | θ)"),
      .line(x: inside.map(\.0), y: inside.map(\.1), name: "L(q, θ) of the present q"),
    ]
    if above - below > 1e-3 {
      layers.append(
        .line(x: [now, now], y: [below, above], name: "KL(q ‖ p(z | x, θ))").styled(lineWidth: 4))
    } else {
      layers.append(.line(x: [], y: [], name: "KL(q ‖ p(z | x, θ))").styled(lineWidth: 4))
    }
    layers.append(.points(x: [now], y: [below], name: "θ"))
    return Figure.Panel(
      title, x: .init("θ, the unknown mean", range: -8...8), y: .init("nats", range: range), layers)
  }
}
