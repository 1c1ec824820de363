public import ArgumentParser
public import Latent

/// What a model of networks is made of. Where nothing is given, a resumed run takes what its checkpoint says.
struct NetworkOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The units of the encoder's hidden layers, first to last; the decoder has them in reverse; `none` for linear maps "
        + "(default: 500). For dvbf and dkf those of first states and decoder (default: \(FilterSettings.defaultHidden)).",
      valueName: "500,250"))
  var hidden: LayerSizes?

  @Option(
    name: .long,
    help:
      "What lies between the data and the hidden layers: nothing, or convolutions of images (default: dense)."
  )
  var network: NetworkKind?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The units of the hidden layers between the two layers of a --latent of two numbers (default: "
        + "\(AutoencoderSettings.defaultSecondHidden)).", valueName: "100,100"))
  var secondHidden: LayerSizes?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The channels of the encoder's convolutions, each of which halves an image's sides; the decoder has them in reverse "
        + "(default: \(NetworkKind.defaultChannels)).", valueName: "16,32"))
  var channels: LayerSizes?

  @Option(
    name: .long, help: "What hidden units compute of their sums (default: tanh; relu for dvbf and dkf).")
  var activation: Activation?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "p(x | z): of zeros and ones, of numbers, of numbers from 0 to 1, of --levels steps there, or of categories "
        + "(default: bernoulli; gaussian for dvbf and dkf).")
  )
  var likelihood: LikelihoodChoice?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The variance of a Gaussian likelihood: one learned for all cells, one a column, one a cell from the network, or "
        + "this number (default: shared; \(NumberText.plain(FilterSettings.defaultVariance)) for dvbf and dkf).",
      valueName: "shared|columns|network|σ²"))
  var variance: VarianceChoice?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The values from 0 to 1 that a discretised logistic likelihood knows (default: \(LikelihoodChoice.defaultLevels)).",
      valueName: "n"))
  var levels: Int?

  @Option(
    name: .long,
    help:
      "The family of q(z | x) (default: diagonal). For cvae, `none` does without z: a regression on the condition."
  )
  var posterior: PosteriorChoice?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The standard deviation of a normal prior on the decoder's weights, whose density is part of the bound; for dvbf on the "
        + "matrices, which then have a distribution (default: none).",
      valueName: "s"))
  var weightPrior: Double?

  /// Whether each option is given, by its name.
  var given: [(name: String, isGiven: Bool)] {
    [
      ("--hidden", hidden != nil), ("--second-hidden", secondHidden != nil),
      ("--weight-prior", weightPrior != nil), ("--network", network != nil), ("--channels", channels != nil),
      ("--activation", activation != nil), ("--likelihood", likelihood != nil),
      ("--variance", variance != nil), ("--levels", levels != nil), ("--posterior", posterior != nil),
    ]
  }

  func validate() throws {
    if let weightPrior { try UsageError.check("--weight-prior", weightPrior, isAtLeastZero: false) }
    if let levels { try UsageError.check("--levels", levels, in: 2...LikelihoodChoice.mostLevels) }
  }
}

/// Sizes of layers between commas: `500,250`.
struct LayerSizes: ExpressibleByArgument, Equatable, CustomStringConvertible, Sendable {
  let sizes: [Int]

  init(_ sizes: [Int]) { self.sizes = sizes }

  init?(argument: String) {
    guard argument != "none" else {
      sizes = []
      return
    }
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Int(String($0).trimmingSpaces)
    }
    let sizes = parts.compactMap(\.self)
    guard sizes.count == parts.count, sizes.allSatisfy({ $0 > 0 && $0 <= Self.widest }) else { return nil }
    self.sizes = sizes
  }

  private static let widest = 1_000_000

  var description: String { sizes.isEmpty ? "none" : sizes.map(String.init).joined(separator: ",") }
}

extension Activation: ExpressibleByArgument {}

/// What lies between the data and the hidden layers.
enum NetworkKind: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case dense, convolutional

  static let defaultChannels = LayerSizes([16, 32])
}

/// The families of q(z | x) by name.
enum PosteriorChoice: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case diagonal
  case constantDiagonal = "constant-diagonal"
  case full
  case rankOne = "rank-one"
  case planar
  /// No z at all.
  case none

  /// Without z, or for a deterministic auto-encoder, nothing is drawn.
  var family: AutoencoderPosterior {
    switch self {
    case .diagonal: .diagonal
    case .constantDiagonal: .constantDiagonal
    case .full: .full
    case .rankOne: .rankOne
    case .planar: .planar
    case .none: .point
    }
  }

  var isDiagonal: Bool { self == .diagonal || self == .constantDiagonal }
}

/// The priors of z by name.
enum LatentPriorChoice: String, CaseIterable, Codable, Sendable {
  case standard, mixture, vamp

  func prior(components: Int?) -> AutoencoderPrior {
    switch self {
    case .standard: .standard
    case .mixture: .mixture(components: components ?? Self.defaultComponents)
    case .vamp: .vamp(components: components ?? Self.defaultComponents)
    }
  }

  static let defaultComponents = 50
}

/// The likelihoods by name.
enum LikelihoodChoice: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case bernoulli, gaussian
  case continuousBernoulli = "continuous-bernoulli"
  case logistic, categorical

  static let defaultLevels = 256
  static let mostLevels = 65_536

  /// - Parameters:
  ///   - levels: the values that a discretised one knows.
  ///   - categories: how many there are in each column.
  func likelihood(_ variance: VarianceChoice?, levels: Int?, categories: [Int]) -> AutoencoderLikelihood {
    switch self {
    case .bernoulli: .bernoulli
    case .gaussian: .gaussian((variance ?? .standard).variance)
    case .continuousBernoulli: .continuousBernoulli
    case .logistic: .discretizedLogistic(levels: levels ?? Self.defaultLevels)
    case .categorical: .categorical(levels: categories)
    }
  }
}

/// Where the variance of a Gaussian likelihood comes from: a name, or a number.
struct VarianceChoice: ExpressibleByArgument, Codable, Equatable, CustomStringConvertible, Sendable {
  let variance: GaussianVariance

  static let standard = VarianceChoice(variance: .shared)
  private static let names: [(String, GaussianVariance)] = [
    ("shared", .shared), ("columns", .columns), ("network", .network),
  ]

  private init(variance: GaussianVariance) { self.variance = variance }

  /// This number.
  init(_ number: Double) { variance = .fixed(number) }

  init?(argument: String) {
    if let named = Self.names.first(where: { $0.0 == argument }) {
      variance = named.1
    } else if let number = Double(argument), number > 0, number.isFinite {
      variance = .fixed(number)
    } else {
      return nil
    }
  }

  var description: String {
    if case .fixed(let number) = variance { return NumberText.plain(number) }
    return Self.names.first { $0.1 == variance }?.0 ?? "\(variance)"
  }
}
