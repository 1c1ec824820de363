public import LatentEvidence
public import LatentNumerics
public import Testing

/// Fits to the end and expects the bound's slope to vanish there in every direction, and what is near to lie below.
///
/// - Parameters:
///   - slope: the largest slope, in nats for a change of the size of one unit of `perturbed`.
///   - perturbed: parameters moved by `size` in a random direction.
public func checkStationary<Model: ConjugateModel>(
  _ model: Model, on x: Model.Observations, from start: Model.Parameters, stopping: StoppingRule,
  slope limit: Double, sourceLocation: SourceLocation = #_sourceLocation,
  perturbed: (_ θ: Model.Parameters, _ size: Double, inout RandomStream) -> Model.Parameters
) async throws {
  let ascent = CoordinateAscent(model, threads: 1)
  let result = try await Fit(ascent, on: x, stopping: stopping) { _ in .init(parameters: start) }.run()
  #expect(result.outcome == .converged, sourceLocation: sourceLocation)
  let (θ, best) = (result.state.parameters, result.bound.value)
  let size = 1e-4
  for draw in 0..<20 {
    let values = try [size, -size].map { size in
      var stream = RandomStream(seed: 3).substream(draw)
      return try ascent.expectation(at: perturbed(θ, size, &stream), of: x).bound.value
    }
    let slope = (values[0] - values[1]) / (2 * size)
    #expect(slope.magnitude < limit, "slope \(slope)", sourceLocation: sourceLocation)
    #expect(
      values.allSatisfy { $0 < best + 1e-6 }, "\(values) above \(best)", sourceLocation: sourceLocation)
  }
}
