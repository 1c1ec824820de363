import Latent

/// A fit under way: Ctrl-C asks it to stop, and what comes of it is told in one way for every model.
struct InterruptibleFit {
  /// MODEL.
  let model: String
  let console: Console
  let live: LiveReport?
  /// What is finished before it stops: a step, or a minibatch.
  let unit: String
  /// What it is called, and what it must have reached for there to be a result.
  let name: String
  let milestone: String

  static func steps(_ model: String, _ console: Console, _ live: LiveReport?) -> InterruptibleFit {
    InterruptibleFit(
      model: model, console: console, live: live, unit: "step", name: "The fit", milestone: "its first step")
  }

  static func training(_ model: String, _ console: Console, _ live: LiveReport?) -> InterruptibleFit {
    InterruptibleFit(
      model: model, console: console, live: live, unit: "minibatch", name: "Training",
      milestone: "the end of its first pass")
  }

  /// What `body` finds, or the state that it was stopped in.
  ///
  /// - Parameters:
  ///   - nothing: what the terminal says where it was stopped before there was a result.
  ///   - failure: an error of the inference, told with its data.
  /// - Throws: `ExitStatus` where there is no result; what `failure` gives.
  func result<Result: Sendable>(
    orWithout nothing: String, failure: (InferenceError) -> any Error,
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let task = Task.detached { try await body() }
    let signals = InterruptSignals { [console, unit] in
      console.alert("latent: stopping after this \(unit); once more to stop at once.")
      task.cancel()
    }
    defer { signals.end() }
    do {
      return try await task.value
    } catch is CancellationError {
      live?.end("\(name) was interrupted before \(milestone).")
      if console.isJSON {
        try console.result(
          JSONValue.object([("model", .string(model)), ("outcome", .string("cancelled"))]).text)
      }
      console.alert(nothing)
      throw ExitStatus(code: ExitStatus.interrupted)
    } catch let error as InferenceError {
      let failure = failure(error)
      live?.end("\(name) failed: \((failure as? any Explained)?.explanation ?? "\(failure)")")
      throw failure
    }
  }

  /// Says how to go on, and exits, where the fit was stopped; exits, too, where the page that was asked for could not be written.
  func end(_ outcome: Outcome, resumption: String) throws {
    guard outcome == .cancelled else {
      if let live, live.result == nil { throw ExitStatus(code: ExitStatus.badInput) }
      return
    }
    console.alert(resumption)
    throw ExitStatus(code: ExitStatus.interrupted)
  }
}
