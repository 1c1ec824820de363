/// Pictures in turn, with a label each.
///
/// Frames are figures or pixels. Frames of figures share their axes, legend and margins, so that only what the data do
/// is seen to move; an axis that has a range keeps it. A page sends each part of a frame once, and only where it
/// differs from the frame before.
///
/// ```swift
/// let frames = fit.map { step in
///   Animation.Frame("iteration \(step.count)", Figure("", [scatter(step), trace(upTo: step)]))
/// }
/// let animation = Animation("EM on two groups", frames)
/// try animation.writeSVG(to: "em.svg")
/// ```
public struct Animation: Sendable {
  /// What moves, in a few words: the name that is read aloud.
  public var title: String
  public var frames: [Frame]
  public var framesPerSecond: Double
  /// Whether it plays as soon as it is seen, unless the reader prefers less motion.
  public var startsAtOnce: Bool
  /// Whether the first frame follows the last.
  public var repeats: Bool
  /// What is to be seen, for those who do not see it; `nil` describes the last frame.
  public var alternativeText: String?

  /// One picture.
  public struct Frame: Sendable {
    /// Such as `iteration 12`.
    public var label: String
    package var picture: Picture

    package enum Picture: Sendable {
      case figure(Figure)
      case image(RasterImage)
    }

    /// A frame that is a figure. All frames of an animation have as many panels.
    public init(_ label: String, _ figure: Figure) {
      self.label = label
      picture = .figure(figure)
    }

    /// A frame in pixels. All frames of an animation have one size.
    public init(_ label: String, _ image: RasterImage) {
      self.label = label
      picture = .image(image)
    }
  }

  /// - Precondition: there is a frame; all are figures with as many panels, or all are images of one size.
  public init(
    _ title: String, _ frames: [Frame], framesPerSecond: Double = 4, startsAtOnce: Bool = false,
    repeats: Bool = false
  ) {
    precondition(!frames.isEmpty, "an animation has a frame")
    precondition(framesPerSecond > 0 && framesPerSecond.isFinite, "an animation has a speed")
    self.title = title
    self.frames = frames
    self.framesPerSecond = framesPerSecond
    self.startsAtOnce = startsAtOnce
    self.repeats = repeats
    precondition(Set(frames.map(\.shape)).count == 1, "frames are alike in kind and size")
  }
}

extension Animation.Frame {
  fileprivate struct Shape: Hashable {
    var panels: Int?
    var width: Int?
    var height: Int?
  }

  fileprivate var shape: Shape {
    switch picture {
    case .figure(let figure): Shape(panels: figure.panels.count)
    case .image(let image): Shape(width: image.width, height: image.height)
    }
  }
}
