public import LatentNumerics

// N points in J latent dimensions, images of H × W pixels.

/// A plane through the latent space: the image of the place under the pointer, and the data as points.
///
/// Pointer, finger or arrow keys move over the plane, and the decoded image follows. Choosing a point shows its row of
/// the data beside its reconstruction. With a network as decoder any two dimensions can be chosen; the others rest at
/// zero, or where the chosen point has them. Of a decoder that is given a condition this is chosen too, and points whose label is
/// another condition are not shown.
public struct PlaneExplorer: Sendable {
  /// The name that is read aloud.
  public var title: String
  public var decoder: ImageDecoder
  public var imageHeight: Int
  public var imageWidth: Int
  /// Posterior means of the data, `[N, J]`; a few thousand are enough and keep the page small.
  public var points: Matrix<Float>
  /// Rows of the data that belong to the points, `[N, H·W]`, or fewer: then only the first points have them.
  public var originals: Matrix<Float>?
  /// What is kept of each original, where the decoder does not tell, `[N, H·W]`, as many as there are originals; `nil` decodes the point.
  public var reconstructions: Matrix<Float>?
  /// Where the row of each point stands in the data, from 1; `nil` counts the points.
  public var rowNumbers: [Int]?
  /// For each point the index of its label; with choices that of its condition.
  public var labels: [Int]?
  /// The names of the labels.
  public var labelNames: [String]
  /// The values drawn black and white.
  public var range: ClosedRange<Double> = 0...1
  /// The dimensions shown first.
  public var firstDimensions = (x: 0, y: 1)
  /// The names of dimensions; empty: z₁, z₂, …
  public var dimensionNames: [String] = []

  /// - Precondition: images have the decoder's number of pixels, points its dimensions, which are at least 2; each
  ///   point has a label, if any, and each label a name.
  public init<Scalar: LatentScalar>(
    _ title: String, decoder: ImageDecoder, imageHeight: Int, imageWidth: Int, points: Matrix<Scalar>,
    originals: Matrix<Scalar>? = nil, labels: [Int]? = nil, labelNames: [String] = []
  ) {
    precondition(imageHeight > 0 && imageHeight * imageWidth == decoder.pixels, "an output is a picture")
    precondition(
      decoder.dimensions >= 2 && points.columns == decoder.dimensions, "points lie in the latent space")
    precondition(
      (originals?.columns ?? decoder.pixels) == decoder.pixels && (originals?.rows ?? 0) <= points.rows,
      "originals are pictures of points")
    precondition(labels.map { $0.count == points.rows } ?? true, "each point has a label")
    precondition(labels?.allSatisfy { labelNames.indices.contains($0) } ?? true, "each label has a name")
    self.title = title
    self.decoder = decoder
    self.imageHeight = imageHeight
    self.imageWidth = imageWidth
    self.points = points.converted(to: Float.self)
    self.originals = originals?.converted(to: Float.self)
    self.labels = labels
    self.labelNames = labelNames
  }
}
