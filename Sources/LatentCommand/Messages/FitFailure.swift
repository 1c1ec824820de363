import Latent

/// A fit none of whose starts came to an end.
struct FitFailure: Explained {
  let error: InferenceError
  let restarts: Int
  let data: DataShape

  var explanation: String {
    let prefix = restarts > 1 ? "all \(restarts) starts failed; the last: " : ""
    return prefix + error.explanation(for: data)
  }

  var exitStatus: Int32 { error.exitStatus }
}
