extension FitProgress {
  /// The fit as it was when the ascent under way, or the one that failed last, had taken so many steps: to go on from there
  /// with other settings.
  ///
  /// - Parameters:
  ///   - state: its state then.
  ///   - steps: at most as many as this trace has.
  public func returned(to state: State, after steps: Int) -> FitProgress {
    precondition(steps >= 0 && steps <= trace.count, "an earlier state")
    var result = self
    result.state = state
    result.trace = Array(trace.prefix(steps))
    result.lastGoodState = nil
    return result
  }
}
