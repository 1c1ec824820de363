import LatentEvidence
import LatentNumerics

/// Small data and parameters.
enum ToyRows {
  /// Rows of 0 and 1 that hang together by two hidden causes, some cells missing.
  static func binary<Scalar: LatentScalar>(
    _ N: Int, columns D: Int, seed: UInt64, missing: Int = 0, weighted: Bool = false,
    as _: Scalar.Type = Double.self
  ) -> Rows<Scalar> {
    real(N, columns: D, seed: seed, missing: missing, weighted: weighted, as: Scalar.self) {
      $0 > 0.3 ? 1 : 0
    }
  }

  /// Rows of numbers that hang together by two hidden causes, some cells missing.
  static func real<Scalar: LatentScalar>(
    _ N: Int, columns D: Int, seed: UInt64, missing: Int = 0, weighted: Bool = false,
    as _: Scalar.Type = Double.self, _ map: (Double) -> Double = { $0 }
  ) -> Rows<Scalar> {
    var random = RandomStream(seed: seed)
    let W = (0..<2 * D).map { _ in 1.5 * random.normal() }
    var x = Matrix<Scalar>(rows: N, columns: D)
    for n in 0..<N {
      let z = [random.normal(), random.normal()]
      for j in 0..<D {
        x[n, j] = Scalar(map(W[2 * j] * z[0] + W[2 * j + 1] * z[1] + 0.4 * random.normal() + 0.2 * Double(j)))
      }
    }
    for _ in 0..<missing { x[random.integer(below: N), random.integer(below: D)] = .nan }
    let weights = weighted ? (0..<N).map { _ in Double(random.integer(below: 4)) / 2 } : nil
    return Rows(x, weights: weights)
  }

  /// Random parameters, every one of them.
  static func parameters<Scalar: LatentScalar>(
    _ layout: ParameterLayout, seed: UInt64, scale: Double = 0.4, as _: Scalar.Type = Double.self
  ) -> ParameterVector<Scalar> {
    var random = RandomStream(seed: seed)
    var θ = ParameterVector<Scalar>(layout)
    for entry in layout.entries {
      let place = entry.reference
      θ[place] = Matrix(
        rows: place.rows, columns: place.columns,
        elements: (0..<place.count).map { _ in Scalar(scale * random.normal()) })
    }
    return θ
  }

  /// The cells of rows, changed by their columns.
  static func cells(_ x: Rows<Double>, _ change: (Double, Int) -> Double) -> Matrix<Double> {
    var cells = x.values
    for i in 0..<x.rows { for j in 0..<x.columns { cells[i, j] = change(cells[i, j], j) } }
    return cells
  }
}
