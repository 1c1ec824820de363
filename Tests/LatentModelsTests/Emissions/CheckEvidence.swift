import LatentEvidence
import LatentModels
import LatentNumerics
import Testing

/// Expects the variational bound of small tables to be ln p(D) for one component, and below it, but not far, for more.
///
/// - Parameter logEvidence: ln p(D) by enumeration of all assignments, given weights, or with weights integrated out under
///   Dir(1, …, 1).
func checkEvidence<Family: Emission>(
  of family: Family, _ rows: Rows<Family.Scalar>, sourceLocation: SourceLocation = #_sourceLocation,
  logEvidence: (_ components: Int, _ weights: [Double]?) -> Double
) async throws {
  func fit(
    _ K: Int, _ mixing: Mixing
  ) async throws -> FitResult<CoordinateAscent<Mixture<Family>>.State> {
    let model = try Mixture(components: K, of: family, mixing: mixing)
    return try await Fit(
      CoordinateAscent(model, threads: 1), on: rows, stopping: StoppingRule(tolerance: 1e-12), restarts: 5
    ) { (restart) throws(InferenceError) in
      .init(
        parameters: try model.initialParameters(
          for: rows, start: .randomRows, using: RandomStream(seed: 1).substream(restart), threads: 1))
    }.run()
  }
  let one = try await fit(1, .dirichlet(concentration: 1)).bound.value
  let exact = logEvidence(1, nil)
  #expect((one - exact).magnitude < 1e-11, "\(one) \(exact)", sourceLocation: sourceLocation)
  for K in [2, 3] {
    let point = try await fit(K, .maximumLikelihood)
    let given = logEvidence(K, point.state.parameters.weights)
    let full = try await fit(K, .dirichlet(concentration: 1))
    for (bound, exact) in [(point.bound.value, given), (full.bound.value, logEvidence(K, nil))] {
      #expect(
        bound < exact && bound > exact - 4, "K = \(K): \(bound) \(exact)", sourceLocation: sourceLocation)
    }
  }
}

/// ln Σ exp of a function of all Kᴺ assignments of N rows to K components.
func logSumOverAssignments(rows N: Int, components K: Int, _ term: (_ z: [Int]) -> Double) -> Double {
  logSumExp(
    (0..<Int(Double.pow(Double(K), Double(N)).rounded())).map { code in
      var rest = code
      return term(
        (0..<N).map { _ in
          defer { rest /= K }
          return rest % K
        })
    })
}

/// ln p(z): of given weights, or with weights integrated out under Dir(1, …, 1).
func logAssignment(_ z: [Int], components K: Int, weights π: [Double]?) -> Double {
  if let π { return z.reduce(0) { $0 + Double.log(π[$1]) } }
  let counts = (0..<K).map { k in Double(z.count { $0 == k }) }
  return logGamma(Double(K)) - logGamma(Double(K + z.count)) + counts.reduce(0) { $0 + logGamma($1 + 1) }
}
