import LatentNumerics

// R reels of T frames, L of them in a line; G given.

extension FilmStrip {
  /// The boundary between what was given and what was predicted.
  private static let boundary = PixelColour(red: 245, green: 158, blue: 11)
  private static let ground = PixelColour.grey(96)

  /// The strip: frame after frame, the reels one under the other, an amber line after the frames given.
  ///
  /// - Parameter magnification: the side of the square that a pixel becomes.
  /// - Throws: `.tooLarge` when a side exceeds a million pixels.
  /// - Complexity: O(R·T·H·W).
  public func image(magnification: Int = 1) throws(ImageError) -> RasterImage {
    precondition(magnification > 0, "a pixel has a size")
    let line = framesInLine ?? Self.frames(inLineOf: count, width: imageWidth * magnification)
    precondition(line > 0, "a line has a frame")
    let (gap, pause) = (2, 8)
    let lines = (count + line - 1) / line
    let (stepX, stepY) = (imageWidth * magnification + gap, imageHeight * magnification + gap)
    let block = reels.count * stepY + gap
    let width = min(line, count) * stepX + gap
    let height = lines * (block + pause) - pause
    guard width <= 1_000_000, height <= 1_000_000 else { throw .tooLarge(width: width, height: height) }
    var canvas = PixelCanvas(width: width, height: height, fill: Self.ground)
    for t in 0..<count {
      let (left, top) = (gap + t % line * stepX, t / line * (block + pause) + gap)
      for (index, reel) in reels.enumerated() {
        draw(reel.frames, t, on: &canvas, left: left, top: top + index * stepY, magnification)
      }
      if t == (given ?? 0), t > 0 {
        // Beside the first frame predicted: before it, in the gap.
        canvas.fill(left: left - gap, top: top - gap, width: gap, height: block, Self.boundary)
      }
    }
    return canvas.image
  }

  /// The film: all reels side by side, one frame after another.
  ///
  /// - Throws: `.tooLarge` when a side exceeds a million pixels.
  public func animation(title: String = "") throws(ImageError) -> Animation {
    // Small pictures are magnified, so that the gap between them can be thin.
    let (gap, side) = (1, max(1, min(4, 64 / imageWidth)))
    let (frameWidth, height) = (imageWidth * side, imageHeight * side)
    let width = reels.count * (frameWidth + gap) - gap
    guard width <= 1_000_000, height <= 1_000_000 else { throw .tooLarge(width: width, height: height) }
    let frames = (0..<count).map { t in
      var canvas = PixelCanvas(width: width, height: height, fill: Self.ground)
      for (index, reel) in reels.enumerated() {
        draw(reel.frames, t, on: &canvas, left: index * (frameWidth + gap), top: 0, side)
        if index > 0, let given, t >= given {
          canvas.fill(
            left: index * (frameWidth + gap) - gap, top: 0, width: gap, height: height, Self.boundary)
        }
      }
      let role = given.map { t < $0 ? ", given" : ", predicted" } ?? ""
      // Of a part the number in the whole, and no other beside it.
      let number = firstNumber == 1 ? "\(t + 1) of \(count)" : "\(firstNumber + t)"
      return Animation.Frame("frame \(number)\(role)", canvas.image)
    }
    var animation = Animation(title, frames, framesPerSecond: framesPerSecond, repeats: true)
    animation.alternativeText = inWords
    return animation
  }

  /// What is seen, in words.
  var inWords: String {
    let names = reels.map(\.name).joined(separator: ", ")
    let boundary = given.map { "; the first \($0) were given, the others are predicted" } ?? ""
    return
      "\(names): \(count) \(count == 1 ? "frame" : "frames") of \(imageHeight) by \(imageWidth) pixels\(boundary)."
  }

  private func draw(
    _ frames: Matrix<Float>, _ t: Int, on canvas: inout PixelCanvas, left: Int, top: Int, _ magnification: Int
  ) {
    frames.withUnsafeElements { values in
      for y in 0..<imageHeight {
        for x in 0..<imageWidth {
          let value = Double(values[(t * imageHeight + y) * imageWidth + x])
          canvas.fill(
            left: left + x * magnification, top: top + y * magnification, width: magnification,
            height: magnification, GreyScale.colour(of: value, in: range))
        }
      }
    }
  }

  /// As many as are about 640 pixels wide, in lines of equal length.
  private static func frames(inLineOf count: Int, width: Int) -> Int {
    let most = max(1, 640 / (width + 2))
    let lines = (count + most - 1) / most
    return (count + lines - 1) / lines
  }
}
