import Foundation
public import LatentNumerics

// S states, A[i, j] the probability of going from i to j.

extension Figure {
  /// The states of a Markov chain on a circle, with an arrow for each transition that is likely enough.
  ///
  /// The wider and darker an arrow the likelier the transition; its label is the probability. An arrow bends to its own
  /// left, so both directions between two states can be told apart; what stays in a state goes round a loop outside.
  ///
  /// - Parameters:
  ///   - title: over the graph.
  ///   - probabilities: A `[S, S]`, rows that sum to one.
  ///   - names: of the states; `nil` counts them from 1.
  ///   - shares: how much of the time each state takes, which sets the size of its circle; `nil`: all alike.
  ///   - threshold: smaller probabilities get no arrow.
  /// - Precondition: A is square; names and shares, if given, are as many as states.
  public static func transitions<Scalar: LatentScalar>(
    _ title: String, probabilities: Matrix<Scalar>, names: [String]? = nil, shares: [Double]? = nil,
    threshold: Double = 0.02
  ) -> Figure {
    let count = probabilities.rows
    precondition(probabilities.columns == count, "each state has a transition to each")
    precondition((names?.count ?? count) == count && (shares?.count ?? count) == count, "one for each state")
    let graph = TransitionGraph(
      probabilities: probabilities.converted(to: Double.self),
      names: names ?? (0..<count).map { "\($0 + 1)" }, shares: shares, threshold: threshold)
    let (x, y) = graph.ranges
    var panel = Panel(x: .init("", range: x), y: .init("", range: y), hasEqualUnits: true, graph.layers)
    panel.hasAxes = false
    var figure = Figure(title, [panel])
    let share = (y.upperBound - y.lowerBound) / (x.upperBound - x.lowerBound)
    figure.panelSize = .init(width: 480, height: 480 * share)
    figure.alternativeText = graph.inWords
    return figure
  }
}

/// Where states and arrows are, on a circle of radius 1.
private struct TransitionGraph {
  let probabilities: Matrix<Double>
  let names: [String]
  let shares: [Double]?
  let threshold: Double

  private var count: Int { probabilities.rows }

  /// The first state is on top, the others follow clockwise; one state alone is in the middle.
  private func place(_ state: Int) -> Scene.Point {
    guard count > 1 else { return Scene.Point(0, 0) }
    let angle = Double.pi / 2 - 2 * Double.pi * Double(state) / Double(count)
    return Scene.Point(cos(angle), sin(angle))
  }

  /// What all circles, loops and labels take up.
  var ranges: (x: ClosedRange<Double>, y: ClosedRange<Double>) {
    let places = (0..<count).map { state in
      let (centre, out) = (place(state), outwards(state))
      return Scene.Point(centre.x + 0.6 * out.x, centre.y + 0.55 * out.y)
    }
    let (xs, ys) = (places.map(\.x), places.map(\.y))
    let left = min(xs.min() ?? 0, -0.6) - 0.2
    let right = max(xs.max() ?? 0, 0.6) + 0.2
    return (left...right, min(ys.min() ?? 0, -0.3) - 0.1...max(ys.max() ?? 0, 0.3) + 0.1)
  }

  /// Radii by area, within what leaves room between neighbours.
  private func radius(_ state: Int) -> Double {
    let room = count > 1 ? min(0.2, 0.42 * sin(.pi / Double(count))) : 0.2
    guard let shares, let most = shares.max(), most > 0, shares[state].isFinite else { return 0.8 * room }
    return max(0.45, (max(shares[state], 0) / most).squareRoot()) * room
  }

  var layers: [Figure.Layer] {
    var arrows: [Figure.Layer] = []
    var labels: [(x: Double, y: Double, text: String)] = []
    for i in 0..<count {
      for j in 0..<count {
        let p = probabilities[i, j]
        guard p.isFinite, p >= threshold, p > 0 else { continue }
        let path = i == j ? loop(i) : arc(from: i, to: j)
        arrows += arrow(along: path, p)
        let middle = i == j ? loopLabel(i) : path[path.count / 2]
        labels.append((middle.x, middle.y, Self.percent(p)))
      }
    }
    let circles = (0..<count).map { state -> Figure.Layer in
      let (centre, r) = (place(state), radius(state))
      let angles = (0..<64).map { 2 * Double.pi * Double($0) / 64 }
      return .polygon(x: angles.map { centre.x + r * cos($0) }, y: angles.map { centre.y + r * sin($0) })
        .styled(colour: .series(state), lineWidth: 2, fill: 0.22)
    }
    let texts = Figure.Layer.labels(
      x: labels.map(\.x), y: labels.map { $0.y - 0.045 }, texts: labels.map(\.text))
    let states = Figure.Layer.labels(
      x: (0..<count).map { place($0).x }, y: (0..<count).map { place($0).y - 0.09 }, texts: names)
    return arrows.sorted { $0.lineWidth < $1.lineWidth } + circles + [texts, states]
  }

