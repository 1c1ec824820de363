// D columns; v = ln σ²

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics
import RealModule

/// p(x | z) = Π 𝒩(x[j] | μ[j], exp v[j]): the decoder gives the means, and for `.network` the logarithms of the variances.
package struct GaussianHead: LikelihoodHead {
  package let columns: Int
  private let variance: GaussianVariance
  /// v where it is learned and does not depend on z.
  private let logVariance: ParameterReference?

  package var outputs: Int { variance == .network ? 2 * columns : columns }

  package init(columns D: Int, _ variance: GaussianVariance, in layout: inout ParameterLayout) {
    columns = D
    self.variance = variance
    switch variance {
    case .fixed, .network: logVariance = nil
    case .shared: logVariance = layout.add("decoder/logVariance", 1)
    case .columns: logVariance = layout.add("decoder/logVariance", D)
    }
  }

  /// μ `[B, D]`; v with a single row or column where it has no more.
  private func parts<Scalar>(_ y: Variable<Scalar>) -> (
    mean: Variable<Scalar>, logVariance: Variable<Scalar>?
  ) {
    if variance == .network { return (y.columns(0..<columns), y.columns(columns..<2 * columns)) }
    return (y, logVariance.map { y.parameter($0) })
  }

  package func logDensity<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, of x: Variable<Scalar>, on tape: Tape<Scalar>
  ) -> Variable<Scalar> {
    let (mean, v) = parts(y)
    if let v { return x.logGaussian(mean: mean, logVariance: v) }
    guard case .fixed(let variance) = variance else { preconditionFailure("a variance without a place") }
    return x.logGaussian(
      mean: mean, logVariance: y.columns(0..<1).detached().scaled(by: 0, adding: Double.log(variance)))
  }

  package func expectation<Scalar: LatentScalar>(_ y: Variable<Scalar>) -> Matrix<Scalar> {
    parts(y).mean.value
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func cellMoments<Scalar: LatentScalar>(
    _ y: Variable<Scalar>
  ) -> (means: Matrix<Double>, variances: Matrix<Double>?) {
    let (mean, v) = parts(y)
    let means = mean.value.converted(to: Double.self)
    let logs = v?.value
    var variances = Matrix<Double>(rows: means.rows, columns: columns)
    for i in 0..<means.rows {
      for j in 0..<columns {
        if case .fixed(let variance) = variance { variances[i, j] = variance }
        if let logs {
          variances[i, j] = Double.exp(
            Double(logs[logs.rows == 1 ? 0 : i, logs.columns == 1 ? 0 : j]))
        }
      }
    }
    return (means, variances)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func draw<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, from streams: [RandomStream]
  ) -> Matrix<Scalar> {
    let (mean, v) = parts(y)
    var x = mean.value
    let logs = v?.value
    for i in 0..<x.rows {
      var stream = streams[i]
      for j in 0..<columns {
        var deviation = 1.0
        if case .fixed(let variance) = variance { deviation = variance.squareRoot() }
        if let logs {
          let v = logs[logs.rows == 1 ? 0 : i, logs.columns == 1 ? 0 : j]
          deviation = Double.exp(Double(v) / 2)
        }
        x[i, j] += Scalar(deviation * stream.normal())
      }
    }
    return x
  }

  package func requirement(of value: Double, column: Int) -> InferenceError? {
    value.isFinite ? nil : .notFinite(quantity: "value", row: 0)
  }

  /// Means and variances are the data's; that of a column that does not vary is a ten-thousandth of the mean variance.
  package func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, bias: ParameterReference, to x: Rows<Scalar>
  ) {
    let data = CellMoments(x)
    let least = data.variance > 0 ? 1e-4 * data.variance : 1
    let logs = data.variances.map { Scalar(Double.log(Swift.max($0, least))) }
    let means = data.means.map { Scalar($0) }
    parameters[bias] = Matrix(
      rows: 1, columns: outputs, elements: variance == .network ? means + logs : means)
    guard let logVariance else { return }
    parameters[logVariance] =
      variance == .shared
      ? Matrix(rows: 1, columns: 1, repeating: Scalar(Double.log(data.variance > 0 ? data.variance : 1)))
      : Matrix(rows: 1, columns: columns, elements: logs)
  }
}
