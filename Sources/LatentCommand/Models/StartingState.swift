import Latent

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
