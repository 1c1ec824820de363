// K states

import LatentNumerics
import RealModule

/// π and A as the recursions read them: for distributions exp E[ln π] and exp E[ln A], whose rows sum to less than 1.
struct ChainTables: Sendable {
  let states: Int
  /// π, `[K]`, and its logarithm.
  let initial: [Double]
  let logInitial: [Double]
  /// A, `[K, K]`, its transpose, and its logarithm.
  let transitions: Matrix<Double>
  let transposed: Matrix<Double>
  let logTransitions: Matrix<Double>

  init(_ θ: ChainParameters) {
    states = θ.states
    (logInitial, logTransitions) = θ.logarithms
    if θ.kind == .probabilities {
      (initial, transitions) = (θ.initial, θ.transitions)
    } else {
      initial = logInitial.map { Double.exp($0) }
      transitions = Matrix(
        rows: states, columns: states, elements: logTransitions.elements.map { Double.exp($0) })
    }
    transposed = transitions.transposed()
  }
}
