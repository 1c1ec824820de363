public import LatentNumerics

// N points, K components.

extension Figure.Layer {
  /// A dot at each point, its colour blended from those of the components by its shares in them.
  ///
  ///     colour[n] = Σₖ r[n,k] c[k] / Σₖ r[n,k]
  ///
  /// - Parameters:
  ///   - x: abscissae `[N]`.
  ///   - y: ordinates `[N]`.
  ///   - shares: r `[N, K]`, not negative, such as responsibilities; rows need not sum to one.
  ///   - colours: c, those of the first K series when `nil`.
  ///   - name: the entry in the legend.
  /// - Precondition: as many of each.
  public static func blendedPoints<Scalar: LatentScalar>(
    x: [Double], y: [Double], shares: Matrix<Scalar>, colours: [Figure.Colour]? = nil, name: String? = nil
  ) -> Self {
    precondition(x.count == y.count && x.count == shares.rows, "each point has an x, a y and shares")
    precondition(colours.map { $0.count == shares.columns } ?? true, "each component has a colour")
    let colours = colours ?? (0..<shares.columns).map { .series($0) }
    return Self(
      .blended(x: x, y: y, shares: shares.converted(to: Double.self), colours: colours), name: name)
  }

  /// A dot at each point in the colour of its value.
  ///
  /// - Precondition: as many of each.
  public static func shadedPoints(
    x: [Double], y: [Double], values: [Double], scale: Figure.ColourScale = .init(), name: String? = nil
  ) -> Self {
    precondition(x.count == y.count && x.count == values.count, "each point has an x, a y and a value")
    return Self(.shaded(x: x, y: y, values: values, scale), name: name)
  }

  /// The elements of a matrix as coloured cells, the first row uppermost.
  ///
  /// The cells fill the given part of the panel; by default cell (i, j) is centred on x = j and y = rows − 1 − i, so
  /// axes of categories name rows from the lowest up.
  public static func heatMap<Scalar: LatentScalar>(
    _ values: Matrix<Scalar>, x: ClosedRange<Double>? = nil, y: ClosedRange<Double>? = nil,
    scale: Figure.ColourScale = .init()
  ) -> Self {
    let x = x ?? -0.5...max(0.5, Double(values.columns) - 0.5)
    let y = y ?? -0.5...max(0.5, Double(values.rows) - 0.5)
    return Self(.heatMap(values.converted(to: Double.self), x: x, y: y, scale), name: nil)
  }
}

extension Figure.Layer {
  /// Its scale of colours with the ends that its own values give.
  var colourScale: Figure.ColourScale? {
    switch mark {
    case .shaded(_, _, let values, let scale): scale.around(values)
    case .heatMap(let values, _, _, let scale): scale.around(values.elements)
    default: nil
    }
  }

  /// The same layer with these ends of its scale of colours.
  func with(_ scale: Figure.ColourScale) -> Self {
    var layer = self
    switch mark {
    case .shaded(let x, let y, let values, _): layer.mark = .shaded(x: x, y: y, values: values, scale)
    case .heatMap(let values, let x, let y, _): layer.mark = .heatMap(values, x: x, y: y, scale)
    default: break
    }
    return layer
  }
}
