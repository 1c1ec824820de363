import Latent

/// An inference that came to nothing, told with the data and the model that it was about.
struct FitFailure: Explained {
  let error: InferenceError
  var restarts = 1
  let columnNames: [String]?
  /// The data, for errors that lie with them.
  var source: String? = nil
  /// What of the model could be changed; nil where a model is only applied.
  var remedies: Remedies? = nil

  var explanation: String {
    let prefix = restarts > 1 ? "all \(restarts) starts failed; the last: " : ""
    return prefix + place + error.explanation(columnNames: columnNames, remedies: remedies)
  }

  var exitStatus: Int32 { error.exitStatus }

  private var place: String {
    guard let source else { return "" }
    return switch error {
    case .notBinary, .unknownCategory, .unsuitable: "\(source), "
    case .tooFewRows, .wrongWidth, .columnMissing, .noVariation: "\(source): "
    case .notFinite(_, let row) where row != nil: "\(source): "
    default: ""
    }
  }
}

extension InferenceError {
  /// The same error about rows of which `numbers` tells where they stand in the source; nil where they all do.
  func renumbered(_ numbers: [Int]?) -> InferenceError {
    guard let numbers else { return self }
    return movingRow { numbers.indices.contains($0) ? numbers[$0] : $0 }
  }
}
