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
///     predict:  (A S⁺  Q^½; I  0; 0  Q^½) Θ = (S′  0; Θ₁  Θ₂; W₁  W₂),   Θ orthogonal
///
/// Sums of squares throughout: nothing is subtracted from a covariance, and no covariance of states is inverted, so that Q, P
/// and the states to come may be certain in some directions. The smoother works in the filter's own coordinates, in which all
/// is standard normal given the past: z[t] = z⁺ + S⁺ η, z[t+1] = ẑ[t+1] + S′ ε and w = z[t+1] − A z[t] − B u[t], with
///
///     η = Θ₁ ε + Θ₂ ε′,   w = W₁ ε + W₂ ε′,   z[t] = ẑ[t] + S T⁻¹ (κ + η),
///
/// where later frames say nothing of ε′.
///
/// - Source: Kailath, Sayed & Hassibi (2000), Linear Estimation, ch. 12, for array forms; what replaces the gains of Rauch,
///   Tung & Striebel (1965) is read off the array, whose rows it is.
final class KalmanStep: Sendable {
  let pattern: Int
  /// S⁺, `[L, L]`.
  let filtered: Matrix<Double>
  /// C̃ S⁺, `[o, L]`.
  let gain: Matrix<Double>
  /// T⁻¹, `[L, L]`, from the coordinates η to those of S.
  let contraction: Matrix<Double>
  /// Σ ln Tᵢᵢ, in nats.
  let logDeterminant: Double
  /// S′, `[L, L]`, lower triangular.
  let predicted: Matrix<Double>
  /// Θ₁ and Θ₂, `[L, L]`.
  let back: Matrix<Double>
  let spread: Matrix<Double>
  /// S⁺ Θ₁ and S⁺ Θ₂: z[t] given ε has the mean z⁺ + S⁺ Θ₁ ε; and T⁻¹ Θ₁.
  let smoother: Matrix<Double>
  let conditional: Matrix<Double>
  let carry: Matrix<Double>
  /// W₁ and W₂.
  let residualGain: Matrix<Double>
  let residualRoot: Matrix<Double>

  /// - Throws: `.notFinite`.
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
    // A third block of zero columns: the triangle is as wide as high.
    let (Q, zero) = (prepared.transitionRoot, Matrix<Double>(rows: L, columns: L))
    let joint = Matrix.lowerRoot(
      of: .stacking([
        .beside([AS, Q, zero]), .beside([.identity(L), zero, zero]), .beside([zero, Q, zero]),
      ]))
    func block(_ i: Int, _ j: Int) -> Matrix<Double> {
      joint.part(rows: i * L..<(i + 1) * L, columns: j * L..<(j + 1) * L)
    }
    predicted = block(0, 0)
    guard logDeterminant.isFinite, predicted.isFinite else {
      throw .notFinite(quantity: "state covariance", row: nil)
    }
    (back, spread) = (block(1, 0), block(1, 1))
    smoother = filtered.multiplied(by: back)
    conditional = filtered.multiplied(by: spread)
    carry = contraction.multiplied(by: back)
    (residualGain, residualRoot) = (block(2, 0), block(2, 1))
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

  /// Of the first T frames, those in turn that share a step.
  func runs(frames T: Int) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for t in 0..<T {
      if let last = runs.last, stepOfFrame[last.lowerBound] == stepOfFrame[t] {
        runs[runs.count - 1] = last.lowerBound..<t + 1
      } else {
        runs.append(t..<t + 1)
      }
    }
    return runs
  }

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

/// The smoother's covariances over the frames of a sequence. With M Mᵀ the covariance of ε given all frames, that of η is N Nᵀ,
/// N N^ᵀ = Θ₁ M Mᵀ Θ₁ᵀ + Θ₂ Θ₂ᵀ, P[t|T] = S⁺ N (S⁺ N)ᵀ, and one frame earlier M is T⁻¹ N.
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
    // N, at first of the last frame, of which the filter knows all.
    var root = Matrix<Double>.identity(L)
    covariances.append(filter[T - 1].filtered.squared)
    var settledSteps = 0
    for t in (0..<T - 1).reversed() {
      let isSame = t + 2 < T && filter.stepOfFrame[t] == filter.stepOfFrame[t + 1]
      if isSame, settledSteps >= 2 {
        covarianceOfFrame[t] = covarianceOfFrame[t + 1]
        pairs[pairs.count - 1].count += 1
        continue
      }
      let step = filter[t]
      // M of ε, which the next frame's step has the coordinates of.
      let M = filter[t + 1].contraction.multiplied(by: root)
      let (ofNoise, ofState) = (step.residualGain.multiplied(by: M), step.smoother.multiplied(by: M))
      pairs.append(
        (
          noise: ofNoise.squared.adding(step.residualRoot.squared),
          cross: ofNoise.multiplied(by: ofState, transposingSecond: true)
            .adding(step.residualRoot.multiplied(by: step.conditional, transposingSecond: true)), count: 1
        ))
      let earlier = Matrix.lowerRoot(ofSum: [step.back.multiplied(by: M), step.spread])
      let isSettled = isSame && earlier.hasSettled(from: root, within: KalmanTrack.settled)
      settledSteps = isSettled ? settledSteps + 1 : 0
      root = earlier
      covariances.append(step.filtered.multiplied(by: root).squared)
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
