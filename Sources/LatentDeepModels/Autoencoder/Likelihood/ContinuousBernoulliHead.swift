// D columns; l the parameters

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics
import RealModule

/// Cells in [0, 1] with density exp(l x − A(l)), A(l) = ln((eˡ − 1) / l): Bernoulli's form, normalised over the interval.
///
/// - Source: Loaiza-Ganem & Cunningham (2019), NeurIPS, with l the logit of their λ.
package struct ContinuousBernoulliHead: LikelihoodHead {
  package let columns: Int
  package var outputs: Int { columns }

  package init(columns: Int) { self.columns = columns }

  package func logDensity<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, of x: Variable<Scalar>, on tape: Tape<Scalar>
  ) -> Variable<Scalar> {
    tape.rowTerm(y, x) { rows, terms, f in densities(rows, terms.0, terms.1!, f) }
  }

  package func expectation<Scalar: LatentScalar>(_ y: Variable<Scalar>) -> Matrix<Scalar> {
    let l = y.value
    return Matrix(
      rows: l.rows, columns: l.columns,
      elements: l.elements.map { Scalar(continuousBernoulli(Double($0)).mean) })
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func cellMoments<Scalar: LatentScalar>(
    _ y: Variable<Scalar>
  ) -> (means: Matrix<Double>, variances: Matrix<Double>?) {
    let l = y.value
    let values = l.elements.map { Double($0) }
    return (
      Matrix(rows: l.rows, columns: l.columns, elements: values.map { continuousBernoulli($0).mean }),
      Matrix(rows: l.rows, columns: l.columns, elements: values.map(continuousBernoulliVariance))
    )
  }

  /// By inversion of the distribution function (eˡˣ − 1) / (eˡ − 1).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func draw<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, from streams: [RandomStream]
  ) -> Matrix<Scalar> {
    var x = y.value
    for i in 0..<x.rows {
      var stream = streams[i]
      for j in 0..<columns {
        let (l, u) = (Double(x[i, j]), stream.uniform(Double.self))
        var value = u
        if l > 1e-6 {
          value = 1 + Double.log(u + (1 - u) * Double.exp(-l)) / l
        } else if l < -1e-6 {
          value = Double.log(onePlus: u * Double.expMinusOne(l)) / l
        }
        x[i, j] = Scalar(Swift.min(Swift.max(value, 0), 1))
      }
    }
    return x
  }

  package func requirement(of value: Double, column: Int) -> InferenceError? {
    value >= 0 && value <= 1 ? nil : .outside(value, column, "between 0 and 1")
  }

  /// The bias has the data's mean, which is kept within [0.001, 0.999].
  package func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, bias: ParameterReference, to x: Rows<Scalar>
  ) {
    parameters[bias] = Matrix(
      rows: 1, columns: columns,
      elements: CellMoments(x).means.map { mean in
        let target = Swift.min(Swift.max(mean, 0.001), 0.999)
        var (low, high) = (-1001.0, 1001.0)
        while high - low > 1e-10 * (1 + low.magnitude) {
          let middle = (low + high) / 2
          if continuousBernoulli(middle).mean < target { low = middle } else { high = middle }
        }
        return Scalar(low)
      })
  }
}

/// A(l) = ln((eˡ − 1) / l) and its derivative, the mean; by their series near 0.
func continuousBernoulli(_ l: Double) -> (logNormalizer: Double, mean: Double) {
  if l.magnitude < 0.2 {
    let s = l * l
    return (
      l / 2 + s * (1 / 24 - s * (1 / 2880 - s * (1 / 181_440 - s / 9_676_800))),
      0.5 + l * (1 / 12 - s * (1 / 720 - s * (1 / 30_240 - s / 1_209_600)))
    )
  }
  // With l < 0 as with −l, for A(l) = l + A(−l).
  let a = l.magnitude
  let tail = -Double.expMinusOne(-a)
  let mean = 1 / tail - 1 / a
  return (Double.log(tail) - Double.log(a) + (l > 0 ? l : 0), l > 0 ? mean : 1 - mean)
}

/// A″(l) = 1/l² − 1 / (2 sinh l/2)², the variance; by its series near 0.
func continuousBernoulliVariance(_ l: Double) -> Double {
  let s = l * l
  if s < 0.04 { return 1 / 12 - s * (1 / 240 - s * (1 / 6048 - s / 172_800)) }
  // (2 sinh a/2)² = eᵃ (1 − e⁻ᵃ)².
  let a = l.magnitude
  let tail = -Double.expMinusOne(-a)
  return 1 / s - Double.exp(-a) / (tail * tail)
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func densities<Scalar: LatentScalar>(
  _ rows: Int, _ y: RowOperand<Scalar>, _ x: RowOperand<Scalar>, _ f: UnsafeMutablePointer<Scalar>
) {
  for i in 0..<rows {
    let (l, x, d) = (y.row(i), x.row(i), y.partial(i))
    var sum = 0.0
    for j in 0..<y.columns {
      let value = x[j]
      guard !value.isNaN else {
        d?[j] = 0
        continue
      }
      let (normalizer, mean) = continuousBernoulli(Double(l[j]))
      sum += Double(l[j]) * Double(value) - normalizer
      d?[j] = value - Scalar(mean)
    }
    f.advanced(by: i).initialize(to: Scalar(sum))
  }
}
