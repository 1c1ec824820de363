import Latent

/// Two columns of the data that components and rows are drawn in.
struct ReportPlane: Sendable {
  let x: Int
  let y: Int
  let names: (x: String, y: String)
  /// Whether the reader asked for these columns.
  let isAsked: Bool

  /// More points hide each other and make the page slow.
  static let mostPoints = 1500
  /// Components beyond these are not told apart by colour.
  static let mostColours = 7
  /// Ellipses beyond these hide each other.
  private static let mostEllipses = 40

  /// The columns asked for; or the two along which the components' centres differ most, against the spread within them.
  ///
  /// - Returns: nil where there are no two columns of numbers, and for images unless they are asked for.
  init?(_ view: MixtureView, asked: (x: Int, y: Int)?) {
    let all = view.names
    if let asked {
      (x, y) = asked
      isAsked = true
      names = (all[asked.x], all[asked.y])
      return
    }
    guard view.cells == .numbers, view.description.dimensions > 1, view.description.image == nil,
      let centres = view.centres, view.look.covariance != nil
    else { return nil }
    let best = Self.telling(view, centres)
    x = min(best.0, best.1)
    y = max(best.0, best.1)
    names = (all[x], all[y])
    isAsked = false
  }

  private static func telling(_ view: MixtureView, _ centres: Matrix<Double>) -> (Int, Int) {
    let D = centres.columns
    guard D > 2 else { return (0, 1) }
    let w = view.weights
    let total = max(w.reduce(0, +), .leastNormalMagnitude)
    let ratios = (0..<D).map { j -> Double in
      let mean = w.indices.reduce(0) { $0 + w[$1] * centres[$1, j] } / total
      let between = w.indices.reduce(0) { $0 + w[$1] * (centres[$1, j] - mean) * (centres[$1, j] - mean) }
      let within = w.indices.reduce(0) { $0 + w[$1] * (view.look.covariance?($1, j, j) ?? 0) }
      // One component says by its variances which columns matter; they have units, so the columns come as they are.
      return view.components == 1 ? 0 : within > 0 ? between / within : between > 0 ? .infinity : 0
    }
    let order = ReportText.descending(ratios)
    return (order[0], order[1])
  }

  var axes: (x: Figure.Axis, y: Figure.Axis) { (.init(names.x), .init(names.y)) }

  /// An ellipse of two standard deviations for each component (of twice the scale for heavy tails), and its number at its
  /// centre.
  ///
  /// - Parameter numbered: whether the numbers are shown.
  func ellipses(_ view: MixtureView, numbered: Bool = true) -> [Figure.Layer] {
    guard let centres = view.centres, let covariance = view.look.covariance else { return [] }
    let shown = view.order.filter { view.weights[$0] > 0 }.prefix(Self.mostEllipses)
    let hasColours = view.components <= Self.mostColours && view.components > 1
    var layers = shown.sorted().map { k in
      let ellipse = Figure.Layer.ellipse(
        mean: (centres[k, x], centres[k, y]),
        covariance: (covariance(k, x, x), covariance(k, x, y), covariance(k, y, y)),
        name: hasColours ? view.name(k) : nil)
      return hasColours ? ellipse : ellipse.styled(lineWidth: 1.25)
    }
    guard numbered, view.components > 1 else { return layers }
    let places = shown.sorted()
    layers.append(
      .labels(
        x: places.map { centres[$0, x] }, y: places.map { centres[$0, y] }, texts: places.map { "\($0 + 1)" }
      ).styled(colour: .ink))
    return layers
  }

  /// The rows as points, in the colour of their likeliest component where there are few.
  func points(_ values: Matrix<Double>, components likeliest: [Int], of view: MixtureView) -> [Figure.Layer] {
    let shown = ReportText.evenly(Self.mostPoints, of: values.rows).filter {
      values[$0, x].isFinite && values[$0, y].isFinite
    }
    let size = shown.count > 400 ? 3.5 : 5.0
    guard view.components <= Self.mostColours, view.components > 1 else {
      return [
        Figure.Layer.points(x: shown.map { values[$0, x] }, y: shown.map { values[$0, y] })
          .styled(colour: .muted, symbol: .circle, size: size, opacity: 0.5)
      ]
    }
    return (0..<view.components).compactMap { k in
      let own = shown.filter { likeliest[$0] == k }
      guard !own.isEmpty else { return nil }
      return Figure.Layer.points(
        x: own.map { values[$0, x] }, y: own.map { values[$0, y] }, name: view.name(k)
      ).styled(size: size, opacity: 0.6)
    }
  }
}
