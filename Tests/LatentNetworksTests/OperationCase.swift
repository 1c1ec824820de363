import LatentEvidence
import LatentNetworks
import LatentNumerics

/// Every operation of the tape once, with the shapes of its inputs: the rows of the tables of tests.
enum OperationCase: String, CaseIterable, Sendable {
  case exp, log, tanh, sigmoid, softplus, relu, leakyRelu, elu, gelu, swish, squareRoot, squared, clamped,
    scaled
  case negated, plusNumber, minusNumber, numberMinus
  case add, subtract, multiply, divide
  case addRow, subtractColumn, multiplyRow, divideRow, rowDivided, columnTimesRow, divideColumn, timesOne,
    oneMinus
  case addSelf, multiplySelf, divideSelf, reuse
  case product, productTransposed, productOtherTransposed, productBothTransposed, productSelf
  case linear, linearWithoutBias, linearTwice
  case sum, mean, sumOfRows, sumOfColumns, meanOfColumns
  case logSumExp, softmax, logSoftmax
  case columns, overlappingColumns, rows, columnsInPlaceOps, reshaped, reshapedColumns, reshapedThenUsed,
    transposed
  case repeatingRows, concatenated, concatenatedThree, concatenateRows, detached
  case logBernoulli, logBernoulliMissing, logGaussian, logGaussianShared, logGaussianOneVariance,
    logGaussianMissing
  case standardDivergence, standardDivergenceSharedRow, rowTerm
  case lowerExponential, lowerSoftplus, lowerOne, lowerLogDeterminant
  case normalizedRows, dropout
  case convolved, convolvedStrided, convolvedPadded, transposedConvolved, transposedConvolvedExtra,
    convolvedSlice
  case deepChain

  /// The shapes of the inputs, all of them parameters.
  var shapes: [[Int]] {
    switch self {
    case .add, .subtract, .multiply, .divide: [[5, 19], [5, 19]]
    case .addRow, .multiplyRow, .divideRow: [[5, 19], [1, 19]]
    case .subtractColumn, .divideColumn: [[5, 19], [5, 1]]
    case .rowDivided: [[1, 19], [5, 19]]
    case .columnTimesRow: [[5, 1], [1, 19]]
    case .timesOne, .oneMinus: [[5, 19], [1, 1]]
    case .product: [[5, 7], [7, 19]]
    case .productTransposed: [[7, 5], [7, 19]]
    case .productOtherTransposed: [[5, 7], [19, 7]]
    case .productBothTransposed: [[7, 5], [19, 7]]
    case .productSelf: [[6, 6]]
    case .linear: [[5, 7], [7, 19], [1, 19]]
    case .linearWithoutBias: [[5, 7], [7, 19]]
    case .linearTwice: [[5, 7], [7, 7], [1, 7]]
    case .concatenated: [[5, 3], [5, 17]]
    case .concatenatedThree: [[5, 3], [5, 17], [5, 1]]
    case .concatenateRows: [[3, 7], [1, 7], [4, 7]]
    case .logGaussian: [[5, 19], [5, 19], [5, 19]]
    case .logGaussianShared: [[5, 19], [1, 19], [1, 19]]
    case .logGaussianOneVariance: [[1, 19], [5, 19], [5, 1]]
    case .logGaussianMissing: [[5, 19], [1, 1]]
    case .standardDivergence: [[5, 19], [5, 19]]
    case .standardDivergenceSharedRow: [[5, 19], [1, 19]]
    case .rowTerm: [[5, 7], [1, 7]]
    case .lowerExponential, .lowerSoftplus: [[5, 10], [5, 4]]
    case .lowerOne: [[1, 10], [5, 4]]
    case .lowerLogDeterminant: [[5, 10]]
    case .convolved: [[2, 60], [3, 2 * 3 * 2], [1, 3]]
    case .convolvedStrided, .convolvedPadded: [[2, 60], [3, 3 * 3 * 2], [1, 3]]
    case .transposedConvolved: [[2, 24], [2, 4 * 4 * 3], [1, 3]]
    case .transposedConvolvedExtra: [[2, 24], [2, 3 * 3 * 3], [1, 3]]
    case .convolvedSlice: [[2, 70], [3, 3 * 3 * 2], [1, 3]]
    case .deepChain: [[5, 7], [7, 7], [1, 7]]
    default: [[5, 19]]
    }
  }

  /// Inputs of operations with a bounded domain are positive.
  var isPositive: Bool {
    switch self {
    case .log, .squareRoot, .divide, .divideRow, .rowDivided, .divideColumn, .divideSelf: true
    default: false
    }
  }

