/// The names that the whole program knows, and those that this version does without.
enum Vocabulary {
  static let models = ["gmm", "tmm", "bmm", "cmm", "ppca", "fa", "mfa"]
  /// Models of sequences.
  static let sequenceModels = ["hmm", "lds"]
  /// Models of networks, which are fitted along the gradient of their bound.
  static let networkModels = ["vae", "cvae", "ae"]
  /// Models of networks of sequences.
  static let filterModels = ["dvbf", "dkf"]
  static let inferences = ["em", "vb", "svi"]
  /// Models that are one component and not a mixture.
  static let singleComponentModels = ["ppca", "fa", "lds"]

  /// What a model is called in reports.
  static func title(ofModel name: String) -> String {
    switch name {
    case "gmm": "Gaussian mixture"
    case "tmm": "Student mixture"
    case "bmm": "Bernoulli mixture"
    case "cmm": "Categorical mixture"
    case "ppca": "Probabilistic PCA"
    case "fa": "Factor analysis"
    case "mfa": "Mixture of factor analysers"
    case "hmm": "Hidden Markov model"
    case "lds": "Linear Gaussian state space"
    case "vae": "Variational auto-encoder"
    case "cvae": "Conditional variational auto-encoder"
    case "ae": "Auto-encoder"
    case "dvbf": "Deep variational Bayes filter"
    case "dkf": "Deep Kalman filter"
    default: name
    }
  }

  /// What a method of inference is called in reports.
  static func title(ofInference name: String) -> String {
    switch name {
    case "em": "EM"
    case "vb": "Variational Bayes"
    case "gradient": "Gradient ascent"
    default: "Stochastic variational inference"
    }
  }

  /// A prior in words.
  static func words(ofPrior name: String) -> String {
    switch name {
    case "niw": "weak normal-inverse-Wishart"
    case "mniw": "weak matrix normal-inverse-Wishart"
    case "normal-inverse-gamma": "weak normal-inverse-gamma"
    case "beta": "weak beta"
    case "dirichlet": "Dirichlet"
    case "dirichlet-process": "Dirichlet process"
    case "relevance": "automatic relevance of factors"
    default: name
    }
  }

  static var verbs: [String] {
    LatentTool.configuration.subcommands.compactMap { $0.configuration.commandName }
  }

  /// Refuses verbs and models that this version does not have, before their options are looked at.
  static func check(_ arguments: [String]) throws {
    guard let verb = arguments.first, !verb.hasPrefix("-"), verb != "help" else { return }
    guard verbs.contains(verb) else { throw UsageError.unknownVerb(verb, available: verbs) }
    guard arguments.count > 1, !arguments[1].hasPrefix("-") else { return }
    switch verb {
    case "fit": try check(model: arguments[1])
    case "select": try check(selected: arguments[1])
    case "data":
      let verbs = DataCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
      guard verbs.contains(arguments[1]) || arguments[1] == "help" else {
        throw UsageError.unknownVerb("data \(arguments[1])", available: verbs.map { "data \($0)" })
      }
    default: break
    }
  }

  static func check(model: String) throws {
    let all = models + sequenceModels + networkModels + filterModels
    guard all.contains(model) else { throw UsageError.unknownModel(model, available: all) }
  }

  /// Sizes of mixtures, and numbers of factors and of states, are compared, and nothing else.
  static func check(selected model: String) throws {
    guard !(networkModels + filterModels).contains(model) else {
      throw UsageError.badValue(
        option: "MODEL", value: model, requirement: "\(Wording.choice(models + sequenceModels)) for select")
    }
    try check(model: model)
  }
}
