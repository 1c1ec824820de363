import Latent

extension FitDescription {
  /// What the rows' part of the bound is called where it is ln p(x | θ), and where it is only below.
  var evidenceName: String { hasExactPosterior ? "log likelihood" : "of the rows" }

  /// The same in JSON.
  var evidenceKey: String { hasExactPosterior ? "logLikelihood" : "evidenceBound" }
}
