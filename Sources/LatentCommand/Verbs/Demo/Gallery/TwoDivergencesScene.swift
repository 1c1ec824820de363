import Foundation
import Latent

// p a density of one variable with two peaks, q = 𝒩(m, s²)

/// Divergences between a density and a Gaussian on a grid of points.
struct DivergenceGrid: Sendable {
  let places: [Double]
  let density: [Double]
  private let step: Double

  /// Half and half of two Gaussians.
  init(means: (Double, Double) = (-2.5, 2.5), deviation: Double = 0.6) {
    step = 0.02
    places = stride(from: -8.0, through: 8.0, by: 0.02).map { $0 }
    density = places.map {
      0.5 * (Self.gaussian($0, means.0, deviation) + Self.gaussian($0, means.1, deviation))
    }
  }

  static func gaussian(_ x: Double, _ m: Double, _ s: Double) -> Double {
    exp(-0.5 * (x - m) * (x - m) / (s * s)) / (s * (2 * Double.pi).squareRoot())
  }

  /// KL(q ‖ p) and KL(p ‖ q) in nats, by the rectangle rule.
  func divergences(m: Double, s: Double) -> (exclusive: Double, inclusive: Double) {
    var (exclusive, inclusive) = (0.0, 0.0)
    for (x, p) in zip(places, density) {
      let logQ = -0.5 * (x - m) * (x - m) / (s * s) - log(s) - 0.5 * log(2 * Double.pi)
      let (q, logP) = (exp(logQ), log(p))
      if q > 0 { exclusive += q * (logQ - logP) * step }
      if p > 0 { inclusive += p * (logP - logQ) * step }
    }
    return (exclusive, inclusive)
  }

  /// (m, ln s) down the gradient of one of them, by central differences; `count` points, the first the start.
  func descent(
    from start: (m: Double, s: Double), count: Int, rate: Double,
    along value: ((exclusive: Double, inclusive: Double)) -> Double
  ) -> [(m: Double, s: Double)] {
    var (m, l) = (start.m, log(start.s))
    var path = [start]
    let h = 1e-4
    // Far from the minimum slopes are steep: no step is longer than a tenth.
    func step(_ slope: Double) -> Double { min(max(rate * slope, -0.1), 0.1) }
    for _ in 1..<count {
      func at(_ m: Double, _ l: Double) -> Double { value(divergences(m: m, s: exp(l))) }
      let slope = ((at(m + h, l) - at(m - h, l)) / (2 * h), (at(m, l + h) - at(m, l - h)) / (2 * h))
      (m, l) = (m - step(slope.0), l - step(slope.1))
      path.append((m, exp(l)))
    }
    return path
  }
}

/// (c) The two divergences: variational inference lowers KL(q ‖ p), and q settles on one peak; KL(p ‖ q) spreads q over both.
struct TwoDivergencesScene {
  private let grid = DivergenceGrid()
  private static let frameCount = 32
  private static let rate = 0.25

  /// The ways of q down KL(q ‖ p) and down KL(p ‖ q).
  private func paths(_ count: Int) -> [[(m: Double, s: Double)]] {
    let start = (m: 0.8, s: 0.5)
    return [
      grid.descent(from: start, count: count, rate: Self.rate) { $0.exclusive },
      grid.descent(from: start, count: count, rate: Self.rate) { $0.inclusive },
    ]
  }

  /// Where both end.
  var ends: (exclusive: (m: Double, s: Double), inclusive: (m: Double, s: Double)) {
    let ends = paths(400).map { $0[$0.count - 1] }
    return (ends[0], ends[1])
  }

  var animation: Animation {
    let paths = paths(Self.frameCount)
    let values = [
      paths[0].map { grid.divergences(m: $0.m, s: $0.s).exclusive },
      paths[1].map { grid.divergences(m: $0.m, s: $0.s).inclusive },
    ]
    let titles = ["lowering KL(q ‖ p): one peak", "lowering KL(p ‖ q): both, and what lies between"]
    let shown = grid.places.indices.filter { grid.places[$0].magnitude <= 5 && $0 % 4 == 0 }
    let frames = (0..<Self.frameCount).map { i -> Animation.Frame in
      var panels = [0, 1].map { side -> Figure.Panel in
        let (m, s) = paths[side][i]
        let x = shown.map { grid.places[$0] }
        return Figure.Panel(
          titles[side], x: .init("z", range: -5...5), y: .init("density", range: 0...0.9),
          [
            .band(x: x, low: x.map { _ in 0 }, high: shown.map { grid.density[$0] }, name: "p(z | x)"),
            .line(x: x, y: x.map { DivergenceGrid.gaussian($0, m, s) }, name: "q(z)").styled(lineWidth: 2.5),
          ])
      }
      panels.append(
        Figure.Panel(
          "their values", x: .init("step", range: 0...Double(Self.frameCount), whole: true),
          y: .init("nats", range: 0...14),
          [
            .line(x: (0...i).map(Double.init), y: Array(values[0][...i]), name: "KL(q ‖ p)"),
            .line(x: (0...i).map(Double.init), y: Array(values[1][...i]), name: "KL(p ‖ q)"),
          ]))
      var figure = Figure("", panels)
      figure.columns = 3
      return .init("step \(i)", figure)
    }
    var animation = Animation("Two divergences", frames, framesPerSecond: 5)
    animation.alternativeText =
      "The same narrow Gaussian moves: lowering KL(q ‖ p) it settles on the right peak; lowering KL(p ‖ q) it widens over both."
    return animation
  }
}
