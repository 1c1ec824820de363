import Latent

/// Rows of pixels as pictures of a page.
struct ReportImages {
  let size: FitDescription.ImageSize
  /// The values drawn black and white.
  let range: ClosedRange<Double>

  /// Pages are wide enough for so many images side by side.
  static let columns = 10
  private static let mostSamples = 500

  /// - Parameter samples: rows that the range is taken from, unless they all lie between 0 and 1.
  /// - Returns: nil where rows are no images.
  init?(_ description: FitDescription, samples: [Matrix<Double>?]) {
    guard let image = description.image else { return nil }
    size = image
    var (low, high) = (0.0, 1.0)
    for sample in samples.compactMap(\.self) {
      // Every row of large data says no more than many of them.
      for n in ReportText.evenly(Self.mostSamples, of: sample.rows) {
        for value in sample.row(n) where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
      }
    }
    range = low...high
  }

  /// The rows as a grid, the first at the upper left.
  ///
  /// - Parameters:
  ///   - columns: images side by side.
  ///   - range: the values drawn black and white; nil for those of all pictures of the page.
  func grid(
    _ rows: Matrix<Double>, columns: Int = Self.columns, gutter: Int = 2, range: ClosedRange<Double>? = nil
  )
    -> RasterImage?
  {
    guard rows.rows > 0 else { return nil }
    var grid = ImageGrid(imageHeight: size.height, imageWidth: size.width)
    grid.columns = min(columns, rows.rows)
    grid.gutter = gutter
    grid.range = range ?? self.range
    return try? grid.image(of: rows)
  }

  func block(
    _ rows: Matrix<Double>, columns: Int = Self.columns, gutter: Int = 2, range: ClosedRange<Double>? = nil,
    caption: String, alternativeText: String
  ) -> [Page.Block] {
    guard let image = grid(rows, columns: columns, gutter: gutter, range: range) else { return [] }
    return [.image(image, caption: caption, alternativeText: alternativeText)]
  }

  /// Rows above what became of them, line by line.
  func pairs(_ first: Matrix<Double>, _ second: Matrix<Double>, columns: Int = Self.columns) -> RasterImage? {
    let N = min(first.rows, second.rows)
    guard N > 0 else { return nil }
    let C = min(columns, N)
    let lines = (N - 1) / C + 1
    let D = first.columns
    let nothing = [Double](repeating: range.lowerBound, count: D)
    var elements: [Double] = []
    for line in 0..<lines {
      for matrix in [first, second] {
        for n in line * C..<(line + 1) * C { elements += n < N ? matrix.row(n) : nothing }
      }
    }
    return grid(Matrix(rows: 2 * lines * C, columns: D, elements: elements), columns: C)
  }
}
