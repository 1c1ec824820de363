// L latent dimensions, D columns

import LatentEvidence
import LatentNumerics
import Synchronization

/// A state space at fixed parameters: roots of its covariances, and the filter's steps where nothing is missing, which all
/// complete sequences share.
final class PreparedStateSpace: Sendable {
  let parameters: LinearStateSpaceParameters
  let initialRoot: Matrix<Double>
  let transitionRoot: Matrix<Double>
  /// The pattern with nothing missing.
  let complete: ObservationPattern
  private let shared: Mutex<Shared>

  private struct Shared: Sendable {
    var filter: KalmanTrack?
    var smoothed: [Int: SmoothedTrack] = [:]
  }

  /// Lengths whose smoothed tracks are kept.
  private static var keptLengths: Int { 64 }

  /// - Throws: `.notPositiveDefinite` for R, and for P and Q with a negative eigenvalue; `.notFinite` for parameters that are no
  ///   numbers.
  init(_ θ: LinearStateSpaceParameters) throws(InferenceError) {
    parameters = θ
    guard θ.isFinite else { throw .notFinite(quantity: "parameters", row: nil) }
    initialRoot = try θ.initialCovariance.covarianceRoot("the initial covariance")
    transitionRoot = try θ.transitionNoise.covarianceRoot("the transition noise")
    complete = try ObservationPattern(missing: [], θ)
    shared = Mutex(Shared())
  }

  /// The smoothed track of complete sequences of T frames. Whoever comes first computes it; it is the same for all.
  func completeTrack(frames T: Int) throws(InferenceError) -> SmoothedTrack {
    if let known = shared.withLock({ $0.smoothed[T] }) { return known }
    var filter = shared.withLock { $0.filter } ?? KalmanTrack(self)
    if filter.frames < T {
      while filter.frames < T { try filter.append(pattern: 0, complete, self) }
      let longer = filter
      shared.withLock { if ($0.filter?.frames ?? 0) < longer.frames { $0.filter = longer } }
    }
    let track = SmoothedTrack(filter, frames: T, [complete], self)
    shared.withLock { if $0.smoothed.count < Self.keptLengths { $0.smoothed[T] = track } }
    return track
  }
}
