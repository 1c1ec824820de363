import Latent

/// A fit none of whose starts came to an end.
struct FitFailure: Explained {
  let error: InferenceError
  let restarts: Int
  let columnNames: [String]?

  var explanation: String {
    let prefix = restarts > 1 ? "all \(restarts) starts failed; the last: " : ""
    return prefix + error.explanation(columnNames: columnNames)
  }

  var exitStatus: Int32 { error.exitStatus }
}
