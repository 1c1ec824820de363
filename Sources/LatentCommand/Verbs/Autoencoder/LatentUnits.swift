import Latent

/// Which latent dimensions of an auto-encoder say something of the rows, and what to try where few do.
struct LatentUnits: Sendable {
  let active: Int
  let dimensions: [AutoencoderEvaluation.Dimension]

  /// More rows than these tell nothing new.
  private static let mostRows = 10_000

  init(_ dimensions: [AutoencoderEvaluation.Dimension]) {
    self.dimensions = dimensions
    active = dimensions.count(where: \.isActive)
  }

  /// From the first rows of a fit.
  init<Scalar>(
    of rows: Rows<Scalar>, under fitted: FittedAutoencoder<Scalar>, threads: Int
  ) throws(InferenceError) {
    let some =
      rows.rows > Self.mostRows ? Rows(rows.values.selecting(rows: Array(0..<Self.mostRows))) : rows
    self.init(
      try fitted.model.evaluate(some, at: fitted.parameters, draws: 0, threads: threads).dimensions)
  }

  private var latent: Int { dimensions.count }

  /// How many are used, and advice where q(z | x) has fallen back to p(z) in most.
  var text: String {
    let count = "\(NumberText.count(active)) of \(NumberText.count(latent, "latent dimension")) used"
    if active == 0 {
      return "\(count): q(z | x) says nothing of x (posterior collapse). Try --warm-up 20, --free-bits 0.1, "
        + "another --learning-rate, or more --passes."
    }
    guard active < latent else { return count }
    return "\(count); the others carry nothing and cost nothing"
      + (2 * active < latent ? ". For more, try --warm-up 20 or --free-bits 0.1." : "")
  }
}
