import LatentDeepModels
import LatentEvidence
import LatentNumerics

/// Small sequences and filters.
enum ToySequences {
  /// Sequences of noise about a slow wave, with controls.
  static func real<Scalar: LatentScalar>(
    lengths: [Int], columns D: Int, controls U: Int, seed: UInt64, missing: Int = 0, weighted: Bool = false,
    as _: Scalar.Type = Double.self
  ) -> SequenceBatch<Scalar> {
    var random = RandomStream(seed: seed)
    let total = lengths.reduce(0, +)
    var x = Matrix<Scalar>(rows: total, columns: D)
    for i in 0..<total { for j in 0..<D { x[i, j] = Scalar(0.7 * random.normal() + 0.2 * Double(j)) } }
    for _ in 0..<missing { x[random.integer(below: total), random.integer(below: D)] = .nan }
    let u = (0..<total * U).map { _ in Scalar(random.normal()) }
    let weights = weighted ? (0..<lengths.count).map { 0.5 + Double($0 % 3) } : nil
    return try! SequenceBatch(
      x, lengths: lengths, controls: U > 0 ? Matrix(rows: total, columns: U, elements: u) : nil,
      weights: weights)
  }

  /// Every part of the model, of the smallest size, without kinks.
  static func configuration(
    _ change: (inout DeepFilterConfiguration) -> Void = { _ in }
  ) -> DeepFilterConfiguration {
    var result = DeepFilterConfiguration(
      columns: 3, controls: 1, latent: 2, transition: .locallyLinear(bases: 3), hidden: [4],
      recognition: [3], initial: [4], initialFrames: 2, start: [3], activation: .softplus,
      likelihood: .gaussian(.fixed(0.4)))
    change(&result)
    return result
  }

  static var configurations: [DeepFilterConfiguration] {
    [
      configuration(),
      configuration { $0.transition = .gaussian(hidden: [3]) },
      configuration { $0.transition = .gaussian(hidden: []) },
      configuration { $0.transition = .locallyLinear(bases: 1) },
      configuration {
        $0.transition = .locallyLinear(bases: 2, mixing: [3], weights: .variational(deviation: 0.8))
      },
      configuration { $0.future = 3 },
      configuration {
        $0.future = 2
        $0.transition = .gaussian(hidden: [3])
      },
      configuration {
        $0.recognition = []
        $0.hidden = []
        $0.initial = []
        $0.start = []
        $0.controls = 0
      },
      configuration {
        $0.likelihood = .gaussian(.columns)
        $0.controls = 2
        $0.controlScales = [2, 0.5]
        $0.initialFrames = 4
      },
    ]
  }
}
