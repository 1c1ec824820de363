import Latent

/// How the command line builds, applies and describes one kind of model of sequences.
protocol SequenceKind: Sendable {
  associatedtype Scalar: LatentScalar
  associatedtype Model: ConjugateModel
  where Model.Observations == SequenceBatch<Scalar>, Model.Parameters: Archivable

  typealias Fitted = FittedSequences<Self>

  /// What the cells of the data are.
  static var cells: CellKind { get }

  /// Refuses options that have no meaning for this kind, and fills in the defaults of those that have.
  static func completed(_ settings: SequenceSettings) throws -> SequenceSettings

  /// The model for these sequences.
  static func model(
    _ settings: SequenceSettings, for x: SequenceBatch<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Model

  /// Parameters to start from, by one of the settings' named starts.
  static func initialParameters(
    of model: Model, for x: SequenceBatch<Scalar>, _ settings: SequenceSettings, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> Model.Parameters

  /// Whether parameters that were read are the model's.
  static func accepts(_ parameters: Model.Parameters, _ model: Model) -> Bool

  /// What the model is, in words: `Hidden Markov model of 3 states (…)`.
  static func title(_ settings: SequenceSettings) -> String

  static func freeParameters(_ model: Model) -> Int

  /// Whether parameters are distributions, and ln p(x) is a bound.
  static func isVariational(_ model: Model) -> Bool

  static func archive(_ fitted: Fitted) throws -> Archive
  static func read(_ archive: Archive) throws(FileError) -> Fitted

  /// ln p(x) of every sequence, or by variational Bayes what it adds to the bound.
  static func logDensity(
    of x: SequenceBatch<Scalar>, under fitted: Fitted, threads: Int
  ) throws(InferenceError) -> [Double]

  /// The latent variables of every frame.
  static func posterior(
    of x: SequenceBatch<Scalar>, under fitted: Fitted, path: PathChoice, threads: Int
  ) throws(InferenceError) -> SequencePosterior

  /// What of the smoothed posterior a regression on ground truth takes, `[ΣT, …]`.
  static func features(
    of x: SequenceBatch<Scalar>, under fitted: Fitted, threads: Int
  ) throws(InferenceError) -> Matrix<Double>

  /// - Parameter controls: `[ΣT, U]`; nil for a model without.
  static func sample(
    lengths: [Int], controls: Matrix<Scalar>?, under fitted: Fitted, using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> Matrix<Scalar>

  static func imputed(
    _ x: SequenceBatch<Scalar>, under fitted: Fitted, threads: Int
  ) throws(InferenceError) -> (values: Matrix<Scalar>, deviations: Matrix<Scalar>)

  /// Multiple imputations; nil for models that do not draw them.
  static func imputations(
    _ x: SequenceBatch<Scalar>, under fitted: Fitted, draws: Int, using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> [Matrix<Scalar>]?

  /// What comes after the last frame of every sequence.
  ///
  /// - Parameter future: the controls to come of each sequence, for models that have any.
  static func forecast(
    _ x: SequenceBatch<Scalar>, horizon: Int, controls future: [Matrix<Scalar>]?, under fitted: Fitted,
    threads: Int
  ) throws(InferenceError) -> SequenceForecast

  /// What of the states can be drawn, in the units of the fit; nothing for models without states.
  static func look(_ fitted: Fitted) -> ComponentLook

  /// The parameters for `info`: names and numbers.
  static func details(_ fitted: Fitted) -> [(name: String, values: Matrix<Double>)]
}

/// A model of sequences as a model file keeps it.
struct FittedSequences<Kind: SequenceKind>: Sendable {
  var model: Kind.Model
  var parameters: Kind.Model.Parameters
  var description: FitDescription
}

/// Which posterior of the latent variables is shown.
enum PathChoice: String, CaseIterable, Codable, Sendable {
  /// Given the frames up to each.
  case filtered
  /// Given the whole sequence.
  case smoothed
  /// The most likely path.
  case likely
}

/// Latent variables of all frames as columns.
struct SequencePosterior: Sendable {
  var names: [String]
  /// `[ΣT, columns]`.
  var values: Matrix<Double>
  /// Frames in each state, for models that have states.
  var counts: [Int]?
  /// ln p(x, z) of each most likely path, `[N]`.
  var logJoint: [Double]?
}

/// Means and standard deviations of frames to come, `[N·H, D]` each.
struct SequenceForecast: Sendable {
  var means: Matrix<Double>
  var deviations: Matrix<Double>
  /// Where the density is Gaussian, what has intervals.
  var gaussian: StateSpaceForecast?
}

/// Work that is the same for every kind of model of sequences.
protocol SequenceVisitor {
  associatedtype Result
  func visit<Kind: SequenceKind>(_: Kind.Type) async throws -> Result
}

/// The kinds of models of sequences by name.
enum SequenceKinds {
  /// Does the work for the kind of this name.
  static func visit<Visitor: SequenceVisitor>(
    model: String, inference: String, emissions: EmissionChoice, precision: Precision, _ visitor: Visitor
  ) async throws -> Visitor.Result {
    switch precision {
    case .double: try await visit(Double.self, model, inference, emissions, visitor)
    case .single: try await visit(Float.self, model, inference, emissions, visitor)
    case .bf16: throw UsageError.noMeaning(option: "--precision bf16", model: model, inference: inference)
    }
  }

  private static func visit<Scalar: LatentScalar, Visitor: SequenceVisitor>(
    _: Scalar.Type, _ model: String, _ inference: String, _ emissions: EmissionChoice, _ visitor: Visitor
  ) async throws -> Visitor.Result {
    switch (model, inference, emissions) {
    case ("lds", "em", _): return try await visitor.visit(StateSpaceKind<Scalar>.self)
    case ("hmm", "em", .gaussian):
      return try await visitor.visit(HiddenMarkovKind<GaussianKind<Scalar>>.self)
    case ("hmm", "vb", .gaussian):
      return try await visitor.visit(HiddenMarkovKind<VariationalGaussianKind<Scalar>>.self)
    case ("hmm", "em", .bernoulli):
      return try await visitor.visit(HiddenMarkovKind<BernoulliKind<Scalar>>.self)
    case ("hmm", "vb", .bernoulli):
      return try await visitor.visit(HiddenMarkovKind<VariationalBernoulliKind<Scalar>>.self)
    case ("hmm", "em", .categorical):
      return try await visitor.visit(HiddenMarkovKind<CategoricalKind<Scalar>>.self)
    case ("hmm", "vb", .categorical):
      return try await visitor.visit(HiddenMarkovKind<VariationalCategoricalKind<Scalar>>.self)
    case ("hmm", "em", .student):
      return try await visitor.visit(HiddenMarkovKind<StudentKind<Scalar>>.self)
    case ("hmm", "vb", .student):
      throw UsageError.conflict(
        option: "--emissions student", other: "--inference vb", reason: "Student densities are fitted by em")
    default:
      guard Vocabulary.sequenceModels.contains(model) else {
        throw UsageError.unknownModel(model, available: Vocabulary.sequenceModels)
      }
      throw UsageError.noInference(inference, model: model)
    }
  }
}
