// D columns, C of them a condition, L latent dimensions (of the layer next to the data, where there are two)

public import LatentEvidence
public import LatentNetworks

/// What makes a variational auto-encoder, but for its parameters: equal configurations make models of equal layouts.
public struct AutoencoderConfiguration: Sendable, Hashable, Codable {
  /// D: the columns of a row.
  public var columns: Int
  /// L: the latent dimensions; where there are two layers, of the one next to the data.
  public var latent: Int
  /// The widths of the encoder's hidden layers, from the data to the latent; none for a linear map.
  public var hidden: [Int]
  /// The widths of the decoder's hidden layers, from the latent to the data; nil for those of the encoder in reverse.
  public var decoderHidden: [Int]?
  /// The function after every hidden layer.
  public var activation: Activation
  /// p(x | z).
  public var likelihood: AutoencoderLikelihood
  /// q(z | x).
  public var posterior: AutoencoderPosterior
  /// p(z).
  public var prior: AutoencoderPrior
  /// What is climbed and reported.
  public var bound: AutoencoderBound
  /// How KL(q ‖ p) is taken; nil for the closed form where there is one. An importance-weighted bound always draws.
  public var divergence: AutoencoderDivergence?
  /// What cells between 0 and 1 stand for.
  public var binarization: AutoencoderBinarization
  /// The columns that are given, in ascending order: the model is then p(x | c) of the others, x, with both networks told c. A missing
  /// condition is 0.
  ///
  /// - Source: Sohn, Lee & Yan (2015), NeurIPS.
  public var condition: [Int]
  /// The maps of a planar flow, for that posterior.
  public var flowSteps: Int
  /// Convolutions before the hidden layers and after the decoder's; nil for none.
  public var convolution: AutoencoderConvolution?
  /// A second layer of latent dimensions behind the first; nil for none.
  public var secondLayer: AutoencoderSecondLayer?
  /// The standard deviation of a normal prior with mean 0 on the weights and biases of p(x | z), and of p(z₁ | z₂): the fit then climbs
  /// to the maximum of a posterior, and the prior stands in the bound as its divergence of the parameters. Nil for none, maximum likelihood.
  ///
  /// - Source: Kingma & Welling (2014), ICLR, §5, with deviation 1.
  public var weightPrior: Double?

  public init(
    columns: Int, latent: Int, hidden: [Int] = [500], decoderHidden: [Int]? = nil,
    activation: Activation = .tanh, likelihood: AutoencoderLikelihood = .bernoulli,
    posterior: AutoencoderPosterior = .diagonal, prior: AutoencoderPrior = .standard,
    bound: AutoencoderBound = .evidence(draws: 1), divergence: AutoencoderDivergence? = nil,
    binarization: AutoencoderBinarization = .none, condition: [Int] = [], flowSteps: Int = 4,
    convolution: AutoencoderConvolution? = nil, secondLayer: AutoencoderSecondLayer? = nil,
    weightPrior: Double? = nil
  ) {
    self.columns = columns
    self.latent = latent
    self.hidden = hidden
    self.decoderHidden = decoderHidden
    self.activation = activation
    self.likelihood = likelihood
    self.posterior = posterior
    self.prior = prior
    self.bound = bound
    self.divergence = divergence
    self.binarization = binarization
    self.condition = condition
    self.flowSteps = flowSteps
    self.convolution = convolution
    self.secondLayer = secondLayer
    self.weightPrior = weightPrior
  }

  /// The latent dimensions of all layers.
  public var latentDimensions: Int { latent + (secondLayer?.latent ?? 0) }

  /// The widths of the decoder's hidden layers.
  public var decoderWidths: [Int] { decoderHidden ?? hidden.reversed() }

  /// The columns that are modelled: all but the condition.
  public var dataColumns: [Int] {
    condition.isEmpty ? Array(0..<columns) : (0..<columns).filter { !condition.contains($0) }
  }

  /// Whether KL(q ‖ p) has a closed form: q is Gaussian and p(z) is 𝒩(0, I), or q is a point; and there is one layer.
  public var hasClosedDivergence: Bool {
    secondLayer == nil && ((posterior.isGaussian && prior == .standard) || posterior == .point)
  }

  /// Whether KL(q ‖ p) is averaged over draws.
  var samplesDivergence: Bool { divergence.map { $0 == .sampled } ?? !hasClosedDivergence }