  /// Away from kinks (0 and ±1) and of moderate size.
  func parameters(seed: UInt64 = 3) -> (ParameterVector<Double>, [ParameterReference]) {
    var layout = ParameterLayout()
    let places = shapes.enumerated().map { layout.add("input \($0)", shape: $1) }
    var stream = RandomStream(seed: seed)
    var values = ParameterVector<Double>(layout)
    for place in places {
      values[place] = Matrix(rows: place.rows, columns: place.columns) { target in
        for i in target.indices {
          var x = 0.0
          repeat { x = stream.normal() } while x.magnitude < 0.05 || (x.magnitude - 1).magnitude < 0.05
          target.initializeElement(at: i, to: isPositive ? x.magnitude + 0.2 : x)
        }
      }
    }
    return (values, places)
  }

  static let image = FeatureShape(height: 5, width: 6, channels: 2)

  func apply<S: LatentScalar>(_ tape: Tape<S>, _ inputs: [ParameterReference]) -> Variable<S> {
    let x = inputs.map { tape.parameter($0) }
    let a = x[0]
    switch self {
    case .exp: return a.exp()
    case .log: return a.log()
    case .tanh: return a.tanh()
    case .sigmoid: return a.sigmoid()
    case .softplus: return a.softplus()
    case .relu: return a.relu()
    case .leakyRelu: return a.leakyRelu(slope: 0.2)
    case .elu: return a.elu(scale: 0.7)
    case .gelu: return a.gelu()
    case .swish: return a.swish()
    case .squareRoot: return a.squareRoot()
    case .squared: return a.squared()
    case .clamped: return a.clamped(to: -1...1)
    case .scaled: return a.scaled(by: -0.7, adding: 0.3)
    case .negated: return -a
    case .plusNumber: return a + 2.5
    case .minusNumber: return (a - 2.5).squared()
    case .numberMinus: return (2.5 - a).squared()
    case .add, .addRow: return x[0] + x[1]
    case .subtract, .subtractColumn: return x[0] - x[1]
    case .multiply, .multiplyRow, .columnTimesRow, .timesOne: return x[0] * x[1]
    case .divide, .divideRow, .rowDivided, .divideColumn: return x[0] / x[1]
    case .oneMinus: return x[1] - x[0]
    case .addSelf: return a + a
    case .multiplySelf: return a * a
    case .divideSelf: return a.tanh() / (a.tanh() + 1)
    case .reuse:
      let t = a.tanh()
      return t * t.exp() + t.sigmoid() - t
    case .product: return x[0].multiplied(by: x[1])
    case .productTransposed: return x[0].multiplied(by: x[1], transposing: true)
    case .productOtherTransposed: return x[0].multiplied(by: x[1], transposingOther: true)
    case .productBothTransposed:
      return x[0].multiplied(by: x[1], transposing: true, transposingOther: true)
    case .productSelf: return a.multiplied(by: a).multiplied(by: a, transposing: true)
    case .linear: return x[0].linear(x[1], x[2])
    case .linearWithoutBias: return x[0].linear(x[1])
    case .linearTwice: return x[0].linear(inputs[1], inputs[2]).tanh().linear(inputs[1], inputs[2])
    case .sum: return a.tanh().sum()
    case .mean: return a.tanh().mean()
    case .sumOfRows: return a.tanh().sumOfRows()
    case .sumOfColumns: return a.tanh().sumOfColumns()
    case .meanOfColumns: return a.tanh().meanOfColumns()
    case .logSumExp: return a.logSumExp()
    case .softmax: return a.softmax()
    case .logSoftmax: return a.logSoftmax()
    case .columns: return a.columns(3..<8).exp()
    case .overlappingColumns:
      let t = a.tanh()
      return t.columns(0..<12).exp() * t.columns(7..<19) + t.columns(2..<14)
    case .rows: return a.tanh().rows(1..<4).exp() + a.rows(2..<5)
    case .columnsInPlaceOps:
      let t = a.linear(tape.constant(Self.mixing()))
      let (m, v) = (t.columns(0..<2), t.columns(2..<4))
      return m + (0.5 * v).exp() * v.squared()
    case .reshaped: return a.tanh().reshaped(rows: 19, columns: 5).softmax()
    case .reshapedColumns: return a.columns(2..<8).reshaped(rows: 10, columns: 3).softmax()
    case .reshapedThenUsed:
      let t = a.tanh()
      return t.reshaped(rows: 19, columns: 5).transposed() * t
    case .transposed: return a.tanh().transposed().softmax()
    case .repeatingRows: return a.tanh().repeatingRows(3).softmax()
    case .concatenated: return x[0].tanh().concatenated(with: x[1].exp()).softmax()
    case .concatenatedThree: return x[0].concatenated(with: x[1], x[2]).softmax()
    case .concatenateRows: return tape.concatenate(rows: x).softmax()
    case .detached: return a * a.tanh().detached() + a
    case .logBernoulli: return a.logBernoulli(of: binary(tape, missing: false))
    case .logBernoulliMissing: return a.logBernoulli(of: binary(tape, missing: true))
    case .logGaussian, .logGaussianShared, .logGaussianOneVariance:
      return x[0].logGaussian(mean: x[1], logVariance: x[2])
    case .logGaussianMissing:
      return binary(tape, missing: true).logGaussian(mean: x[0], logVariance: x[1])
    case .standardDivergence, .standardDivergenceSharedRow:
      return x[0].standardDivergence(logVariance: x[1])
    case .rowTerm: return Self.weightedSquares(tape, x[0].tanh(), x[1])
    case .lowerExponential:
      return a.lowerProduct(x[1], diagonal: a.factorDiagonal(order: 4))
    case .lowerSoftplus:
      return a.tanh().lowerProduct(x[1].exp(), diagonal: a.tanh().factorDiagonal(order: 4, .softplus))
    case .lowerOne: return a.lowerProduct(x[1], diagonal: a.factorDiagonal(order: 4))
    case .lowerLogDeterminant:
      return a.factorLogDeterminant(order: 4) + a.factorLogDeterminant(order: 4, .softplus)
    case .normalizedRows: return a.normalizedRows()
    case .dropout: return a.tanh().dropout(rate: 0.4, rows: 10..<15, noise: RandomStream(seed: 5))
    case .convolved:
      return a.convolved(ConvolutionShape(from: Self.image, channels: 3, kernel: (2, 3)), x[1], x[2])
    case .convolvedStrided:
      return a.tanh().convolved(
        ConvolutionShape(from: Self.image, channels: 3, kernel: (3, 3), stride: 2), x[1], x[2])
    case .convolvedPadded:
      return a.convolved(
        ConvolutionShape(from: Self.image, channels: 3, kernel: (3, 3), stride: 2, padding: 1), x[1], x[2])
    case .transposedConvolved:
      return a.transposedConvolved(
        ConvolutionShape(
          enlarging: FeatureShape(height: 3, width: 4, channels: 2), channels: 3, kernel: (4, 4), stride: 2,
          padding: 1), x[1], x[2])
    case .transposedConvolvedExtra:
      return a.tanh().transposedConvolved(
        ConvolutionShape(
          enlarging: FeatureShape(height: 3, width: 4, channels: 2), channels: 3, kernel: (3, 3), stride: 2,
          padding: 1, extra: 1), x[1], x[2])
    case .convolvedSlice:
      return a.columns(4..<64).convolved(
        ConvolutionShape(from: Self.image, channels: 3, kernel: (3, 3), padding: 1), x[1], x[2])
    case .deepChain:
      var t = a
      for _ in 0..<20 { t = t + t.linear(x[1], x[2]).tanh().scaled(by: 0.1) }
      return t
    }
  }

  private static func mixing<S: LatentScalar>() -> Matrix<S> {
    Matrix(rows: 19, columns: 4, elements: (0..<76).map { S(($0 * 7) % 11 - 5) / 8 })
  }

  private func binary<S: LatentScalar>(_ tape: Tape<S>, missing: Bool) -> Variable<S> {
    tape.constant(rows: 5, columns: 19) {
      for i in $0.indices { $0[i] = missing && i % 4 == 1 ? .nan : i % 3 == 0 ? 1 : 0 }
    }
  }

  /// f[i] = Σⱼ w[j] x[i, j]², as a user would write it.
  private static func weightedSquares<S: LatentScalar>(
    _ tape: Tape<S>, _ x: Variable<S>, _ w: Variable<S>
  ) -> Variable<S> {
    tape.rowTerm(x, w) { rows, operands, f in
      let (x, w) = (operands.0, operands.1!)
      for i in 0..<rows {
        f[i] = 0
        for j in 0..<x.columns {
          let (a, b) = (x.row(i)[j], w.row(i)[j])
          f[i] += b * a * a
          x.partial(i)?[j] = 2 * b * a
          w.partial(i)?[j] = a * a
        }
      }
    }
  }
}
