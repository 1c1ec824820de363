public import ArgumentParser
public import Latent

/// What a model of networks is made of. Where nothing is given, a resumed run takes what its checkpoint says.
struct NetworkOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The units of the encoder's hidden layers, first to last; the decoder has them in reverse; `none` for linear maps "
        + "(default: 500).", valueName: "500,250"))
  var hidden: LayerSizes?

  @Option(name: .long, help: "What hidden units compute of their sums (default: tanh).")
  var activation: Activation?

  @Option(
    name: .long, help: "p(x | z): of zeros and ones, or of numbers (default: bernoulli).")
  var likelihood: LikelihoodChoice?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The variance of a Gaussian likelihood: one learned for all cells, one a column, one a cell from the network, or "
        + "this number (default: shared).", valueName: "shared|columns|network|σ²"))
  var variance: VarianceChoice?

  @Option(name: .long, help: "The family of q(z | x) (default: diagonal).")
  var posterior: AutoencoderPosterior?

  /// Whether each option is given, by its name.
  var given: [(name: String, isGiven: Bool)] {
    [
      ("--hidden", hidden != nil), ("--activation", activation != nil), ("--likelihood", likelihood != nil),
      ("--variance", variance != nil), ("--posterior", posterior != nil),
    ]
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
extension AutoencoderPosterior: ExpressibleByArgument {}

/// The likelihoods by name.
enum LikelihoodChoice: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case bernoulli, gaussian

  func likelihood(_ variance: VarianceChoice?) -> AutoencoderLikelihood {
    switch self {
    case .bernoulli: .bernoulli
    case .gaussian: .gaussian((variance ?? .standard).variance)
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
