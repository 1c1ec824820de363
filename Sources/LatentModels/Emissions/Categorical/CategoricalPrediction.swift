import LatentEvidence
import LatentNumerics

/// Cells drawn from, or described by, their categories' probabilities: given the component they are independent.
struct CategoricalPrediction: EmissionSampler, EmissionImputer, ConditionalCells {
  private let θ: CategoricalParameters
  private let missing: [Int]

  init(_ θ: CategoricalParameters) { self.init(θ, missing: []) }

  private init(_ θ: CategoricalParameters, missing: [Int]) {
    self.θ = θ
    self.missing = missing
  }

  func draw(from k: Int, using stream: inout RandomStream) -> [Double] {
    (0..<θ.dimensions).map { draw(k, $0, using: &stream) }
  }

  func conditional(missing: [Int]) throws(InferenceError) -> any ConditionalCells {
    CategoricalPrediction(θ, missing: missing)
  }

  func cells(of row: [Double], component k: Int) -> [CellDistribution] {
    missing.map { .category(θ.probabilities(component: k, column: $0)) }
  }

  func draw(of row: [Double], component k: Int, using stream: inout RandomStream) -> [Double] {
    missing.map { draw(k, $0, using: &stream) }
  }

  private func draw(_ k: Int, _ j: Int, using stream: inout RandomStream) -> Double {
    Double(stream.categorical(weights: θ.probabilities(component: k, column: j)))
  }
}