  /// A curve that bends to the left, from rim to rim.
  private func arc(from i: Int, to j: Int) -> [Scene.Point] {
    let (a, b) = (place(i), place(j))
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let bend = 0.18
    let control = Scene.Point((a.x + b.x) / 2 - dy * bend, (a.y + b.y) / 2 + dx * bend)
    let curve = (0...48).map { step -> Scene.Point in
      let t = Double(step) / 48
      let (u, v, w) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
      return Scene.Point(u * a.x + v * control.x + w * b.x, u * a.y + v * control.y + w * b.y)
    }
    return curve.filter { distance($0, a) > radius(i) + 0.02 && distance($0, b) > radius(j) + 0.03 }
  }

  /// A circle that touches the state from outside.
  private func loop(_ state: Int) -> [Scene.Point] {
    let (centre, r, out) = (place(state), radius(state), outwards(state))
    let size = max(0.13, 0.8 * r)
    let middle = Scene.Point(centre.x + out.x * (r + 0.6 * size), centre.y + out.y * (r + 0.6 * size))
    let start = atan2(-out.y, -out.x)
    return (0...48).map { step -> Scene.Point in
      let angle = start + 2 * Double.pi * Double(step) / 48
      return Scene.Point(middle.x + size * cos(angle), middle.y + size * sin(angle))
    }.filter { distance($0, centre) > r + 0.025 }
  }

  private func loopLabel(_ state: Int) -> Scene.Point {
    let (centre, r, out) = (place(state), radius(state), outwards(state))
    let reach = r + 1.6 * max(0.13, 0.8 * r) + 0.08 + 0.09 * abs(out.x)
    return Scene.Point(centre.x + out.x * reach, centre.y + out.y * reach)
  }

  private func outwards(_ state: Int) -> Scene.Point { count > 1 ? place(state) : Scene.Point(0, 1) }

  private func distance(_ a: Scene.Point, _ b: Scene.Point) -> Double { hypot(a.x - b.x, a.y - b.y) }

  /// A line and a head, the wider the likelier.
  private func arrow(along path: [Scene.Point], _ p: Double) -> [Figure.Layer] {
    guard path.count > 4, let tip = path.last else { return [] }
    let length = 0.06 + 0.05 * p
    let base = path.last { distance($0, tip) >= length } ?? path[0]
    let (dx, dy) = (tip.x - base.x, tip.y - base.y)
    let half = 0.5
    let head = [
      tip, Scene.Point(base.x - dy * half, base.y + dx * half),
      Scene.Point(base.x + dy * half, base.y - dx * half),
    ]
    let shaft = path.filter { distance($0, tip) >= 0.7 * length }
    let opacity = 0.45 + 0.5 * min(p, 1)
    return [
      .line(x: shaft.map(\.x), y: shaft.map(\.y)).styled(
        colour: .muted, lineWidth: 0.8 + 3.5 * min(p, 1), opacity: opacity),
      .polygon(x: head.map(\.x), y: head.map(\.y)).styled(
        colour: .muted, lineWidth: 0.5, opacity: opacity, fill: 1),
    ]
  }

  private static func percent(_ p: Double) -> String {
    guard p.isFinite else { return "\(p)" }
    return p >= 0.995 && p < 1 ? ">99 %" : "\(Int((100 * p).rounded())) %"
  }

  /// Each state with its likeliest transitions.
  var inWords: String {
    let parts = (0..<min(count, 20)).map { i in
      let row = (0..<count).filter { probabilities[i, $0].isFinite && probabilities[i, $0] >= threshold }
        .sorted { probabilities[i, $0] > probabilities[i, $1] }.prefix(5)
      return
        "from \(names[i]): \(row.map { "\(names[$0]) \(Self.percent(probabilities[i, $0]))" }.joined(separator: ", "))"
    }
    return
      "Transitions between \(count) \(count == 1 ? "state" : "states"); \(parts.joined(separator: "; "))."
  }
}
