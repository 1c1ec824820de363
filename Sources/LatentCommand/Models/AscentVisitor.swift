import Latent

/// Work that is the same for every ascent over rows in memory.
protocol AscentVisitor<Family, Result> {
  associatedtype Family: KeptEmission
  associatedtype Result
  func visit<A: Ascent>(_ ascent: A) async throws -> Result
  where
    A.Observations == Rows<Family.Scalar>, A.State: StartingState<MixtureParameters<Family.Parameters>>,
    A.State: Archivable
}

/// A state that an ascent can begin in.
protocol StartingState<Parameters>: ModelState {
  init(parameters: Parameters)
}

extension CoordinateAscent.State: StartingState {
  init(parameters: Model.Parameters) { self.init(parameters: parameters, iteration: 0) }
}

extension AcceleratedAscent.State: StartingState {}
extension MovingAscent.State: StartingState {}
extension StochasticAscent.State: StartingState {}
extension IncrementalAscent.State: StartingState {}

extension ModelKind {
  /// Does the work for the ascent that the settings ask for.
  static func visitAscent<Visitor: AscentVisitor<Family, Result>, Result>(
    _ settings: FitSettings, model: Mixture<Family>, threads: Int, _ visitor: Visitor
  ) async throws -> Result {
    switch settings.climb.acceleration {
    case .none: try await visitor.visit(CoordinateAscent(model, threads: threads))
    case .anderson: try await visitor.visit(AcceleratedAscent(model, threads: threads))
    }
  }
}
