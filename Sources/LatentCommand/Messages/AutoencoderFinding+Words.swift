import Latent

/// What of a model of networks could be changed, in the options of `fit`.
struct NetworkRemedies: Sendable {
  let configuration: AutoencoderConfiguration
  let isStandardized: Bool

  /// The option that does what is advised; nil where there is none, or nothing is left of it.
  func words(_ remedy: AutoencoderFinding.Remedy) -> String? {
    let isWeighted: Bool
    if case .importance = configuration.bound { isWeighted = true } else { isWeighted = false }
    let isDiagonal = configuration.posterior == .diagonal || configuration.posterior == .constantDiagonal
    switch remedy {
    case .warmUp: return isWeighted ? nil : "--warm-up 20"
    case .freeNats:
      let isApart = isDiagonal && configuration.prior == .standard && configuration.secondLayer == nil
      return isWeighted || !isApart ? nil : "--free-bits 0.1"
    case .lowerLearningRate: return "a smaller --learning-rate"
    case .clipping: return "--clip to bound the gradient"
    case .moreTraining: return "more --passes"
    case .simplerNetworks:
      return configuration.hidden.isEmpty ? nil : "fewer or other layers (--hidden, --activation)"
    case .fewerLatentDimensions: return "fewer latent dimensions (--latent)"
    case .standardization:
      if case .gaussian = configuration.likelihood, !isStandardized { return "--standardize" }
      return nil
    case .simplerVariance: return "--variance with a number"
    case .weightPrior: return configuration.weightPrior == nil ? "--weight-prior 1" : nil
    }
  }

  /// `Try --warm-up 20 or more --passes.`
  func advice(_ finding: AutoencoderFinding) -> String? {
    let options = finding.remedies.compactMap(words)
    return options.isEmpty ? nil : "Try \(Wording.choice(options))."
  }
}

extension AutoencoderFinding {
  /// What was found, and what to do about it.
  func words(_ remedies: NetworkRemedies) -> String {
    description + (remedies.advice(self).map { " \($0)" } ?? "")
  }

  /// What kind of finding it is, for JSON.
  var kind: String {
    switch self {
    case .collapsed: "collapsed"
    case .ignoredByDecoder: "ignoredByDecoder"
    case .inactive: "inactive"
    case .exploding: "exploding"
    case .largeParameters: "largeParameters"
    case .vanishingNoise: "vanishingNoise"
    }
  }

  func json(_ remedies: NetworkRemedies) -> JSONValue {
    .object([
      ("kind", .string(kind)), ("text", .string(description)),
      ("remedies", .strings(self.remedies.compactMap(remedies.words))),
    ])
  }
}

extension AutoencoderDiagnosis {
  /// How many latent dimensions are used, and what else a user should know.
  func words(_ remedies: NetworkRemedies) -> String {
    let L = dimensions.count
    var first = "\(NumberText.count(activeUnits)) of \(NumberText.count(L, "latent dimension")) used"
    var lines: [String] = []
    for finding in findings {
      if case .inactive = finding {
        first += "; the others carry nothing and cost nothing"
        if let advice = remedies.advice(finding) { first += ". \(advice)" }
      } else {
        lines.append(finding.words(remedies))
      }
    }
    return ([first] + lines).joined(separator: "\n")
  }
}
