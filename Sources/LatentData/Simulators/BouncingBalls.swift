public import LatentNumerics
import RealModule

/// Balls of equal mass in a square box, without friction or gravity, which bounce off its walls and off each other: seen
/// through small images, or as they are.
///
/// The box is [0, 1] × [0, 1]. Walls reflect exactly; two balls exchange their velocities along the line between them when
/// they touch.
///
/// - Source: Sutskever, Hinton & Taylor (2008), The recurrent temporal restricted Boltzmann machine, for the task.
public struct BouncingBalls: Sendable, Equatable {
  /// The number of balls.
  public var balls: Int
  /// The radius of a ball, in sides of the box.
  public var radius = 0.12
  /// The speed of each ball at the start, in sides a frame.
  public var speed = 0.07
  /// Pixels along each side of an image, and the standard deviation of the blob that a ball is, in pixels.
  public var imageSize: Int
  public var blobDeviation = 1.5
  /// Steps between two frames.
  public var substeps = 20

  /// One ball in 16 × 16 pixels, several in 20 × 20; up to 8, which the box has room for.
  public init(balls: Int = 1) {
    self.balls = balls
    imageSize = balls == 1 ? 16 : 20
  }

  /// Place and velocity of a ball.
  public struct Ball: Sendable, Equatable {
    public var x: Double
    public var y: Double
    public var velocityX: Double
    public var velocityY: Double

    public init(x: Double, y: Double, velocityX: Double, velocityY: Double) {
      self.x = x
      self.y = y
      self.velocityX = velocityX
      self.velocityY = velocityY
    }
  }

  /// The balls one frame later.
  public func advanced(_ state: [Ball]) -> [Ball] {
    var state = state
    let h = 1 / Double(substeps)
    func reflected(_ place: Double, _ velocity: Double) -> (place: Double, velocity: Double) {
      let (low, high) = (radius, 1 - radius)
      if place < low { return (2 * low - place, velocity.magnitude) }
      if place > high { return (2 * high - place, -velocity.magnitude) }
      return (place, velocity)
    }
    for _ in 0..<substeps {
      for i in state.indices {
        let ball = state[i]
        let x = reflected(ball.x + h * ball.velocityX, ball.velocityX)
        let y = reflected(ball.y + h * ball.velocityY, ball.velocityY)
        state[i] = Ball(x: x.place, y: y.place, velocityX: x.velocity, velocityY: y.velocity)
      }
      for i in state.indices {
        for j in state.indices where j > i { Self.collide(&state, i, j, radius: radius) }
      }
    }
    return state
  }

  /// An elastic collision of two balls that overlap and approach.
  private static func collide(_ state: inout [Ball], _ i: Int, _ j: Int, radius: Double) {
    let (dx, dy) = (state[j].x - state[i].x, state[j].y - state[i].y)
    let square = dx * dx + dy * dy
    guard square < 4 * radius * radius, square > 0 else { return }
    let approach =
      ((state[j].velocityX - state[i].velocityX) * dx + (state[j].velocityY - state[i].velocityY) * dy)
      / square
    guard approach < 0 else { return }
    state[i].velocityX += approach * dx
    state[i].velocityY += approach * dy
    state[j].velocityX -= approach * dx
    state[j].velocityY -= approach * dy
  }

  /// Σ ½ v²: constant.
  public func energy(of state: [Ball]) -> Double {
    state.reduce(0) { $0 + 0.5 * ($1.velocityX * $1.velocityX + $1.velocityY * $1.velocityY) }
  }

  /// The image of the balls, row by row from the top, between 0 and 1. y runs down.
  public func image(of state: [Ball]) -> [Double] {
    let scale = Double(imageSize - 1)
    return BlobImage.pixels(
      state.map { (scale * $0.x, scale * $0.y) }, width: imageSize, height: imageSize,
      deviation: blobDeviation)
  }

  /// Balls at random places that do not overlap, in random directions.
  public func start(using stream: inout RandomStream) -> [Ball] {
    var state: [Ball] = []
    while state.count < balls {
      // A start that leaves no room for the next ball is given up.
      if state.count > 0, stream.uniform() < 0.01 { state.removeAll() }
      let place = (
        x: stream.uniform(in: radius..<1 - radius), y: stream.uniform(in: radius..<1 - radius)
      )
      let isFree = state.allSatisfy {
        let (dx, dy) = ($0.x - place.x, $0.y - place.y)
        return dx * dx + dy * dy > 4 * radius * radius
      }
      guard isFree else { continue }
      let direction = stream.uniform(in: -Double.pi..<Double.pi)
      state.append(
        Ball(
          x: place.x, y: place.y, velocityX: speed * Double.cos(direction),
          velocityY: speed * Double.sin(direction)))
    }
    return state
  }

  private var checks: SimulationChecks { SimulationChecks(source: "bouncing-balls") }

  /// Checks the settings, which the other functions rely on.
  ///
  /// - Throws: `.invalidSetting` for the first that cannot be.
  public func validate() throws(DataError) {
    try checks.require((1...8).contains(balls), "number of balls", balls, "from 1 to 8")
    try checks.positive(["radius": radius, "standard deviation of the blob": blobDeviation])
    // Up to here balls put down at random find room soon.
    let area = Double.pi * radius * radius * Double(balls)
    try checks.require(area <= 0.37, "radius", radius, "less, for \(balls) balls that share a box of side 1")
    try checks.notNegative(["speed": speed])
    try checks.counts(["number of substeps": substeps, "size of the images": imageSize])
    // A ball must not pass a wall, or another ball, unseen.
    try checks.require(
      speed / Double(substeps) < radius, "speed", speed,
      "less than \(radius * Double(substeps)), or the steps more")
  }

  /// Sequences of images, with places and velocities for ground truth (`x`, `y`, `velocityX`, `velocityY`, numbered from 1
  /// where there are several balls). Sequence n uses the substream n of `stream`.
  ///
  /// - Throws: what ``validate()`` throws; `.invalidSetting` for numbers below 1, and for more than can be counted.
  /// - Returns: frames `[N·T, size²]`.
  public func sequences<Scalar: LatentScalar>(
    _ count: Int, frames T: Int, using stream: RandomStream, as _: Scalar.Type = Scalar.self
  ) throws(DataError) -> SequenceTable<Scalar> {
    try validate()
    try checks.size(count, frames: T, columns: imageSize * imageSize)
    let parts = Lanes.map(count, threads: Lanes.availableThreads) { n -> SimulatedSequence<Scalar> in
      var own = stream.substream(n)
      var state = start(using: &own)
      var result = SimulatedSequence<Scalar>()
      for _ in 0..<T {
        result.frames += image(of: state).map { Scalar($0) }
        result.truth += state.flatMap { [$0.x, $0.y, $0.velocityX, $0.velocityY] }
        state = advanced(state)
      }
      return result
    }
    let names = (1...balls).flatMap { ball in
      ["x", "y", "velocityX", "velocityY"].map { balls == 1 ? $0 : "\($0)\(ball)" }
    }
    return SimulatedSequence.table(
      parts, source: balls == 1 ? "bouncing-ball" : "bouncing-balls", frames: T,
      columns: imageSize * imageSize, imageShape: ImageShape(height: imageSize, width: imageSize),
      truthNames: names)
  }
}
