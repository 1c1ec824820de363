import LatentNumerics
import LatentReport
import Testing

@Suite struct FilmTests {
  static let amber = PixelColour(red: 245, green: 158, blue: 11)

  /// Two reels of four frames of one pixel: the strip drawn by hand.
  @Test func strip() throws {
    var film = FilmStrip(
      imageHeight: 1, imageWidth: 1, given: 3,
      [
        .init("a", Matrix<Double>([[0], [0.2], [0.4], [0.6]])),
        .init("b", Matrix<Double>([[1], [0.8], [0.6], [.nan]])),
      ])
    film.framesInLine = 4
    let image = try film.image()
    // Four frames and five gaps of two pixels; two reels and three gaps.
    #expect(image.width == 14 && image.height == 8)
    for (t, (a, b)) in zip([0.0, 0.2, 0.4], [1.0, 0.8, 0.6]).enumerated() {
      #expect(image[2 + 3 * t, 2] == .grey(UInt8((255 * a).rounded())))
      #expect(image[2 + 3 * t, 5] == .grey(UInt8((255 * b).rounded())))
    }
    #expect(image[11, 5] == PixelColour(red: 230, green: 0, blue: 120))
    // The boundary stands before the first frame predicted, all the way down, and nowhere else.
    let columns = (0..<image.width).filter { x in (0..<image.height).contains { image[x, $0] == Self.amber } }
    #expect(columns == [9, 10])
    #expect((0..<8).allSatisfy { image[9, $0] == Self.amber })
  }

  @Test func linesWrap() throws {
    var film = FilmStrip(
      imageHeight: 2, imageWidth: 2, [.init("a", Matrix<Double>(rows: 5, columns: 4, repeating: 1))])
    film.framesInLine = 2
    let image = try film.image(magnification: 3)
    // Three lines of two: 6 + 2 each way and 2 more, with 8 between lines.
    #expect(image.width == 18 && image.height == 3 * 10 + 2 * 8)
    #expect(image[3, 3] == .grey(255) && image[3, 21] == .grey(255) && image[3, 39] == .grey(255))
    #expect(image[11, 39] == .grey(96))
  }

  @Test func labelsSayWhatWasGiven() throws {
    let labels = try SamplePages.film.animation().frames.map(\.label)
    #expect(labels[2] == "frame 3 of 7, given" && labels[3] == "frame 4 of 7, predicted")
  }

  /// Frames of a part of a sequence have their numbers in the whole.
  @Test func labelsOfAPart() throws {
    var film = SamplePages.film
    film.firstNumber = 91
    let labels = try film.animation().frames.map(\.label)
    #expect(labels[2] == "frame 93, given" && labels[3] == "frame 94, predicted")
  }

  @Test(arguments: [0, 7])
  func theBoundaryMayBeAnEnd(given: Int) throws {
    var film = SamplePages.film
    film.given = given
    let image = try film.image()
    #expect(
      !(0..<image.width).contains { x in (0..<image.height).contains { image[x, $0] == Self.amber } })
  }
}
