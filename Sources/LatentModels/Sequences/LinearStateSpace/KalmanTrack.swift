// L latent dimensions, o the observed columns; P = S Sᵀ a covariance by a root

import LatentEvidence
import LatentNumerics
import RealModule

/// One frame of the square-root filter and what the smoother needs of it: all that does not depend on the numbers observed.
///
/// With the predicted root S, C̃ and R̃ = I of the pattern, and the triangular T with TᵀT = I + (C̃S)ᵀ(C̃S):
///
///     update:   S⁺ = S T⁻¹,   z⁺ = z + S⁺ κ,   κ = (C̃ S⁺)ᵀ ẽ,   ẽ = K⁻¹(x − d − C z)
///     ln p(x[t] | x[1…t−1]) = −½ (|ẽ − C̃ S⁺ κ|² + |T⁻¹ κ|²) − Σ ln Tᵢᵢ + constants
///     predict:  (A S⁺  Q^½; S⁺  0) Θ = (S′  0; J S′  V^½),   Θ orthogonal
///
/// Sums of squares throughout: nothing is subtracted from a covariance. J is the smoother's gain and V the covariance of z[t]
/// given z[t+1] and the frames up to t.
///
/// - Source: Kailath, Sayed & Hassibi (2000), Linear Estimation, ch. 12, for array forms; Rauch, Tung & Striebel (1965).
final class KalmanStep: Sendable {
  let pattern: Int
  /// S⁺, `[L, L]`.
  let filtered: Matrix<Double>
  /// C̃ S⁺, `[o, L]`.
  let gain: Matrix<Double>
  /// T⁻¹, `[L, L]`.
  let contraction: Matrix<Double>
  /// Σ ln Tᵢᵢ, in nats.
  let logDeterminant: Double
  /// S′, `[L, L]`, lower triangular.
  let predicted: Matrix<Double>
  /// J and V^½, `[L, L]`.
  let smoother: Matrix<Double>
  let conditional: Matrix<Double>
  /// G = Q P′⁻¹, so that z[t+1] − A z[t] given z[t+1] has the mean G (z[t+1] − ẑ[t+1]), and its covariance Q − Q P′⁻¹ Q.
  let residualGain: Matrix<Double>
  let residualCovariance: Matrix<Double>

  /// - Throws: `.notPositiveDefinite` where the next state is certain in some direction, `.notFinite`.
  init(
    predicted S: Matrix<Double>, pattern index: Int, _ pattern: ObservationPattern,
    _ prepared: PreparedStateSpace
  ) throws(InferenceError) {
    self.pattern = index
    let L = S.rows
    let CS = pattern.emission.multiplied(by: S)
    let lower = Matrix.lowerRoot(ofSum: [CS.transposed(), .identity(L)])
    filtered = S.solvingRows(lower)
    gain = CS.solvingRows(lower)
    contraction = Matrix.identity(L).solvingRows(lower)
    logDeterminant = lower.diagonal.reduce(0) { $0 + Double.log($1) }
    let θ = prepared.parameters
    let AS = θ.transition.multiplied(by: filtered)
    let joint = Matrix.lowerRoot(
      of: .stacking([
        .beside([AS, prepared.transitionRoot]), .beside([filtered, Matrix(rows: L, columns: L)]),
      ]))
    predicted = joint.part(rows: 0..<L, columns: 0..<L)
    guard logDeterminant.isFinite, predicted.isFinite else {
      throw .notFinite(quantity: "state covariance", row: nil)
    }
    guard predicted.diagonal.allSatisfy({ $0 > 1e-150 }) else {
      throw .notPositiveDefinite("the covariance of the next state")
    }
    smoother = joint.part(rows: L..<2 * L, columns: 0..<L).solvingRows(predicted, transposing: true)
    conditional = joint.part(rows: L..<2 * L, columns: L..<2 * L)
    let Q = θ.transitionNoise
    let half = Q.solvingRows(predicted)
    residualGain = half.solvingRows(predicted, transposing: true)
    residualCovariance = Q.adding(half.squared, times: -1)
  }
}

/// The filter's steps over the frames of a sequence. Where the covariance has settled, frames share a step.
struct KalmanTrack: Sendable {
  private(set) var steps: [KalmanStep] = []
  private(set) var stepOfFrame: [Int32] = []
  /// The root that the next frame begins with.
  private var next: Matrix<Double>
  private var settledSteps = 0

  /// Relative to the largest number of a root: rounding makes such changes.
  static var settled: Double { 8 * .ulpOfOne }

  init(_ prepared: PreparedStateSpace) { next = prepared.initialRoot }

  var frames: Int { stepOfFrame.count }
  subscript(t: Int) -> KalmanStep { steps[Int(stepOfFrame[t])] }

