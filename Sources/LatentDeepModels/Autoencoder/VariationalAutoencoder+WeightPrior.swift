// s the deviation of the prior, P the number of weights

public import LatentEvidence
import LatentNetworks
public import LatentNumerics
import RealModule

extension VariationalAutoencoder {
  /// −ln p(θ) = Σ (θ² / 2s² + ½ ln 2πs²) over the weights and biases of the decoder's networks, where the configuration has a prior of them.
  /// Scales of the likelihood, p(z) and the encoder, which belongs to q, have none.
  public func parameterKL(
    at p: ParameterPoint<Scalar>, noise: RandomStream, subtractingGradientTimes scale: Scalar,
    from g: UnsafeMutablePointer<Scalar>?
  ) throws(InferenceError) -> Double {
    guard let s = configuration.weightPrior else { return 0 }
    var value = 0.0
    for range in priorRanges {
      let squares = subtractScaled(
        p.values + range.lowerBound, range.count, Scalar(1 / (s * s)) * scale, g.map { $0 + range.lowerBound }
      )
      value += 0.5 * (squares / (s * s) + Double(range.count) * (logTwoPi + 2 * Double.log(s)))
    }
    return value
  }

  /// Where the weights lie that have a prior.
  private static func hasPrior(_ name: String) -> Bool {
    (name.hasPrefix("decoder/") || name.hasPrefix("decoder2/"))
      && !["decoder/logVariance", "decoder/logScale"].contains(name)
  }

  static func priorRanges(in layout: ParameterLayout) -> [Range<Int>] {
    layout.entries.filter { hasPrior($0.name) }.map(\.reference.range)
  }
}

/// Σ θ², and g − factor · θ.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func subtractScaled<Scalar: LatentScalar>(
  _ θ: UnsafePointer<Scalar>, _ count: Int, _ factor: Scalar, _ g: UnsafeMutablePointer<Scalar>?
) -> Double {
  var sum = 0.0
  for i in 0..<count {
    sum += Double(θ[i]) * Double(θ[i])
    if let g { g[i] -= factor * θ[i] }
  }
  return sum
}
