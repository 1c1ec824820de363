// Elementwise functions. Every one keeps the shape, and costs one pass over the elements.

extension Variable {
  private func map(_ f: Map, _ a: Double = 0, _ b: Double = 0) -> Self {
    Self(engine, engine.map(f, node, a, b))
  }

  /// eˣ
  public func exp() -> Self { map(.exp) }

  /// ln x; NaN below 0.
  public func log() -> Self { map(.log) }

  public func tanh() -> Self { map(.tanh) }

  /// 1 / (1 + e⁻ˣ)
  public func sigmoid() -> Self { map(.sigmoid) }

  /// ln(1 + eˣ), without overflow.
  public func softplus() -> Self { map(.softplus) }

  /// max(x, 0); its derivative at 0 is 0.
  public func relu() -> Self { map(.relu) }

  /// x, and `slope` · x below 0.
  public func leakyRelu(slope: Double = 0.01) -> Self { map(.leakyRelu, slope) }

  /// x, and `scale` · (eˣ − 1) below 0.
  ///
  /// - Source: Clevert, Unterthiner and Hochreiter (2016).
  public func elu(scale: Double = 1) -> Self { map(.elu, scale) }

  /// The Gaussian error linear unit in its tanh form: x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))).
  ///
  /// - Source: Hendrycks and Gimpel (2016), §2.
  public func gelu() -> Self { map(.gelu) }

  /// x / (1 + e⁻ˣ)
  ///
  /// - Source: Ramachandran, Zoph and Le (2017).
  public func swish() -> Self { map(.swish) }

  /// √x; the derivative at 0 is infinite.
  public func squareRoot() -> Self { map(.sqrt) }

  /// x²
  public func squared() -> Self { map(.square) }

  /// x, kept within a range; the derivative outside it is 0.
  public func clamped(to range: ClosedRange<Double>) -> Self {
    map(.clamp, range.lowerBound, range.upperBound)
  }

  /// a x + b
  public func scaled(by a: Double, adding b: Double = 0) -> Self { map(.scale, a, b) }

  private static func combine(_ f: Combination, _ a: Self, _ b: Self) -> Self {
    precondition(a.engine === b.engine, "variables of different tapes")
    return Self(a.engine, a.engine.combine(f, a.node, b.node))
  }

  // Of two variables either may have a single row, column or element, which is then repeated.

  public static func + (a: Self, b: Self) -> Self { combine(.add, a, b) }
  public static func - (a: Self, b: Self) -> Self { combine(.subtract, a, b) }
  /// The product element by element; `multiplied(by:)` is the matrix product.
  public static func * (a: Self, b: Self) -> Self { combine(.multiply, a, b) }
  /// The quotient element by element.
  public static func / (a: Self, b: Self) -> Self { combine(.divide, a, b) }

  public static prefix func - (x: Self) -> Self { x.scaled(by: -1) }
  public static func * (a: Double, x: Self) -> Self { x.scaled(by: a) }
  public static func + (x: Self, b: Double) -> Self { x.scaled(by: 1, adding: b) }
  public static func - (x: Self, b: Double) -> Self { x.scaled(by: 1, adding: -b) }
  public static func - (b: Double, x: Self) -> Self { x.scaled(by: -1, adding: b) }
}
