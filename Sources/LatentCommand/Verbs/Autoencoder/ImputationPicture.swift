import Latent

/// Images with cells that are missing, beside what a model makes of them.
struct ImputationPicture {
  /// The colour of missing pixels.
  static let missing = PixelColour(red: 60, green: 90, blue: 160)
}
