import Latent

extension FileError: Explained {
  var explanation: String {
    switch self {
    case .notFound(let path): "\(path.isEmpty ? "\"\"" : path): there is no such file or folder."
    case .isDirectory(let path): "\(path) is a folder.\nGive the name of a file."
    case .notRegular(let path): "\(path) is not a regular file."
    case .notPermitted(let path, let code): "\(path) may not be used: \(Wording.system(code))."
    case .diskFull(let path, let code):
      "\(path) could not be written: \(Wording.system(code)).\nNothing was left behind; free some space."
    case .system(let path, let operation, let code):
      "\(path): \(operation.rawValue) failed: \(Wording.system(code))."
    case .notSafetensors(let path):
      "\(path) is not a model file or checkpoint.\n`latent fit … -o FILE` makes one."
    case .truncated(let path, let expected, let actual):
      "\(path) is cut short: \(NumberText.count(actual)) of \(NumberText.count(expected)) bytes."
    case .foreign(let path):
      "\(path) is a safetensors file of another program, not a model of latent.\n`latent fit … -o FILE` makes one."
    case .wrongKind(let path, let found, let expected):
      "\(path) holds \(Self.words(ofKind: found)), and \(Self.words(ofKind: expected)) is needed."
    case .otherVersion(let path, let found, let supported):
      found < supported
        ? "\(path) was made by an earlier version of latent: format \(found), and this one reads format \(supported).\n"
          + "Fit it again."
        : "\(path) was made by a later version of latent: format \(found), and this one reads format \(supported).\n"
          + "Update latent, or fit it again."
    // Whoever gets so far has passed the checksum: nothing is damaged.
    case .missingTensor(let path, let name): Self.unlike(path, "\(Wording.quoted(name)) is missing")
    case .wrongType(let path, let name, let found, let expected):
      Self.unlike(path, "\(Wording.quoted(name)) holds \(found.rawValue), not \(expected.rawValue)")
    case .wrongShape(let path, let name, let found, _):
      Self.unlike(path, "\(Wording.quoted(name)) has the shape \(found)")
    case .corrupt(let path, .configuration): Self.unlike(path, "its description does not fit its contents")
    case .corrupt(let path, let corruption): "\(path) is damaged: \(corruption.words)."
    }
  }

  /// An archive that is as it was written, by a build that writes others.
  private static func unlike(_ path: String, _ difference: String) -> String {
    "\(path) was made by another version of latent: \(difference).\nFit it again."
  }

  static func words(ofKind kind: String) -> String {
    switch kind {
    case CheckpointConfiguration.kind, TrainingConfiguration.kind, SequenceConfiguration.kind,
      FilterConfiguration.kind:
      "a checkpoint"
    case ModelInput.anyKind: "a model"
    case GaussianEmission<Double>.kind: "a Gaussian mixture by EM"
    case VariationalGaussianEmission<Double>.kind: "a Gaussian mixture by variational Bayes"
    case BernoulliEmission<Double>.kind: "a Bernoulli mixture by EM"
    case VariationalBernoulliEmission<Double>.kind: "a Bernoulli mixture by variational Bayes"
    case CategoricalEmission<Double>.kind: "a categorical mixture by EM"
    case VariationalCategoricalEmission<Double>.kind: "a categorical mixture by variational Bayes"
    case StudentEmission<Double>.kind: "a Student mixture by EM"
    case FactorAnalyserEmission<Double>.kind: "a factor model by EM"
    case VariationalFactorEmission<Double>.kind: "a factor model by variational Bayes"
    case FittedAutoencoder<Double>.kind: "a variational auto-encoder"
    default: "a model of kind \(Wording.quoted(kind))"
    }
  }
}

extension FileError.Corruption {
  fileprivate var words: String {
    switch self {
    case .malformedHeader(let byte): "its header cannot be read from byte \(byte) on"
    case .duplicateKey(let key): "\(Wording.quoted(key)) occurs twice"
    case .unknownType(let tensor, let type):
      "\(Wording.quoted(tensor)) has the unknown type \(Wording.quoted(type))"
    case .inconsistentRange(let tensor): "the size of \(Wording.quoted(tensor)) is wrong"
    case .misplaced(let tensor): "\(Wording.quoted(tensor)) is in the wrong place"
    case .trailingBytes(let count): "\(NumberText.count(count, "byte")) too many at its end"
    case .metadata(let key): "\(Wording.quoted(key)) is missing or cannot be read"
    case .checksum: "its checksum does not fit"
    case .invalidValue(let tensor): "\(Wording.quoted(tensor)) holds numbers that the model cannot have"
    case .configuration: "its description does not fit its contents"
    }
  }
}
