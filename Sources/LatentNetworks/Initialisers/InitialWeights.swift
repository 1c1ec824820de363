public import LatentNumerics

/// How the weights of a layer start; fan-in and fan-out are the numbers that enter and leave one unit.
public enum InitialWeights: Sendable, Hashable, Codable {
  case zero
  /// Normal with this deviation.
  case normal(deviation: Double)
  /// Uniform in ±√(6 / (fan-in + fan-out)).
  ///
  /// - Source: Glorot and Bengio (2010), equation 16.
  case glorotUniform
  /// Normal with variance 2 / (fan-in + fan-out).
  case glorotNormal
  /// Uniform in ±√(6 / fan-in).
  case heUniform
  /// Normal with variance 2 / fan-in.
  ///
  /// - Source: He et al. (2015), equation 10.
  case heNormal
  /// Orthonormal rows or columns, whichever are fewer, times `gain`; every such matrix equally likely.
  ///
  /// - Source: Saxe, McClelland and Ganguli (2014); Mezzadri (2007) for the distribution.
  case orthogonal(gain: Double)

  /// Weights `[rows, columns]`.
  ///
  /// - Parameters:
  ///   - rows: the inputs of a linear layer.
  ///   - columns: its outputs.
  ///   - fanIn: the rows unless told.
  ///   - fanOut: the columns unless told.
  ///   - stream: what random weights are drawn from.
  public func weights(
    rows: Int, columns: Int, fanIn: Int? = nil, fanOut: Int? = nil, from stream: RandomStream
  ) -> Matrix<Double> {
    let (into, outOf) = (Double(fanIn ?? rows), Double(fanOut ?? columns))
    switch self {
    case .zero: return Matrix(rows: rows, columns: columns)
    case .normal(let deviation): return Self.normal(rows, columns, deviation, stream)
    case .glorotUniform: return Self.uniform(rows, columns, (6 / (into + outOf)).squareRoot(), stream)
    case .glorotNormal: return Self.normal(rows, columns, (2 / (into + outOf)).squareRoot(), stream)
    case .heUniform: return Self.uniform(rows, columns, (6 / into).squareRoot(), stream)
    case .heNormal: return Self.normal(rows, columns, (2 / into).squareRoot(), stream)
    case .orthogonal(let gain): return Self.orthogonal(rows, columns, gain, stream)
    }
  }

  private static func normal(
    _ rows: Int, _ columns: Int, _ deviation: Double, _ stream: RandomStream
  ) -> Matrix<Double> {
    var stream = stream
    return Matrix(rows: rows, columns: columns) { target in
      stream.fill(normal: target)
      for i in target.indices { target[i] *= deviation }
    }
  }

  private static func uniform(
    _ rows: Int, _ columns: Int, _ limit: Double, _ stream: RandomStream
  ) -> Matrix<Double> {
    var stream = stream
    return Matrix(rows: rows, columns: columns) { target in
      for i in target.indices {
        target.initializeElement(at: i, to: limit * (2 * stream.uniform(Double.self) - 1))
      }
    }
  }

  /// Q of the factorisation A = Q R of normal numbers with a positive diagonal of R, by A Aᵀ = L Lᵀ and Qᵀ = L⁻¹ Aᵀ;
  /// twice, because the first time loses half of the digits where A is badly conditioned.
  private static func orthogonal(
    _ rows: Int, _ columns: Int, _ gain: Double, _ stream: RandomStream
  ) -> Matrix<Double> {
    let (few, many) = (Swift.min(rows, columns), Swift.max(rows, columns))
    guard few > 0 else { return Matrix(rows: rows, columns: columns) }
    var tall = normal(many, few, 1, stream)
    for _ in 0..<2 {
      var gram = Matrix<Double>(rows: few, columns: few)
      gram.withUnsafeMutableElements { g in
        tall.withUnsafeElements { a in
          BLAS.accumulateGram(
            n: few, k: many, a.baseAddress!, stride: few, beta: 0, into: g.baseAddress!, stride: few)
        }
      }
      guard let factor = Cholesky(gram) else {
        preconditionFailure("normal numbers without full rank, an event of probability 0")
      }
      tall = factor.whitening(tall)
    }
    var result = rows >= columns ? tall : tall.transposed()
    result.withUnsafeMutableElements { for i in $0.indices { $0[i] *= gain } }
    return result
  }
}
