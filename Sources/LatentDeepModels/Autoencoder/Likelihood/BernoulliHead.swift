// D columns; l the logits

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics
import RealModule

/// p(x | z) = Π Bernoulli(x[j] | 1 / (1 + exp −l[j])): the decoder gives the logits.
package struct BernoulliHead: LikelihoodHead {
  package let columns: Int
  package var outputs: Int { columns }

  package func logDensity<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, of x: Variable<Scalar>, on tape: Tape<Scalar>
  ) -> Variable<Scalar> {
    y.logBernoulli(of: x)
  }

  package func expectation<Scalar: LatentScalar>(_ y: Variable<Scalar>) -> Matrix<Scalar> {
    y.sigmoid().value
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func cellMoments<Scalar: LatentScalar>(
    _ y: Variable<Scalar>
  ) -> (means: Matrix<Double>, variances: Matrix<Double>?) {
    let p = y.sigmoid().value.converted(to: Double.self)
    return (p, Matrix(rows: p.rows, columns: p.columns, elements: p.elements.map { $0 * (1 - $0) }))
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func draw<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, from streams: [RandomStream]
  ) -> Matrix<Scalar> {
    var x = y.sigmoid().value
    for i in 0..<x.rows {
      var stream = streams[i]
      for j in 0..<columns { x[i, j] = stream.uniform(Double.self) < Double(x[i, j]) ? 1 : 0 }
    }
    return x
  }

  package func requirement(of value: Double, column: Int) -> InferenceError? {
    value == 0 || value == 1 ? nil : .notBinary(row: 0, column: column, value: value)
  }

  /// The bias is the logit of the mean, which is kept within [0.001, 0.999].
  ///
  /// - Source: Burda, Grosse & Salakhutdinov (2016), in their code.
  package func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, bias: ParameterReference, to x: Rows<Scalar>
  ) {
    parameters[bias] = Matrix(
      rows: 1, columns: columns,
      elements: CellMoments(x).means.map {
        let p = Swift.min(Swift.max($0, 0.001), 0.999)
        return Scalar(Double.log(p / (1 - p)))
      })
  }
}
