public import LatentNumerics

/// The shift and scale that were taken from every column of the data: (x − mean) / scale.
public struct Standardization: Sendable, Codable, Equatable {
  /// `[D]`.
  public var means: [Double]
  /// `[D]`, positive.
  public var scales: [Double]

  /// - Precondition: as many scales as means.
  public init(means: [Double], scales: [Double]) {
    precondition(means.count == scales.count, "a scale for every mean")
    self.means = means
    self.scales = scales
  }

  /// Whether there is a finite mean and a positive finite scale for each of D columns.
  public func isProper(columns D: Int) -> Bool {
    means.count == D && scales.count == D && means.allSatisfy(\.isFinite)
      && scales.allSatisfy { $0 > 0 && $0.isFinite }
  }

  /// (x − mean) / scale, column by column, `[N, D]`.
  ///
  /// - Precondition: `x` has D columns.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func applied<Scalar: LatentScalar>(to x: Matrix<Scalar>) -> Matrix<Scalar> {
    mapping(x) { ($0 - means[$1]) / scales[$1] }
  }

  /// x · scale + mean, column by column, `[N, D]`.
  ///
  /// - Precondition: `x` has D columns.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func removed<Scalar: LatentScalar>(from x: Matrix<Scalar>) -> Matrix<Scalar> {
    mapping(x) { $0 * scales[$1] + means[$1] }
  }

  @inline(__always)
  private func mapping<Scalar: LatentScalar>(
    _ x: Matrix<Scalar>, _ body: (Double, Int) -> Double
  ) -> Matrix<Scalar> {
    let D = x.columns
    precondition(D == means.count, "the width of the data")
    return Matrix(rows: x.rows, columns: D) { target in
      x.withUnsafeElements { x in
        for i in 0..<x.count { target.initializeElement(at: i, to: Scalar(body(Double(x[i]), i % D))) }
      }
    }
  }
}
