// B rows (draws of z), D columns

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics

/// A family of p(x | z) that a decoder gives the parameters of.
package protocol LikelihoodHead: Sendable {
  /// D.
  var columns: Int { get }
  /// The width of the decoder's output.
  var outputs: Int { get }
  /// The numbers that the encoder sees of a row.
  var inputs: Int { get }

  /// ln p(x | z) over the cells that are observed (not NaN), `[B, 1]`.
  ///
  /// - Parameters:
  ///   - y: what the decoder gave, `[B, outputs]`.
  ///   - x: the data, `[B, D]`.
  func logDensity<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, of x: Variable<Scalar>, on tape: Tape<Scalar>
  ) -> Variable<Scalar>

  /// E[x | z], `[B, D]`.
  func expectation<Scalar: LatentScalar>(_ y: Variable<Scalar>) -> Matrix<Scalar>

  /// Means and variances of what imputation averages over z: of the cells, `[B, D]`; or other numbers, whose variances may be missing.
  func cellMoments<Scalar: LatentScalar>(
    _ y: Variable<Scalar>
  ) -> (means: Matrix<Double>, variances: Matrix<Double>?)

  /// The value of each cell, and the root of its expected loss, from means and variances over z as `cellMoments` gives them for a z.
  func imputation(means: [Double], variances: [Double]) -> (values: [Double], deviations: [Double])

  /// A draw from p(x | z) for each row, `[B, D]`; row i from `streams[i]`.
  func draw<Scalar: LatentScalar>(_ y: Variable<Scalar>, from streams: [RandomStream]) -> Matrix<Scalar>

  /// Writes what the encoder sees of a row, `inputs` numbers; a missing cell is 0.
  func encode<Scalar: LatentScalar>(
    _ x: UnsafePointer<Scalar>, into input: UnsafeMutablePointer<Scalar>)

  /// What a cell must be; nil where it is.
  func requirement(of value: Double, column: Int) -> InferenceError?

  /// Writes the first values of the parameters beside the decoder's weights: with weights 0 the model has the data's means.
  func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, bias: ParameterReference, to x: Rows<Scalar>)
}

extension LikelihoodHead {
  package var inputs: Int { columns }

  package func encode<Scalar: LatentScalar>(
    _ x: UnsafePointer<Scalar>, into input: UnsafeMutablePointer<Scalar>
  ) { encodeObserved(x, columns, into: input) }

  /// Cells are numbers: squared errors are lost.
  package func imputation(
    means: [Double], variances: [Double]
  ) -> (values: [Double], deviations: [Double]) {
    (means, variances.map { Swift.max($0, 0).squareRoot() })
  }
}

extension InferenceError {
  /// A cell with no density; the row is still to be named.
  static func outside(_ value: Double, _ column: Int, _ requirement: String) -> Self {
    .unsuitable(row: 0, column: column, value: value, requirement: requirement)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func encodeObserved<Scalar: LatentScalar>(
  _ x: UnsafePointer<Scalar>, _ count: Int, into input: UnsafeMutablePointer<Scalar>
) {
  for j in 0..<count { input.advanced(by: j).initialize(to: x[j].isNaN ? 0 : x[j]) }
}

extension AutoencoderLikelihood {
  /// The family for D columns, its parameters declared.
  package func head(columns D: Int, in layout: inout ParameterLayout) -> any LikelihoodHead {
    switch self {
    case .bernoulli: BernoulliHead(columns: D)
    case .gaussian(let variance): GaussianHead(columns: D, variance, in: &layout)
    case .continuousBernoulli: ContinuousBernoulliHead(columns: D)
    case .categorical(let levels): CategoricalHead(levels: levels)
    case .discretizedLogistic(let levels): LogisticHead(columns: D, levels: levels, in: &layout)
    }
  }
}

/// Means and variances of columns over their observed cells.
package struct CellMoments: Sendable {
  package var means: [Double]
  package var variances: [Double]

  /// The mean variance.
  package var variance: Double { variances.isEmpty ? 0 : variances.reduce(0, +) / Double(variances.count) }

  /// A column without observed cells has mean 0 and variance 0.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package init<Scalar: LatentScalar>(_ x: Rows<Scalar>) {
    let (N, D) = (x.rows, x.columns)
    var (weights, sums, squares) = (
      [Double](repeating: 0, count: D), [Double](repeating: 0, count: D), [Double](repeating: 0, count: D)
    )
    x.values.withUnsafeElements { values in
      for pass in 0..<2 {
        for i in 0..<N {
          let w = x.weight(of: i)
          for j in 0..<D {
            let value = Double(values[i * D + j])
            guard !value.isNaN else { continue }
            if pass == 0 {
              weights[j] += w
              sums[j] += w * value
            } else {
              let δ = value - sums[j]
              squares[j] += w * δ * δ
            }
          }
        }
        if pass == 0 { for j in 0..<D { sums[j] = weights[j] > 0 ? sums[j] / weights[j] : 0 } }
      }
    }
    means = sums
    variances = (0..<D).map { weights[$0] > 0 ? squares[$0] / weights[$0] : 0 }
  }
}
