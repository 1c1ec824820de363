// φ the angle, 0 upright; ω = φ̇; u the torque

public import LatentNumerics
import RealModule

/// A pendulum with friction, driven by a torque and seen through small images:
///
///     m l² φ̈ = −μ φ̇ + m g l sin φ + u,   φ = 0 upright.
///
/// The torque is constant between two frames, over which the motion is integrated by fourth-order Runge–Kutta steps. An
/// image holds one Gaussian blob on a circle about its centre. So a single image tells the angle and nothing of the velocity.
///
/// - Source: Karl, Soelch, Bayer & van der Smagt (2017), Deep variational Bayes filters, §4.1, whose intervals and ranges are
///   not given: these are ours.
public struct Pendulum: Sendable, Equatable {
  /// m, l, μ, g.
  public var mass = 1.0
  public var length = 1.0
  public var friction = 0.5
  public var gravity = 9.81
  /// Seconds between two frames, and the steps taken in them.
  public var interval = 0.1
  public var substeps = 10
  /// Torques are uniform between −1 and 1 times this, angles at the start between −π and π, velocities between −1 and 1 times
  /// `largestVelocity`.
  public var largestTorque = 10.0
  public var largestVelocity = 7.2
  /// Pixels along each side; the circle's radius and the blob's standard deviation in pixels.
  public var imageSize = 16
  public var radius = 5.0
  public var blobDeviation = 1.5

  public init() {}

  /// Angle and velocity.
  public struct State: Sendable, Equatable {
    public var angle: Double
    public var velocity: Double

    public init(angle: Double, velocity: Double) {
      self.angle = angle
      self.velocity = velocity
    }
  }

  /// The state one frame later under a constant torque.
  public func advanced(_ state: State, torque u: Double) -> State {
    let h = interval / Double(substeps)
    let inertia = mass * length * length
    func slope(_ s: State) -> State {
      State(
        angle: s.velocity,
        velocity: (mass * gravity * length * Double.sin(s.angle) - friction * s.velocity + u) / inertia)
    }
    func moved(_ s: State, _ d: State, _ h: Double) -> State {
      State(angle: s.angle + h * d.angle, velocity: s.velocity + h * d.velocity)
    }
    var s = state
    for _ in 0..<substeps {
      let k1 = slope(s)
      let k2 = slope(moved(s, k1, h / 2))
      let k3 = slope(moved(s, k2, h / 2))
      let k4 = slope(moved(s, k3, h))
      s.angle += h / 6 * (k1.angle + 2 * k2.angle + 2 * k3.angle + k4.angle)
      s.velocity += h / 6 * (k1.velocity + 2 * k2.velocity + 2 * k3.velocity + k4.velocity)
    }
    return s
  }

  /// ½ m l² ω² + m g l cos φ: constant without friction and torque.
  public func energy(of state: State) -> Double {
    0.5 * mass * length * length * state.velocity * state.velocity
      + mass * gravity * length * Double.cos(state.angle)
  }

  /// The image of a state, row by row from the top, between 0 and 1.
  public func image(of state: State) -> [Double] {
    let centre = Double(imageSize - 1) / 2
    return BlobImage.pixels(
      [(centre + radius * Double.sin(state.angle), centre - radius * Double.cos(state.angle))],
      width: imageSize, height: imageSize, deviation: blobDeviation)
  }

  private var checks: SimulationChecks { SimulationChecks(source: "pendulum") }

  /// Checks the settings, which the other functions rely on.
  ///
  /// - Throws: `.invalidSetting` for the first that cannot be.
  public func validate() throws(DataError) {
    try checks.positive([
      "mass": mass, "length": length, "interval": interval, "standard deviation of the blob": blobDeviation,
      "largest torque": largestTorque, "largest velocity": largestVelocity,
    ])
    try checks.notNegative(["friction": friction])
    try checks.finite(["gravity": gravity, "radius": radius])
    try checks.counts(["number of substeps": substeps, "size of the images": imageSize])
  }

  /// Sequences of images under random torques, with `sin`, `cos` and `velocity` for ground truth. Sequence n uses the
  /// substream n of `stream`.
  ///
  /// - Throws: what ``validate()`` throws; `.invalidSetting` for numbers below 1, and for more than can be counted.
  /// - Returns: frames `[N·T, size²]`, controls `[N·T, 1]`.
  public func sequences<Scalar: LatentScalar>(
    _ count: Int, frames T: Int, using stream: RandomStream, as _: Scalar.Type = Scalar.self
  ) throws(DataError) -> SequenceTable<Scalar> {
    try validate()
    try checks.size(count, frames: T, columns: imageSize * imageSize)
    let parts = Lanes.map(count, threads: Lanes.availableThreads) { n -> SimulatedSequence<Scalar> in
      var own = stream.substream(n)
      var state = State(
        angle: own.uniform(in: -Double.pi..<Double.pi),
        velocity: own.uniform(in: -largestVelocity..<largestVelocity))
      var result = SimulatedSequence<Scalar>()
      for _ in 0..<T {
        result.frames += image(of: state).map { Scalar($0) }
        result.truth += [Double.sin(state.angle), Double.cos(state.angle), state.velocity]
        // What acts is what is recorded, to the last digit.
        let u = Scalar(own.uniform(in: -largestTorque..<largestTorque))
        result.controls.append(u)
        state = advanced(state, torque: Double(u))
      }
      return result
    }
    return SimulatedSequence.table(
      parts, source: "pendulum", frames: T, columns: imageSize * imageSize,
      imageShape: ImageShape(height: imageSize, width: imageSize), controlNames: ["torque"],
      truthNames: ["sin", "cos", "velocity"])
  }
}
