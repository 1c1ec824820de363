// D columns, n[j] categories in column j, l the logits of all of them

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics
import RealModule

/// Cells are codes of categories: p(x[j] = c) ∝ exp l[j, c]. The encoder sees n[j] numbers a column, 1 for the code and 0 for the others;
/// all 0 where a cell is missing.
package struct CategoricalHead: LikelihoodHead {
  private let levels: [Int]
  /// Where the logits of each column begin.
  private let starts: [Int]
  package let outputs: Int
  package var columns: Int { levels.count }
  package var inputs: Int { outputs }

  package init(levels: [Int]) {
    self.levels = levels
    var (starts, sum) = ([Int](), 0)
    for n in levels {
      starts.append(sum)
      sum += n
    }
    self.starts = starts
    outputs = sum
  }

  package func encode<Scalar: LatentScalar>(
    _ x: UnsafePointer<Scalar>, into input: UnsafeMutablePointer<Scalar>
  ) {
    input.initialize(repeating: 0, count: outputs)
    for j in levels.indices where !x[j].isNaN { input[starts[j] + Int(x[j])] = 1 }
  }

  package func logDensity<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, of x: Variable<Scalar>, on tape: Tape<Scalar>
  ) -> Variable<Scalar> {
    tape.rowTerm(y, x) { rows, terms, f in densities(rows, terms.0, terms.1!, levels, f) }
  }

  /// The most probable category, as codes have no mean.
  package func expectation<Scalar: LatentScalar>(_ y: Variable<Scalar>) -> Matrix<Scalar> {
    let l = y.value
    var x = Matrix<Scalar>(rows: l.rows, columns: columns)
    for i in 0..<l.rows {
      for j in levels.indices {
        let best = (0..<levels[j]).max { l[i, starts[j] + $0] < l[i, starts[j] + $1] }!
        x[i, j] = Scalar(best)
      }
    }
    return x
  }

  /// The probabilities of all categories.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func cellMoments<Scalar: LatentScalar>(
    _ y: Variable<Scalar>
  ) -> (means: Matrix<Double>, variances: Matrix<Double>?) {
    let l = y.value
    var p = Matrix<Double>(rows: l.rows, columns: outputs)
    for i in 0..<l.rows {
      for j in levels.indices {
        let all = starts[j]..<starts[j] + levels[j]
        let largest = all.reduce(-Double.infinity) { Swift.max($0, Double(l[i, $1])) }
        let sum = all.reduce(0) { $0 + Double.exp(Double(l[i, $1]) - largest) }
        for c in all { p[i, c] = Double.exp(Double(l[i, c]) - largest) / sum }
      }
    }
    return (p, nil)
  }

  /// The most probable category, and the root of the chance that it is another.
  package func imputation(
    means: [Double], variances: [Double]
  ) -> (values: [Double], deviations: [Double]) {
    let codes = levels.indices.map { j in
      (0..<levels[j]).reduce(0) { means[starts[j] + $1] > means[starts[j] + $0] ? $1 : $0 }
    }
    return (
      codes.map { Double($0) },
      codes.enumerated().map { j, code in Swift.max(1 - means[starts[j] + code], 0).squareRoot() }
    )
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func draw<Scalar: LatentScalar>(
    _ y: Variable<Scalar>, from streams: [RandomStream]
  ) -> Matrix<Scalar> {
    let l = y.value
    var x = Matrix<Scalar>(rows: l.rows, columns: columns)
    for i in 0..<l.rows {
      var stream = streams[i]
      for j in levels.indices {
        let logits = (0..<levels[j]).map { Double(l[i, starts[j] + $0]) }
        let largest = logits.max()!
        let weights = logits.map { Double.exp($0 - largest) }
        var left = stream.uniform(Double.self) * weights.reduce(0, +)
        var code = 0
        while code < levels[j] - 1, left >= weights[code] {
          left -= weights[code]
          code += 1
        }
        x[i, j] = Scalar(code)
      }
    }
    return x
  }

  package func requirement(of value: Double, column: Int) -> InferenceError? {
    value >= 0 && value < Double(levels[column]) && value.rounded() == value
      ? nil : .unknownCategory(row: 0, column: column, value: value, levels: levels[column])
  }

  /// The bias has the data's frequencies, one more row counted for each category.
  package func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, bias: ParameterReference, to x: Rows<Scalar>
  ) {
    var counts = [Double](repeating: 1, count: outputs)
    for i in 0..<x.rows {
      for j in levels.indices where !x.values[i, j].isNaN {
        counts[starts[j] + Int(x.values[i, j])] += x.weight(of: i)
      }
    }
    parameters[bias] = Matrix(rows: 1, columns: outputs, elements: counts.map { Scalar(Double.log($0)) })
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func densities<Scalar: LatentScalar>(
  _ rows: Int, _ y: RowOperand<Scalar>, _ x: RowOperand<Scalar>, _ levels: [Int],
  _ f: UnsafeMutablePointer<Scalar>
) {
  for i in 0..<rows {
    var (l, d) = (y.row(i), y.partial(i))
    let x = x.row(i)
    var sum = 0.0
    for (j, n) in levels.enumerated() {
      if x[j].isNaN {
        if let d { d.initialize(repeating: 0, count: n) }
      } else {
        var largest = l[0]
        for c in 1..<Swift.max(n, 1) { largest = Swift.max(largest, l[c]) }
        var total: Scalar = 0
        for c in 0..<n { total += Scalar.exp(l[c] - largest) }
        let normalizer = largest + Scalar.log(total)
        let code = Int(x[j])
        sum += Double(l[code] - normalizer)
        if let d {
          for c in 0..<n { d[c] = (c == code ? 1 : 0) - Scalar.exp(l[c] - normalizer) }
        }
      }
      l += n
      d = d.map { $0 + n }
    }
    f.advanced(by: i).initialize(to: Scalar(sum))
  }
}