  /// - Throws: `.invalidParameter` where a number is out of its range or two choices do not go together.
  public func validate() throws(InferenceError) {
    let sizes =
      [("number of columns", columns), ("number of latent dimensions", latent)]
      + (hidden + (decoderHidden ?? [])).map { ("width of a hidden layer", $0) }
      + [("number of draws", bound.draws), ("number of maps in a flow", flowSteps)]
    for (name, value) in sizes where value < 1 || value > 1 << 24 {
      throw .invalidParameter(name: name, value: "\(value)", requirement: "at least 1")
    }
    guard condition.allSatisfy({ (0..<columns).contains($0) }),
      zip(condition, condition.dropFirst()).allSatisfy(<), condition.count < columns
    else {
      throw .invalidParameter(
        name: "condition", value: "\(condition)",
        requirement: "columns in ascending order, from 0, and not all of them")
    }
    // The outputs of the encoder's last layer: what is multiplied with a width stays a number.
    let outputs =
      posterior == .full
      ? Double(latent) * Double(latent + 1) / 2 : Double(2 * latent + 1) * Double(Swift.max(flowSteps, 1))
    guard outputs <= 0x1p34 else {
      throw .invalidParameter(
        name: "number of latent dimensions", value: "\(latent)",
        requirement: "fewer, as q(z | x) would have \(outputs) parameters a row")
    }
    try likelihood.validate(columns: columns - condition.count)
    try prior.validate()
    try convolution?.validate(for: self)
    try secondLayer?.validate()
    if let weightPrior, !(weightPrior > 0 && weightPrior.isFinite) {
      throw .invalidParameter(
        name: "deviation of the prior of the weights", value: "\(weightPrior)",
        requirement: "positive and finite")
    }
    try validatePairs()
  }

  /// Choices that do not go together.
  private func validatePairs() throws(InferenceError) {
    if posterior == .point {
      guard case .evidence = bound, divergence != .sampled, prior == .standard, secondLayer == nil
      else {
        throw .invalidParameter(
          name: "posterior", value: "a point",
          requirement: "a distribution, where densities of z are wanted")
      }
    }
    if case .vamp = prior, !posterior.isDiagonal || !condition.isEmpty || secondLayer != nil {
      throw .invalidParameter(
        name: "prior", value: "of pseudo-inputs",
        requirement:
          "another one, unless the posterior is diagonal, nothing is given, and one layer is latent")
    }
    if divergence == .closed, !hasClosedDivergence {
      throw .invalidParameter(
        name: "divergence", value: "in closed form",
        requirement:
          "averaged over draws, unless q(z | x) is Gaussian, p(z) standard normal, and one layer is latent")
    }
    if binarization == .stochastic, likelihood != .bernoulli {
      throw .invalidParameter(
        name: "binarization", value: "stochastic", requirement: "none, unless the likelihood is Bernoulli")
    }
    if case .importance(_, .doublyReparametrized) = bound, secondLayer != nil {
      throw .invalidParameter(
        name: "gradient", value: "doubly reparametrised",
        requirement: "reparametrised, where two layers are latent")
    }
  }
}

/// p(x | z), a product over columns; normalised, so that a bound is nats of the data.
public enum AutoencoderLikelihood: Sendable, Hashable, Codable {
  /// Cells are 0 or 1: the decoder gives logits.
  case bernoulli
  /// 𝒩(x | μ(z), σ²): the decoder gives means.
  case gaussian(GaussianVariance)
  /// Cells lie in [0, 1], with density ∝ exp(l x): the decoder gives l.
  ///
  /// - Source: Loaiza-Ganem & Cunningham (2019), NeurIPS.
  case continuousBernoulli
  /// Cells are codes 0 ..< levels of their column: the decoder gives logits of all of them, the encoder sees a 1 for the code.
  case categorical(levels: [Int])
  /// Cells are 0, 1/(n − 1), …, 1: what a logistic distribution has between the middles of neighbours, the tails at the ends. The decoder
  /// gives its means; its scales are learned, one a column.
  ///
  /// - Source: Kingma et al. (2016), NeurIPS, appendix; Salimans et al. (2017), ICLR.
  case discretizedLogistic(levels: Int)

