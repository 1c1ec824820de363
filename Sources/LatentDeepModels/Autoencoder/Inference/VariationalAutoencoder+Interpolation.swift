// D columns, L latent dimensions of the layer next to the data

public import LatentEvidence
import LatentNetworks
public import LatentNumerics

extension VariationalAutoencoder {
  /// What lies between two rows: E[x | z] along the straight line from one posterior mean to the other,
  ///
  ///     z(t) = (1 − t) E_q[z | a] + t E_q[z | b],   t = 0, 1/(n − 1), …, 1
  ///
  /// whose ends are the reconstructions of both. Columns that are given go along the line as well.
  ///
  /// - Parameters:
  ///   - a: a row.
  ///   - b: another.
  ///   - n: the number of places, both ends included.
  ///   - θ: the parameters.
  ///   - noise: draws binary cells, where the data are probabilities.
  /// - Returns: `[n, D]`.
  /// - Throws: what `validate(_:)` throws, row 0 being `a` and row 1 `b`; `.invalidParameter` for fewer than two steps.
  public func interpolation(
    from a: [Scalar], to b: [Scalar], steps n: Int, at θ: ParameterVector<Scalar>,
    noise: RandomStream = RandomStream(seed: 0)
  ) throws(InferenceError) -> Matrix<Scalar> {
    guard n >= 2 else {
      throw .invalidParameter(
        name: "number of steps", value: "\(n)", requirement: "at least 2, both ends included")
    }
    for row in [a, b] where row.count != configuration.columns {
      throw .wrongWidth(expected: configuration.columns, actual: row.count)
    }
    let (D, L, C) = (configuration.columns, configuration.latent, configuration.condition)
    let ends = Rows(Matrix(rows: [a, b], width: D))
    let q = try posterior(of: ends, at: θ, noise: noise, threads: 1)
    func between(_ t: Double, _ a: Double, _ b: Double) -> Double { (1 - t) * a + t * b }
    let times = (0..<n).map { Double($0) / Double(n - 1) }
    let latents = Matrix(
      rows: times.map { t in (0..<L).map { between(t, q.means[0, $0], q.means[1, $0]) } }, width: L)
    func cell(_ row: [Scalar], _ column: Int) -> Double { row[column].isNaN ? 0 : Double(row[column]) }
    let given = Matrix(
      rows: times.map { t in C.map { Scalar(between(t, cell(a, $0), cell(b, $0))) } }, width: C.count)
    let x = try expectation(at: latents, θ, given: C.isEmpty ? nil : given, threads: 1)
    guard let dataColumns else { return x }
    var whole = Matrix<Scalar>(rows: n, columns: D)
    for i in 0..<n {
      for (l, column) in C.enumerated() { whole[i, column] = given[i, l] }
      for (j, column) in dataColumns.enumerated() { whole[i, column] = x[i, j] }
    }
    return whole
  }
}
