// L latent dimensions of the first layer, L₂ of the second

import LatentEvidence

/// A second layer of latent dimensions, behind the one next to the data:
///
///     p(x, z₁, z₂) = p(z₂) p(z₁ | z₂) p(x | z₁),   q(z₁, z₂ | x) = q(z₁ | x) q(z₂ | z₁)
///
/// p(z₁ | z₂) is 𝒩(m(z₂), diag s²(z₂)); q(z₂ | z₁) is of the family of q(z₁ | x); the configuration's `prior` is that of z₂.
///
/// - Source: Burda, Grosse & Salakhutdinov (2016), ICLR, §5 and appendix.
public struct AutoencoderSecondLayer: Sendable, Hashable, Codable {
  /// L₂.
  public var latent: Int
  /// The widths of the hidden layers of the network from z₁ to q(z₂ | z₁); none for a linear map.
  public var hidden: [Int]
  /// The widths of the hidden layers of the network from z₂ to p(z₁ | z₂); nil for those of `hidden` in reverse.
  public var decoderHidden: [Int]?

  public init(latent: Int, hidden: [Int] = [100, 100], decoderHidden: [Int]? = nil) {
    self.latent = latent
    self.hidden = hidden
    self.decoderHidden = decoderHidden
  }

  /// The widths of the hidden layers of the network from z₂ to p(z₁ | z₂).
  public var decoderWidths: [Int] { decoderHidden ?? hidden.reversed() }

  func validate() throws(InferenceError) {
    let sizes =
      [("number of latent dimensions of the second layer", latent)]
      + (hidden + (decoderHidden ?? [])).map { ("width of a hidden layer", $0) }
    for (name, value) in sizes where value < 1 || value > 1 << 24 {
      throw .invalidParameter(name: name, value: "\(value)", requirement: "at least 1")
    }
  }
}
