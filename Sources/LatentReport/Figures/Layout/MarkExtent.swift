/// What one datum takes up on an axis, in any order, finite or not: a point is twice the same.
struct DatumSpan {
  var a: Double
  var b: Double

  init(_ a: Double, _ b: Double) {
    self.a = a
    self.b = b
  }

  init(_ a: Double) { self.init(a, a) }
}

extension Figure.Layer.Mark {
  /// Hands over what every datum takes up; `nil` on the axis that a rule says nothing about.
  func forEachDatum(_ body: (_ x: DatumSpan?, _ y: DatumSpan?) -> Void) {
    switch self {
    case .line(let x, let y), .points(let x, let y), .labels(let x, let y, _):
      for (x, y) in zip(x, y) { body(.init(x), .init(y)) }
    case .intervals(let x, let low, let high), .band(let x, let low, let high):
      for (x, (low, high)) in zip(x, zip(low, high)) { body(.init(x), .init(low, high)) }
    case .bars(let x, let heights, let width):
      for (x, height) in zip(x, heights) { body(.init(x - width / 2, x + width / 2), .init(height)) }
    case .polygon(let x, let y):
      // NaN must not be lost among the corners.
      func hull(_ values: [Double]) -> DatumSpan {
        guard values.allSatisfy(\.isFinite), let low = values.min(), let high = values.max() else {
          return .init(.nan)
        }
        return .init(low, high)
      }
      if !x.isEmpty { body(hull(x), hull(y)) }
    case .blended(let x, let y, let shares, _):
      for (n, (x, y)) in zip(x, y).enumerated() {
        let row = shares.row(n)
        let isKnown = row.allSatisfy { $0.isFinite && $0 >= 0 } && row.contains { $0 > 0 }
        body(.init(isKnown ? x : .nan), .init(y))
      }
    case .shaded(let x, let y, let values, _):
      for (value, (x, y)) in zip(values, zip(x, y)) { body(.init(value.isFinite ? x : .nan), .init(y)) }
    case .heatMap(let values, let x, let y, _):
      if values.count > 0 { body(.init(x.lowerBound, x.upperBound), .init(y.lowerBound, y.upperBound)) }
      for value in values.elements where !value.isFinite { body(.init(.nan), nil) }
    case .verticalRule(let x, _): body(.init(x), nil)
    case .horizontalRule(let y, _): body(nil, .init(y))
    }
  }

  /// Whether its marks stand on the foot of the panel.
  var hasFoot: Bool { if case .bars = self { true } else { false } }
}

/// The ranges of the data in a panel, and how many data cannot be drawn.
struct DataExtent {
  private(set) var x: ClosedRange<Double>?
  private(set) var y: ClosedRange<Double>?
  private(set) var notFinite = 0
  private(set) var notPositive = 0

  init(_ panel: Figure.Panel) {
    let (xIsLogarithmic, yIsLogarithmic) = (panel.x.scale == .logarithmic, panel.y.scale == .logarithmic)
    for layer in panel.layers {
      layer.mark.forEachDatum { x, y in
        let values = [x?.a, x?.b, y?.a, y?.b].compactMap { $0 }
        guard values.allSatisfy(\.isFinite) else {
          notFinite += 1
          return
        }
        let positive = (xIsLogarithmic ? [x?.a, x?.b] : []) + (yIsLogarithmic ? [y?.a, y?.b] : [])
        guard positive.allSatisfy({ ($0 ?? 1) > 0 }) else {
          notPositive += 1
          return
        }
        Self.include(x, in: &self.x)
        Self.include(y, in: &self.y)
      }
      if layer.mark.hasFoot, !yIsLogarithmic { Self.include(.init(0), in: &y) }
    }
  }

  private static func include(_ span: DatumSpan?, in range: inout ClosedRange<Double>?) {
    guard let span else { return }
    let (low, high) = (min(span.a, span.b), max(span.a, span.b))
    range = min(range?.lowerBound ?? low, low)...max(range?.upperBound ?? high, high)
  }

  /// What is left out, in words; empty when nothing is.
  var note: String {
    func counted(_ count: Int, _ why: String) -> String? {
      count == 0 ? nil : "\(count) \(count == 1 ? "value" : "values") not drawn: \(why)"
    }
    return [
      counted(notFinite, "not finite"), counted(notPositive, "not positive on a logarithmic axis"),
    ].compactMap { $0 }.joined(separator: "; ")
  }
}
