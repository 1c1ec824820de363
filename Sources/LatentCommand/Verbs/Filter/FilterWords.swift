import Latent

/// What deep filters are called.
enum FilterWords {
  /// `Deep variational Bayes filter 3, 16 matrices (Gaussian likelihood …)`.
  static func title(_ c: DeepFilterConfiguration) -> String {
    "\(Vocabulary.title(ofModel: c.kind)) of \(NumberText.count(c.latent, "latent dimension")) "
      + "(\(transition(c)), \(AutoencoderWords.likelihood(c.likelihood))\(smoother(c)))"
  }

  static func transition(_ c: DeepFilterConfiguration) -> String {
    switch c.transition {
    case .locallyLinear(let bases, let mixing, let weights):
      var words = bases == 1 ? "linear transitions" : "\(bases) transition matrices"
      if !mixing.isEmpty { words += " mixed through \(LayerSizes(mixing))" }
      if case .variational(let deviation) = weights {
        words += " with a prior of deviation \(NumberText.short(deviation))"
      }
      return words
    case .gaussian(let hidden):
      return hidden.isEmpty
        ? "linear Gaussian transitions" : "Gaussian transitions through \(LayerSizes(hidden))"
    }
  }

  private static func smoother(_ c: DeepFilterConfiguration) -> String {
    c.future.map { ", smoothing with \(NumberText.count($0, "unit"))" } ?? ""
  }
}
