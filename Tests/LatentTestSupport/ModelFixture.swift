public import LatentEvidence
public import LatentFiles

/// One model with observations and starts, for the contract checkers: what every model promises is checked the same
/// way for all of them.
public struct ModelFixture<Model: ConjugateModel>: Sendable where Model.Parameters: Archivable {
  /// What failure messages call it.
  public let name: String
  public let model: Model
  public let observations: Model.Observations
  /// The parameters that ascent 0, 1, … starts from.
  public let start: @Sendable (Int) throws(InferenceError) -> Model.Parameters
  /// The statistics as numbers in a fixed order.
  public let numbers: @Sendable (Model.Statistics) -> [Double]

  public init(
    name: String, model: Model, observations: Model.Observations,
    start: @escaping @Sendable (Int) throws(InferenceError) -> Model.Parameters,
    numbers: @escaping @Sendable (Model.Statistics) -> [Double]
  ) {
    self.name = name
    self.model = model
    self.observations = observations
    self.start = start
    self.numbers = numbers
  }

  public typealias Ascent = CoordinateAscent<Model>

  /// A fit of the model from its starts.
  public func fit(
    restarts: Int = 1, threads: Int = 1, stopping: StoppingRule = StoppingRule(),
    resuming progress: FitProgress<Ascent.State> = FitProgress()
  ) -> Fit<Ascent> {
    Fit(
      CoordinateAscent(model, threads: threads), on: observations, stopping: stopping, restarts: restarts,
      resuming: progress
    ) { [start] (restart) throws(InferenceError) in Ascent.State(parameters: try start(restart)) }
  }

  /// The exact bits of parameters, as an archive holds them.
  public func bits(of parameters: Model.Parameters) -> [UInt8] {
    var archive = Archive(kind: "parameters")
    parameters.write(to: &archive, at: "parameters")
    return archive.encoded()
  }
}

extension Bound {
  /// The exact bits of all terms.
  public var bits: [UInt64] {
    [reconstruction, latentKL, parameterKL, count, roundoff].map(\.bitPattern)
  }
}
