import LatentEvidence
import RealModule

/// What an auto-encoder does with its latent dimensions on some rows, and what is wrong with that, if anything.
public struct AutoencoderDiagnosis: Sendable, Codable, Equatable {
  /// The rows looked at.
  public let rows: Int
  /// A latent dimension each; where there are two layers, those of the layer next to the data first.
  public let dimensions: [Dimension]
  /// What the decoder makes of z: how much less of ln p(x | z) there is, on average, when a row is decoded from its neighbour's z; in nats an
  /// observation, with its standard error. Nil for fewer than two rows.
  public let decoderUse: Double?
  public let decoderUseStandardError: Double?
  /// The smallest variance that the likelihood has learned, against the variance of its column; nil where none is learned.
  public let smallestRelativeVariance: Double?
  /// The largest magnitude among the parameters, and the name of its tensor.
  public let largestParameter: Double
  public let largestParameterName: String

  /// What a latent dimension carries.
  public struct Dimension: Sendable, Codable, Equatable {
    /// What it adds to KL(q ‖ p), in nats an observation, were q a product over dimensions: KL(𝒩(μ, σ²) ‖ 𝒩(0, 1)) with the moments of q,
    /// averaged over rows; with two layers against p(z₁ | z₂), averaged over draws; 0 for a point.
    public let divergence: Double
    /// The variance over rows of E_q[z].
    public let varianceOfMeans: Double
    /// The mean over rows of the standard deviation of q.
    public let deviation: Double

    /// Whether the rows tell in this dimension: the variance is above 0.01.
    ///
    /// - Source: Burda, Grosse & Salakhutdinov (2016), §5.2.
    public var isActive: Bool { varianceOfMeans > 0.01 }
  }

  /// The number of dimensions that are active.
  public var activeUnits: Int { dimensions.count(where: \.isActive) }

  /// Whether q(z | x) says nothing of x: no dimension is active.
  public var isCollapsed: Bool { activeUnits == 0 }

  /// What a user should know, the worst first; none where all is well.
  public var findings: [AutoencoderFinding] {
    var findings: [AutoencoderFinding] = []
    if largestParameter > Self.largeParameter {
      findings.append(.largeParameters(name: largestParameterName, magnitude: largestParameter))
    }
    let wide = dimensions.indices.filter { dimensions[$0].divergence > Self.largeDivergence }
    if let worst = wide.max(by: { dimensions[$0].divergence < dimensions[$1].divergence }) {
      findings.append(.exploding(dimension: worst, divergence: dimensions[worst].divergence))
    }
    if let ratio = smallestRelativeVariance, ratio < Self.smallVariance {
      findings.append(.vanishingNoise(relativeVariance: ratio))
    }
    // What does not vary over rows shows in two of them at least.
    guard rows > 1 else { return findings }
    if isCollapsed {
      findings.append(.collapsed(dimensions: dimensions.count))
    } else {
      if let use = decoderUse, use < Self.littleUse {
        findings.append(.ignoredByDecoder(nats: use))
      }
      let inactive = dimensions.indices.filter { !dimensions[$0].isActive }
      if !inactive.isEmpty { findings.append(.inactive(dimensions: inactive, of: dimensions.count)) }
    }
    return findings
  }

  /// Weights of trained networks lie orders of magnitude below.
  private static var largeParameter: Double { 1e4 }
  /// In nats: 10²² places told apart along one dimension.
  private static var largeDivergence: Double { 50 }
  /// A column known to a thousandth of its spread.
  private static var smallVariance: Double { 1e-6 }
  /// In nats.
  private static var littleUse: Double { 0.01 }
}

/// Something about an auto-encoder that its user should know.
public enum AutoencoderFinding: Sendable, Hashable, Codable {
  /// No latent dimension says anything of the rows: q(z | x) has fallen back to p(z), and the model is one of independent cells (given its
  /// condition).
  case collapsed(dimensions: Int)
  /// q(z | x) tells rows apart, but the decoder makes almost nothing of it.
  case ignoredByDecoder(nats: Double)
  /// Some latent dimensions, counted from 0, say nothing of the rows.
  case inactive(dimensions: [Int], of: Int)
  /// A latent dimension, counted from 0, costs so many nats that the next steps may leave the finite numbers.
  case exploding(dimension: Int, divergence: Double)
  /// Parameters have grown so large that the next steps may leave the finite numbers.
  case largeParameters(name: String, magnitude: Double)
  /// A learned variance goes to 0, and the bound without end upwards.
  case vanishingNoise(relativeVariance: Double)

