import Latent

/// The kinds of models by name.
enum ModelKinds {
  /// Does the work for the kind of this name.
  static func visit<Visitor: KindVisitor>(
    model: String, inference: String, precision: Precision, _ visitor: Visitor
  ) async throws -> Visitor.Result {
    switch precision {
    case .double: try await visit(Double.self, model: model, inference: inference, visitor)
    case .single: try await visit(Float.self, model: model, inference: inference, visitor)
    case .bf16:
      throw UsageError.noMeaning(option: "--precision bf16", model: model, inference: inference)
    }
  }

  private static func visit<Scalar: LatentScalar, Visitor: KindVisitor>(
    _: Scalar.Type, model: String, inference: String, _ visitor: Visitor
  ) async throws -> Visitor.Result {
    let isVariational = inference != "em"
    switch (model, isVariational) {
    case ("gmm", false): return try await visitor.visit(GaussianKind<Scalar>.self)
    case ("gmm", true): return try await visitor.visit(VariationalGaussianKind<Scalar>.self)
    case ("bmm", false): return try await visitor.visit(BernoulliKind<Scalar>.self)
    case ("bmm", true): return try await visitor.visit(VariationalBernoulliKind<Scalar>.self)
    case ("cmm", false): return try await visitor.visit(CategoricalKind<Scalar>.self)
    case ("cmm", true): return try await visitor.visit(VariationalCategoricalKind<Scalar>.self)
    case ("tmm", false): return try await visitor.visit(StudentKind<Scalar>.self)
    case ("ppca", true): return try await visitor.visit(VariationalFactorKind<Scalar>.self)
    case ("ppca", false), ("fa", false), ("mfa", false):
      return try await visitor.visit(FactorKind<Scalar>.self)
    default:
      guard Vocabulary.models.contains(model) else {
        throw UsageError.unknownModel(model, available: Vocabulary.models)
      }
      throw UsageError.noInference(inference, model: model)
    }
  }
}
