public import LatentEvidence
public import LatentNumerics

/// Layer normalisation: each row less its mean over its deviation, times a gain, plus a shift. Unlike batch normalisation
/// a row does not depend on the others.
///
///     y[i, j] = gain[j] (x[i, j] − mean x[i]) / √(variance x[i] + ε) + shift[j]
///
/// - Source: Ba, Kiros and Hinton (2016).
public struct LayerNorm: Layer {
  public let gain: ParameterReference
  public let shift: ParameterReference
  public let epsilon: Double

  /// Declares `name/gain` and `name/shift`.
  public init(_ name: String, width: Int, epsilon: Double = 1e-5, in layout: inout ParameterLayout) {
    gain = layout.add("\(name)/gain", width)
    shift = layout.add("\(name)/shift", width)
    self.epsilon = epsilon
  }

  public func callAsFunction<Scalar: LatentScalar>(_ x: Variable<Scalar>) -> Variable<Scalar> {
    x.normalizedRows(epsilon: epsilon) * x.parameter(gain) + x.parameter(shift)
  }

  /// Gain 1, shift 0.
  public func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream
  ) {
    parameters[gain] = Matrix(rows: 1, columns: gain.columns, repeating: 1)
    parameters[shift] = Matrix(rows: 1, columns: shift.columns)
  }
}

/// Dropout between layers. It has no parameters; it acts in training only, where a stream is given.
public struct Dropout: Sendable, Hashable, Codable {
  /// The probability of each element to be set to 0, in [0, 1).
  public let rate: Double

  public init(rate: Double) {
    precondition(rate >= 0 && rate < 1, "a dropout rate lies in [0, 1)")
    self.rate = rate
  }

  /// - Parameters:
  ///   - x: the rows.
  ///   - keys: a number for each row, which its noise belongs to.
  ///   - noise: nil leaves the rows as they are.
  public func callAsFunction<Scalar: LatentScalar, Keys: Collection<Int>>(
    _ x: Variable<Scalar>, rows keys: Keys, noise: RandomStream?
  ) -> Variable<Scalar> {
    guard let noise else { return x }
    return x.dropout(rate: rate, rows: keys, noise: noise)
  }
}