  /// What may be tried against it, the most promising first.
  public enum Remedy: String, Sendable, Hashable, Codable, CaseIterable {
    /// Raise the weight of the divergence from 0 over the first passes.
    case warmUp = "warm-up"
    /// Let every latent dimension carry some nats for nothing.
    case freeNats = "free-nats"
    /// Take smaller steps.
    case lowerLearningRate = "lower-learning-rate"
    /// Bound the norm of gradients.
    case clipping
    /// Go on training.
    case moreTraining = "more-training"
    /// Fewer hidden layers, or an activation that does not die, such as ELU or tanh.
    case simplerNetworks = "simpler-networks"
    /// Fewer latent dimensions.
    case fewerLatentDimensions = "fewer-latent-dimensions"
    /// Columns of mean 0 and variance 1.
    case standardization
    /// A variance that is fixed, or one for all columns.
    case simplerVariance = "simpler-variance"
    /// A normal prior on the weights.
    case weightPrior = "weight-prior"
  }

  /// What may be tried against it, the most promising first; none where nothing need be done.
  public var remedies: [Remedy] {
    switch self {
    case .collapsed: [.warmUp, .freeNats, .lowerLearningRate, .simplerNetworks, .moreTraining]
    case .ignoredByDecoder: [.moreTraining, .warmUp, .freeNats, .simplerNetworks]
    case .inactive(let dimensions, let L):
      2 * dimensions.count > L ? [.warmUp, .freeNats, .fewerLatentDimensions] : []
    case .exploding: [.lowerLearningRate, .clipping, .standardization]
    case .largeParameters: [.lowerLearningRate, .clipping, .standardization, .weightPrior]
    case .vanishingNoise: [.simplerVariance, .weightPrior]
    }
  }
}

extension AutoencoderFinding: CustomStringConvertible {
  /// What was found, in a plain sentence.
  public var description: String {
    func rounded(_ value: Double) -> String {
      guard value != 0, value.isFinite else { return "\(value)" }
      let digits = Double.pow(10, (Double.log10(value.magnitude) - 1).rounded(.down))
      let short = (value / digits).rounded() * digits
      return short.magnitude >= 10 && short.magnitude < 1e15 ? "\(Int(short.rounded()))" : "\(Float(short))"
    }
    switch self {
    case .collapsed(let L):
      let all = L == 1 ? "The latent dimension says" : "None of \(L) latent dimensions says"
      return
        "\(all)\(L == 1 ? " nothing" : " anything") of the rows (posterior collapse): every row gets the same q(z | x), and the "
        + "decoder answers with the average row."
    case .ignoredByDecoder(let nats):
      // An estimate, which may come out below zero.
      return
        "The decoder ignores z: decoding rows from the latents of other rows costs \(nats > 0 ? "\(rounded(nats)) nats" : "nothing")."
    case .inactive(let dimensions, let L):
      let some =
        dimensions.count == 1
        ? "1 of \(L) latent dimensions carries" : "\(dimensions.count) of \(L) latent dimensions carry"
      return "\(some) nothing and \(dimensions.count == 1 ? "costs" : "cost") nothing."
    case .exploding(let dimension, let divergence):
      return
        "Latent dimension \(dimension + 1) costs \(rounded(divergence)) nats an observation: the encoder runs away from p(z), and numbers "
        + "may overflow soon."
    case .largeParameters(let name, let magnitude):
      return "The parameters \(name) have grown to \(rounded(magnitude)): training is about to diverge."
    case .vanishingNoise(let ratio):
      return
        "A learned variance has shrunk to \(rounded(ratio)) of its column's: the decoder meets a column exactly, and the bound has no "
        + "maximum there."
    }
  }
}
