public import LatentNumerics

// T frames of H × W pixels; G of them given.

/// Sequences of images side by side in time: what was observed, what a model predicts.
///
/// The frames up to a boundary were given to the model; a line marks it.
public struct FilmStrip: Sendable {
  public var imageHeight: Int
  public var imageWidth: Int
  public var reels: [Reel]
  /// G, how many frames at the start were given; `nil` when nothing is predicted.
  public var given: Int?
  /// The number of the first frame in its sequence, for films that are a part of one.
  public var firstNumber = 1
  /// The values drawn black and white.
  public var range: ClosedRange<Double> = 0...1
  public var framesPerSecond = 8.0
  /// Frames in one line of the strip, after which it goes on below; `nil` chooses.
  public var framesInLine: Int?

  /// One film.
  public struct Reel: Sendable {
    /// Such as `observed` or `predicted`.
    public var name: String
    /// `[T, H·W]`, each row a picture line by line from the top.
    public var frames: Matrix<Float>

    public init<Scalar: LatentScalar>(_ name: String, _ frames: Matrix<Scalar>) {
      self.name = name
      self.frames = frames.converted(to: Float.self)
    }
  }

  /// - Precondition: there is a frame, all reels have as many, and their rows are pictures of this size.
  public init(imageHeight: Int, imageWidth: Int, given: Int? = nil, _ reels: [Reel]) {
    precondition(imageHeight > 0 && imageWidth > 0, "a picture has an area")
    precondition(!reels.isEmpty && reels[0].frames.rows > 0, "a film has a frame")
    precondition(
      reels.allSatisfy {
        $0.frames.rows == reels[0].frames.rows && $0.frames.columns == imageHeight * imageWidth
      }, "reels are alike in length and size")
    precondition((0...reels[0].frames.rows).contains(given ?? 0), "the boundary is in the film")
    self.imageHeight = imageHeight
    self.imageWidth = imageWidth
    self.given = given
    self.reels = reels
  }

  /// T.
  public var count: Int { reels[0].frames.rows }
}
