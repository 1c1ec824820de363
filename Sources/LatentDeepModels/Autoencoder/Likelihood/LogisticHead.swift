// D columns, n levels; h half the distance of two levels, s = exp t the scale

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics
import RealModule

/// Cells are 0, 1/(n − 1), …, 1: the mass of a logistic distribution around each, the tails at 0 and 1,
///
///     p(x) = σ((x + h − μ) / s) − σ((x − h − μ) / s),   h = ½ / (n − 1).
///
/// The decoder gives μ; t is a parameter, one a column.
package struct LogisticHead: LikelihoodHead {
  package let columns: Int
  private let levels: Int
  private let logScale: ParameterReference
  package var outputs: Int { columns }
  private var half: Double { 0.5 / Double(levels - 1) }

  package init(columns D: Int, levels n: Int, in layout: inout ParameterLayout) {
    columns = D
    levels = n
    logScale = layout.add("decoder/logScale", D)
  }

  package func logDensity<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, of x: Variable<Scalar>, on tape: Tape<Scalar>
  ) -> Variable<Scalar> {
    tape.rowTerm(y, x, tape.parameter(logScale)) { rows, terms, f in
      densities(rows, terms.0, terms.1!, terms.2!, half, f)
    }
  }

  package func expectation<Scalar: LatentScalar>(_ y: Variable<Scalar>) -> Matrix<Scalar> {
    cellMoments(y).means.converted(to: Scalar.self)
  }

  /// With P the chance of at least level k: the mean level is Σ P over k ≥ 1, the mean of its square Σ (2k − 1) P.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func cellMoments<Scalar: LatentScalar>(
    _ y: Variable<Scalar>
  ) -> (means: Matrix<Double>, variances: Matrix<Double>?) {
    let locations = y.value
    let scales = y.parameter(logScale).value.elements.map { Double.exp(Double($0)) }
    var means = Matrix<Double>(rows: locations.rows, columns: columns)
    var variances = means
    let n = Double(levels - 1)
    for i in 0..<means.rows {
      for j in 0..<columns {
        let μ = Double(locations[i, j])
        var (sum, squares) = (0.0, 0.0)
        for k in 1..<levels {
          let chance = 1 / (1 + Double.exp((Double(2 * k - 1) * half - μ) / scales[j]))
          sum += chance
          squares += Double(2 * k - 1) * chance
        }
        means[i, j] = sum / n
        variances[i, j] = Swift.max(squares - sum * sum, 0) / (n * n)
      }
    }
    return (means, variances)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func draw<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, from streams: [RandomStream]
  ) -> Matrix<Scalar> {
    var x = y.value
    let scales = y.parameter(logScale).value.elements.map { Double.exp(Double($0)) }
    for i in 0..<x.rows {
      var stream = streams[i]
      for j in 0..<columns {
        let u = stream.uniform(Double.self)
        let value = Double(x[i, j]) + scales[j] * (Double.log(u) - Double.log(onePlus: -u))
        let level = (Swift.min(Swift.max(value, 0), 1) * Double(levels - 1)).rounded()
        x[i, j] = Scalar(level / Double(levels - 1))
      }
    }
    return x
  }

  package func requirement(of value: Double, column: Int) -> InferenceError? {
    let level = value * Double(levels - 1)
    // Single precision keeps a level to a few millionths of itself.
    let isLevel = (level - level.rounded()).magnitude < 1e-2
    return value >= 0 && value <= 1 && isLevel
      ? nil : .outside(value, column, "one of 0, 1/\(levels - 1), 2/\(levels - 1), …, 1")
  }

  /// Means are the data's; so are scales, by the variance s² π² / 3, as far as they are at least half a level.
  package func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, bias: ParameterReference, to x: Rows<Scalar>
  ) {
    let data = CellMoments(x)
    parameters[bias] = Matrix(rows: 1, columns: columns, elements: data.means.map { Scalar($0) })
    parameters[logScale] = Matrix(
      rows: 1, columns: columns,
      elements: data.variances.map {
        Scalar(Double.log(Swift.max((3 * $0).squareRoot() / Double.pi, half)))
      })
  }
}

/// ln(1 + eˣ) and 1 / (1 + e⁻ˣ).
@inline(__always)
private func softplusAndSigmoid(_ x: Double) -> (Double, Double) {
  let e = Double.exp(-x.magnitude)
  return (Swift.max(x, 0) + Double.log(onePlus: e), x > 0 ? 1 / (1 + e) : e / (1 + e))
}

/// With a = (x + h − μ)/s, b = (x − h − μ)/s: ln p = ln(1 − exp(b − a)) − ln(1 + eᵇ) − ln(1 + e⁻ᵃ), without cancellation.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func densities<Scalar: LatentScalar>(
  _ rows: Int, _ y: RowOperand<Scalar>, _ x: RowOperand<Scalar>, _ t: RowOperand<Scalar>, _ h: Double,
  _ f: UnsafeMutablePointer<Scalar>
) {
  for i in 0..<rows {
    let (μ, x, t, dμ, dt) = (y.row(i), x.row(i), t.row(i), y.partial(i), t.partial(i))
    var sum = 0.0
    for j in 0..<y.columns {
      let value = Double(x[j])
      guard !value.isNaN else {
        dμ?[j] = 0
        dt?[j] = 0
        continue
      }
      let inverse = Double.exp(-Double(t[j]))
      let a = (value + h - Double(μ[j])) * inverse
      let b = (value - h - Double(μ[j])) * inverse
      let (isLowest, isHighest) = (value < h, value > 1 - h)
      // Derivatives by a and b.
      var (da, db) = (0.0, 0.0)
      if !isHighest {
        let (softplus, sigmoid) = softplusAndSigmoid(-a)
        sum -= softplus
        da += sigmoid
      }
      if !isLowest {
        let (softplus, sigmoid) = softplusAndSigmoid(b)
        sum -= softplus
        db -= sigmoid
      }
      if !isLowest, !isHighest {
        let δ = 2 * h * inverse
        sum += Double.log(-Double.expMinusOne(-δ))
        let slope = 1 / Double.expMinusOne(δ)
        da += slope
        db -= slope
      }
      dμ?[j] = Scalar(-(da + db) * inverse)
      dt?[j] = Scalar(-(da * a + db * b))
    }
    f.advanced(by: i).initialize(to: Scalar(sum))
  }
}
