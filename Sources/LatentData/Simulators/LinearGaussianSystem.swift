// z the state, `[2]`; u the control, `[1]`; x the frame, `[D]`

public import LatentNumerics
import RealModule

/// A damped oscillation under noise and a control, of which every column of a frame sees another phase:
///
///     z[t+1] = ρ R(α) z[t] + (0, u[t]) b + q ε,   x[t, j] = cos(2πj/D) z₁ + sin(2πj/D) z₂ + r ε,
///
/// with R(α) the rotation by α, u uniform between −1 and 1, and z[1] and all ε standard normal. The optimal filter is
/// Kalman's, so whatever learns from such sequences can be held against it.
public struct LinearGaussianSystem: Sendable, Equatable {
  /// ρ, α, b, q, r.
  public var decay = 0.95
  public var angle = 0.4
  public var controlGain = 0.5
  public var stateNoise = 0.2
  public var emissionNoise = 0.3
  /// D.
  public var columns = 4

  public init() {}

  /// A = ρ R(α), `[2, 2]`.
  public var transition: Matrix<Double> {
    let (c, s) = (decay * Double.cos(angle), decay * Double.sin(angle))
    return Matrix([[c, -s], [s, c]])
  }
  /// B, `[2, 1]`.
  public var control: Matrix<Double> { Matrix([[0], [controlGain]]) }
  /// C, `[D, 2]`.
  public var emission: Matrix<Double> {
    Matrix(
      (0..<columns).map { j in
        let phase = 2 * Double.pi * Double(j) / Double(columns)
        return [Double.cos(phase), Double.sin(phase)]
      })
  }

  private var checks: SimulationChecks { SimulationChecks(source: "linear-gaussian") }

  /// Checks the settings, which the other functions rely on.
  ///
  /// - Throws: `.invalidSetting` for the first that cannot be.
  public func validate() throws(DataError) {
    try checks.finite(["decay": decay, "angle": angle, "gain of the control": controlGain])
    try checks.notNegative(["noise of the states": stateNoise, "noise of the frames": emissionNoise])
    try checks.counts(["number of columns": columns])
  }

  /// Sequences with their states for ground truth, `z1` and `z2`. Sequence n uses the substream n of `stream`.
  ///
  /// - Throws: what ``validate()`` throws; `.invalidSetting` for numbers below 1, and for more than can be counted.
  /// - Returns: frames `[N·T, D]`, controls `[N·T, 1]`.
  public func sequences<Scalar: LatentScalar>(
    _ count: Int, frames T: Int, using stream: RandomStream, as _: Scalar.Type = Scalar.self
  ) throws(DataError) -> SequenceTable<Scalar> {
    try validate()
    try checks.size(count, frames: T, columns: columns)
    let (A, C) = (transition, emission)
    let parts = Lanes.map(count, threads: Lanes.availableThreads) { n -> SimulatedSequence<Scalar> in
      var own = stream.substream(n)
      var z = [own.normal(), own.normal()]
      var result = SimulatedSequence<Scalar>()
      for _ in 0..<T {
        for j in 0..<columns {
          result.frames.append(Scalar(C[j, 0] * z[0] + C[j, 1] * z[1] + emissionNoise * own.normal()))
        }
        result.truth += z
        let u = Scalar(own.uniform(in: -1.0..<1))
        result.controls.append(u)
        z = [
          A[0, 0] * z[0] + A[0, 1] * z[1] + stateNoise * own.normal(),
          A[1, 0] * z[0] + A[1, 1] * z[1] + controlGain * Double(u) + stateNoise * own.normal(),
        ]
      }
      return result
    }
    return SimulatedSequence.table(
      parts, source: "linear-gaussian", frames: T, columns: columns,
      columnNames: (1...columns).map { "x\($0)" }, controlNames: ["u"], truthNames: ["z1", "z2"])
  }
}