  func validate(columns D: Int) throws(InferenceError) {
    switch self {
    case .bernoulli, .gaussian(.shared), .gaussian(.columns), .gaussian(.network), .continuousBernoulli: break
    case .gaussian(.fixed(let variance)):
      guard variance > 0, variance.isFinite else {
        throw .invalidParameter(name: "variance", value: "\(variance)", requirement: "positive and finite")
      }
    case .categorical(let levels):
      guard levels.count == D, levels.allSatisfy({ (1...1 << 20).contains($0) }) else {
        throw .invalidParameter(
          name: "levels", value: "\(levels)", requirement: "a number of categories for each of \(D) columns")
      }
    case .discretizedLogistic(let levels):
      guard (2...1 << 16).contains(levels) else {
        throw .invalidParameter(name: "levels", value: "\(levels)", requirement: "from 2 to 65536")
      }
    }
  }
}

/// Where the variance of a Gaussian likelihood comes from.
///
/// Learned variances of single columns or cells have no maximum where a column does not vary: first parameters for such data are refused.
public enum GaussianVariance: Sendable, Hashable, Codable {
  case fixed(Double)
  /// One learned number for all cells.
  case shared
  /// A learned number for each column.
  case columns
  /// The decoder gives one for each cell.
  case network
}

/// q(z | x), whose parameters an encoder gives for each row.
public enum AutoencoderPosterior: String, Sendable, Hashable, Codable, CaseIterable {
  /// 𝒩(μ(x), diag σ²(x)).
  case diagonal
  /// 𝒩(μ(x), diag σ²): the same variances for all rows.
  case constantDiagonal = "constant-diagonal"
  /// 𝒩(μ(x), L(x) L(x)ᵀ).
  case full
  /// 𝒩(μ(x), C(x)) with C⁻¹ = D + u uᵀ.
  case rankOne = "rank-one"
  /// A diagonal Gaussian bent by planar maps.
  case planar
  /// All at μ(x): a deterministic auto-encoder, for contrast. What it climbs is ln p(x | z = μ(x)), which bounds nothing.
  case point

  /// Whether q is a Gaussian.
  public var isGaussian: Bool { self != .planar && self != .point }
}

/// p(z).
public enum AutoencoderPrior: Sendable, Hashable, Codable {
  /// 𝒩(0, I).
  case standard
  /// Σ π[k] 𝒩(m[k], diag s²[k]), all learned.
  case mixture(components: Int)
  /// The mean of q(z | u[k]) over learned pseudo-inputs u[k].
  ///
  /// - Source: Tomczak & Welling (2018), AISTATS.
  case vamp(components: Int)

  func validate() throws(InferenceError) {
    switch self {
    case .standard: break
    case .mixture(let K), .vamp(let K):
      guard (1...1 << 16).contains(K) else {
        throw .invalidParameter(
          name: "number of components of the prior", value: "\(K)", requirement: "from 1 to 65536")
      }
    }
  }
}

/// The bound on ln p(x) that is climbed and reported.
public enum AutoencoderBound: Sendable, Hashable, Codable {
  /// E_q[ln p(x | z)] − KL(q ‖ p), the expectation over so many draws.
  case evidence(draws: Int)
  /// E[ln 1/k Σ p(x, z[i]) / q(z[i] | x)] with k draws: it rises with k to ln p(x), and with k = 1 it is the evidence lower bound.
  ///
  /// - Source: Burda, Grosse & Salakhutdinov (2016), ICLR.
  case importance(draws: Int, gradient: ImportanceGradient = .reparametrized)

  /// The draws for each row.
  public var draws: Int {
    switch self {
    case .evidence(let draws), .importance(let draws, _): draws
    }
  }
}

/// How the gradient of an importance-weighted bound by the encoder is estimated. Both have the same mean.
public enum ImportanceGradient: String, Sendable, Hashable, Codable, CaseIterable {
  /// The derivative of the estimate.
  case reparametrized
  /// Through the draws alone, weighted by squares: its variance does not grow against its mean as draws are added.
  ///
  /// - Source: Tucker, Lawson, Gu & Maddison (2019), ICLR.
  case doublyReparametrized = "doubly-reparametrized"
}

/// How KL(q ‖ p) is taken.
public enum AutoencoderDivergence: String, Sendable, Hashable, Codable, CaseIterable {
  case closed, sampled
}

/// What cells between 0 and 1 stand for.
public enum AutoencoderBinarization: String, Sendable, Hashable, Codable, CaseIterable {
  /// Themselves.
  case none
  /// The probability of a 1: every time that a row is met it is drawn afresh, by the noise of that step and row.
  case stochastic
}