  /// Adds a frame. Once two steps in turn have left the root as it was, further frames of the same pattern are alike.
  mutating func append(
    pattern index: Int, _ pattern: ObservationPattern, _ prepared: PreparedStateSpace
  ) throws(InferenceError) {
    if settledSteps >= 2, let last = steps.last, last.pattern == index {
      stepOfFrame.append(Int32(steps.count - 1))
      return
    }
    let step = try KalmanStep(predicted: next, pattern: index, pattern, prepared)
    let isSame = steps.last?.pattern == index
    let isSettled =
      isSame && step.predicted.hasSettled(from: next, within: Self.settled)
    settledSteps = isSettled ? settledSteps + 1 : 0
    steps.append(step)
    stepOfFrame.append(Int32(steps.count - 1))
    next = step.predicted
  }
}

/// The smoother's covariances over the frames of a sequence.
///
/// - Source: Rauch, Tung & Striebel (1965), in array form: P[t|T] = V + J P[t+1|T] Jᵀ.
struct SmoothedTrack: Sendable {
  let filter: KalmanTrack
  /// The frames of the sequence, of which the filter may have more.
  let frames: Int
  /// P[t|T], and which of them a frame has.
  private(set) var covariances: [Matrix<Double>] = []
  private(set) var covarianceOfFrame: [Int32]
  /// Over the pairs of neighbouring frames: Σ Cov(w), Σ Cov(w, z[t]) of w = z[t+1] − A z[t], and Σ P[t|T].
  private(set) var transitions: (noise: Matrix<Double>, cross: Matrix<Double>, states: Matrix<Double>)
  /// Σ P[t|T] over the frames of each pattern, and how many they are; nothing for frames with nothing observed.
  private(set) var emissions: [(pattern: Int, frames: Int, states: Matrix<Double>)] = []

  init(
    _ filter: KalmanTrack, frames T: Int, _ patterns: [ObservationPattern], _ prepared: PreparedStateSpace
  ) {
    self.filter = filter
    frames = T
    covarianceOfFrame = Array(repeating: 0, count: T)
    let L = prepared.parameters.latent
    let zero = Matrix<Double>(rows: L, columns: L)
    transitions = (zero, zero, zero)
    // Cov(w) and Cov(w, z[t]), and for how many pairs of frames they hold.
    var pairs: [(noise: Matrix<Double>, cross: Matrix<Double>, count: Double)] = []
    var root = filter[T - 1].filtered
    covariances.append(root.squared)
    var settledSteps = 0
    for t in (0..<T - 1).reversed() {
      let isSame = t + 2 < T && filter.stepOfFrame[t] == filter.stepOfFrame[t + 1]
      if isSame, settledSteps >= 2 {
        covarianceOfFrame[t] = covarianceOfFrame[t + 1]
        pairs[pairs.count - 1].count += 1
        continue
      }
      let step = filter[t]
      let later = covariances[Int(covarianceOfFrame[t + 1])]
      let GP = step.residualGain.multiplied(by: later)
      pairs.append(
        (
          noise: GP.multiplied(by: step.residualGain, transposingSecond: true)
            .adding(step.residualCovariance),
          cross: GP.adding(prepared.parameters.transitionNoise, times: -1)
            .multiplied(by: step.smoother, transposingSecond: true), count: 1
        ))
      let earlier = Matrix.lowerRoot(ofSum: [step.conditional, step.smoother.multiplied(by: root)])
      let isSettled = isSame && earlier.hasSettled(from: root, within: KalmanTrack.settled)
      settledSteps = isSettled ? settledSteps + 1 : 0
      root = earlier
      covariances.append(root.squared)
      covarianceOfFrame[t] = Int32(covariances.count - 1)
    }
    for pair in pairs {
      transitions.noise.add(pair.noise.times(pair.count))
      transitions.cross.add(pair.cross.times(pair.count))
    }
    addStates(patterns)
  }

  /// Sums P[t|T], each as often as frames have it.
  private mutating func addStates(_ patterns: [ObservationPattern]) {
    var placeOfPattern: [Int: Int] = [:]
    var counts: [[Int32: Double]] = []
    var ofPairs: [Int32: Double] = [:]
    for t in 0..<frames {
      let index = covarianceOfFrame[t]
      if t + 1 < frames { ofPairs[index, default: 0] += 1 }
      let pattern = filter[t].pattern
      guard !patterns[pattern].observed.isEmpty else { continue }
      let place = placeOfPattern[pattern] ?? emissions.count
      if place == emissions.count {
        placeOfPattern[pattern] = place
        emissions.append((pattern, 0, transitions.states))
        counts.append([:])
      }
      emissions[place].frames += 1
      counts[place][index, default: 0] += 1
    }
    func sum(_ counts: [Int32: Double]) -> Matrix<Double> {
      var sum = Matrix<Double>(rows: covariances[0].rows, columns: covariances[0].rows)
      for (index, count) in counts.sorted(by: { $0.key < $1.key }) {
        sum.add(covariances[Int(index)].times(count))
      }
      return sum
    }
    for place in emissions.indices { emissions[place].states = sum(counts[place]) }
    transitions.states = sum(ofPairs)
  }

  func covariance(_ t: Int) -> Matrix<Double> { covariances[Int(covarianceOfFrame[t])] }
}
