import LatentEvidence
import LatentNumerics

/// Cells drawn from, or described by, their probabilities of being 1: given the component they are independent.
struct BernoulliPrediction: EmissionSampler, EmissionImputer, ConditionalCells {
  private let probabilities: Matrix<Double>
  private let columns: [Int]

  init(_ θ: BernoulliParameters) {
    probabilities = θ.probabilities
    columns = []
  }

  private init(_ probabilities: Matrix<Double>, columns: [Int]) {
    self.probabilities = probabilities
    self.columns = columns
  }

  func draw(from k: Int, using stream: inout RandomStream) -> [Double] {
    (0..<probabilities.columns).map { draw(k, $0, using: &stream) }
  }

  func conditional(missing: [Int]) throws(InferenceError) -> any ConditionalCells {
    BernoulliPrediction(probabilities, columns: missing)
  }

  func cells(of row: [Double], component k: Int) -> [CellDistribution] {
    columns.map { j in
      let μ = probabilities[k, j]
      return .number(mean: μ, variance: μ * (1 - μ))
    }
  }

  func draw(of row: [Double], component k: Int, using stream: inout RandomStream) -> [Double] {
    columns.map { draw(k, $0, using: &stream) }
  }

  private func draw(_ k: Int, _ j: Int, using stream: inout RandomStream) -> Double {
    stream.uniform() < probabilities[k, j] ? 1 : 0
  }
}
